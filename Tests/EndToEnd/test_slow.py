"""Slow, silent and greedy peers cost the others nothing (invariant 2 and C8)."""

import re
import socket
import time

import pytest
from support.process import ADMIN_PASSWORD, PATIENCE
from support.raw import Wire
from support.rest import API, Member

pytestmark = pytest.mark.slow

QUICK = {"request_timeout": 3, "idle_timeout": 3}
LINGERING = 6  # seconds at most for a refused peer to hear why
QUICKLY = 2.5  # seconds: less than until a slow peer is given up, which nobody is to wait for


def stays_available(api):
    """A healthy client is answered quickly."""
    began = time.monotonic()
    assert api.get("/api/self", timeout=5).status == 401
    return time.monotonic() - began < QUICKLY


def upgrade(member, receive_bytes=None):
    """A WebSocket of which nobody reads any further."""
    wire = Wire.__new__(Wire)
    wire.unread = b""
    wire.socket = socket.socket()
    if receive_bytes:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    wire.socket.settimeout(10 * PATIENCE)
    wire.socket.connect(("127.0.0.1", member.port))
    wire.send(f"GET /client?token={member.token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    assert wire.response().status == 101
    return wire


class TestSlowReaders:
    def test_one_that_falls_behind_is_closed_with_4002(self, server, alice, channel, connect):
        slow = upgrade(alice, receive_bytes=64 << 10)
        writer = connect(alice)
        content = "x" * 4000
        for _ in range(4000):
            writer.send(type="chat_written", channelId=channel, content=content)
            writer.next("chat_sent")
        assert slow.closes(30)
        assert re.search(rb"\x88[\x02-\x7d]\x0f\xa2[\x20-\x7e]*$", slow.unread)
        slow.close()

    def test_it_delays_nobody(self, server, alice, bob, channel, connect):
        slow = [upgrade(alice, receive_bytes=4096) for _ in range(20)]
        writer, reader = connect(alice), connect(bob)
        for number in range(1000):
            writer.send(type="chat_written", channelId=channel, content=f"{number} " + "x" * 3000)
            began = time.monotonic()
            assert reader.next("chat_sent")["chat"]["content"].startswith(f"{number} ")
            assert time.monotonic() - began < QUICKLY
        for wire in slow:
            wire.close()

    def test_one_who_never_reads_an_answer_is_closed(self, server, alice, channel):
        for _ in range(200):
            alice.say(channel, "x" * 4000)
        request = (f"GET /api/chats?channelId={channel}&size=200 HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: Bearer {alice.token}\r\n\r\n").encode()
        with Wire(server.port) as wire:
            wire.send(request * 20)
            assert stays_available(API(server.port))


class TestSlowWriters:
    @pytest.fixture
    def api(self, start_server):
        return API(start_server(settings=QUICK | {"connections": 512}).port)

    def test_half_a_head_is_given_up(self, api):
        with Wire(api.port) as wire:
            wire.send(b"GET /api/self HTTP/1.1\r\nHost: x\r\n")
            assert wire.closes(QUICK["request_timeout"] + LINGERING)

    def test_half_a_body_is_given_up(self, api):
        with Wire(api.port) as wire:
            wire.send(b"POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            assert wire.closes(QUICK["request_timeout"] + LINGERING)

    @pytest.mark.parametrize("beginning", [
        b"GET /", b"POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
    ], ids=["head", "body"])
    def test_a_byte_now_and_then_does_not_keep_it_open(self, api, beginning):
        with Wire(api.port) as wire:
            wire.send(beginning)
            began = time.monotonic()
            try:
                while time.monotonic() - began < QUICK["request_timeout"] + 2 * LINGERING:
                    wire.send(b"x")
                    time.sleep(0.5)
            except ConnectionError:
                pass
            assert time.monotonic() - began < QUICK["request_timeout"] + LINGERING

    def test_a_silent_connection_is_closed(self, api):
        with Wire(api.port) as wire:
            assert wire.closes(sum(QUICK.values()) + LINGERING)

    def test_an_idle_kept_connection_is_closed(self, api):
        with Wire(api.port) as wire:
            wire.send(b"GET /api/self HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wire.response().status == 401
            assert wire.closes(QUICK["idle_timeout"] + LINGERING)

    @pytest.mark.parametrize("beginning", [
        b"", b"G", b"GET /api/self HTTP/1.1\r\nHost: x\r\nX: ",
        b"POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{",
    ], ids=["silent", "one byte", "half a head", "half a body"])
    def test_200_slow_connections_leave_it_available(self, api, beginning):
        slow = [Wire(api.port) for _ in range(200)]
        for _ in range(3):
            for wire in slow:
                try:
                    wire.send(beginning)
                except ConnectionError:
                    pass
            assert stays_available(api)
            time.sleep(0.3)
        for wire in slow:
            wire.close()

    def test_half_a_frame_is_harmless(self, start_server, connect):
        server = start_server(settings=QUICK | {"connections": 512})
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        halves = [upgrade(admin) for _ in range(200)]
        for wire in halves:
            try:
                wire.send(b"\x81\xfe\x20\x00\0\0\0\0" + b"x" * 1000)
            except ConnectionError:
                pass
        healthy = connect(admin)
        healthy.send(type="chat_written", channelId=admin.channel("general"), content="hello")
        assert healthy.next_chat("hello")
        for wire in halves:
            wire.close()


class TestSilentWebSockets:
    def test_one_that_answers_no_ping_is_closed(self, start_server):
        server = start_server(settings={"ping_interval": 1, "ping_timeout": 2})
        silent = upgrade(Member(server.port, "admin", ADMIN_PASSWORD))
        assert silent.closes(8)
        assert b"\x89" in silent.unread
        silent.close()

    def test_one_that_answers_pings_stays(self, start_server, connect):
        server = start_server(settings={"ping_interval": 1, "ping_timeout": 2, "idle_timeout": 2})
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        patient = connect(admin)
        time.sleep(6)
        admin.say(admin.channel("general"), "still here")
        assert patient.next_chat("still here")


class TestFull:
    def test_beyond_the_last_connection_is_a_refusal_and_no_harm(self, start_server, connect):
        server = start_server(settings={"connections": 32})
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        general = admin.channel("general")
        healthy = connect(admin)
        crowd = []
        for _ in range(100):
            try:
                crowd.append(Wire(server.port, timeout=2))
            except OSError:
                break
        healthy.send(type="chat_written", channelId=general, content="hello")
        assert healthy.next_chat("hello")
        for wire in crowd:
            wire.close()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                assert admin.get("/api/self").status in (200, 503)
                if admin.get("/api/self").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        pytest.fail("no connection became free again")
