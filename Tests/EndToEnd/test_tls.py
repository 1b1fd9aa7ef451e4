"""https and wss with a certificate from files, to clients that are not ours. How that certificate is
replaced and judged is in test_tls_files.py."""

import contextlib
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from support.pictures import picture
from support.process import ADMIN_PASSWORD, PATIENCE, ROOT
from support.rest import Member
from support.secure import REQUEST, ask, curl, next_chat, reload, websocket
from support.tls import connect, tls_port


@pytest.fixture(scope="module")
def shared(tmp_path_factory, authority):
    """One server for all tests that leave it as it was."""
    from conftest import factory
    starting = factory(tmp_path_factory)
    server = next(starting)(settings=authority.settings())
    server.tls = tls_port(server)
    yield server
    next(starting, None)


class TestClients:
    @pytest.mark.parametrize("kind", ["p256", "p384", "rsa", "rsa4096"])
    def test_curl_is_answered_with_every_kind_of_key(self, start_secure, authority, kind):
        server = start_secure(kind)
        assert json.loads(curl(server, authority, "/healthz")) == {"status": "ok"}

    def test_curl_uploads_and_downloads_what_takes_many_records(self, shared, authority, tmp_path):
        admin = Member(shared.port, "admin", ADMIN_PASSWORD)
        image = tmp_path / "image.png"
        image.write_bytes(picture(size=1 << 20))
        bearer = "Authorization: Bearer " + admin.token
        user = json.loads(curl(
            shared, authority, "/api/self/avatar", "--data-binary", f"@{image}", "-H", bearer,
            "-H", "Content-Type: image/png"))
        back = tmp_path / "back.png"
        curl(shared, authority, f"/api/images/{user['profile']['avatarId']}", "-H", bearer,
             "--output", back)
        assert back.read_bytes() == image.read_bytes()

    def test_members_hear_each_other_by_wss_and_ws(self, shared, authority, connect):
        admin = Member(shared.port, "admin", ADMIN_PASSWORD)
        channel = admin.channel("general")
        plain = connect(admin)
        with websocket(shared, authority, admin.token) as secure:
            secure.send(json.dumps(
                {"type": "chat_written", "channelId": channel, "content": "by wss"}))
            assert plain.next_chat("by wss")
            assert next_chat(secure) == "by wss"
            plain.send(type="chat_written", channelId=channel, content="by ws")
            assert next_chat(secure) == "by ws"

    @pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
    def test_node_talks_by_https_and_wss(self, shared, authority):
        admin = Member(shared.port, "admin", ADMIN_PASSWORD)
        script = ROOT / "Tests/EndToEnd/clients/secure.mjs"
        result = subprocess.run(
            ["node", "--experimental-websocket", "--no-warnings", script,
             f"localhost:{shared.tls}", admin.token, str(admin.channel("general"))],
            env={"NODE_EXTRA_CA_CERTS": str(authority.trusted), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, timeout=30, check=False)
        assert result.stdout == "200\nhello\nfrom node\n", result.stderr

    def test_openssl_sees_what_was_agreed(self, shared, authority):
        said = openssl(shared, authority)
        assert "Verify return code: 0 (ok)" in said
        assert "ALPN protocol: http/1.1" in said
        assert "ECDHE-ECDSA" in said or "TLS_" in said
        assert "Secure Renegotiation IS supported" in said or "TLSv1.3" in said
        assert "Compression: NONE" in said

    def test_openssl_comes_back_with_its_ticket(self, shared, authority, tmp_path):
        ticket = tmp_path / "ticket"
        before = shared.stats()
        openssl(shared, authority, "-sess_out", ticket)
        assert "Reused" in openssl(shared, authority, "-sess_in", ticket)
        after = shared.stats()
        assert after["tls_resumed"] - before["tls_resumed"] == 1
        assert after["tls_handshakes"] - before["tls_handshakes"] == 1

    @pytest.mark.parametrize("offer", [
        ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
        ["-tls1_2", "-curves", "secp521r1"],
        ["-tls1_2", "-curves", "secp384r1"],
    ])
    def test_what_is_weak_or_slow_is_not_agreed_to(self, shared, authority, offer):
        said = openssl(shared, authority, *offer, check=False)
        assert "alert" in said or "no protocols available" in said
        assert "Cipher is (NONE)" in said


def openssl(server, authority, *more, check=True):
    """What `openssl s_client` reports of a request that it makes."""
    result = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.tls}", "-servername", "localhost",
         "-CAfile", authority.trusted, "-alpn", "h2,http/1.1", "-ign_eof", *more],
        input=REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        capture_output=True, timeout=20, check=check)
    return (result.stdout + result.stderr).decode(errors="replace")


class TestEnds:
    def test_the_servers_end_is_said(self, shared, authority):
        with connect(shared.tls, authority.context()) as connection:
            ask(connection, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            rest = b"more"
            while rest:
                # Without close_notify this raises SSLEOFError.
                rest = connection.recv(65536)

    def test_the_clients_end_is_answered(self, shared, authority):
        connection = connect(shared.tls, authority.context())
        assert ask(connection) == "HTTP/1.1 200 OK"
        connection.unwrap().close()

    def test_who_ends_its_side_after_a_request_gets_its_answer(self, shared, authority):
        """close_notify right behind the request, and reading on."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = authority.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", shared.tls), 5) as wire:
            shake_hands(tls, wire, incoming, outgoing)
            tls.write(REQUEST)
            with pytest.raises(ssl.SSLWantReadError):
                tls.unwrap()
            wire.sendall(outgoing.read())
            wire.shutdown(socket.SHUT_WR)
            answer = b""
            while more := wire.recv(65536):
                answer += more
            incoming.write(answer)
            assert tls.read(65536).startswith(b"HTTP/1.1 200 OK")

    def test_a_shutdown_ends_secure_peers_with_1001(self, start_secure, authority):
        server = start_secure()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        with websocket(server, authority, admin.token) as secure:
            server.child.send_signal(signal.SIGTERM)
            with pytest.raises(Exception) as closed:
                while True:
                    secure.recv(timeout=5)
            assert closed.value.rcvd.code == 1001
        assert server.wait() == 0


def shake_hands(tls, wire, incoming, outgoing):
    while True:
        try:
            tls.do_handshake()
            wire.sendall(outgoing.read())
            return
        except ssl.SSLWantReadError:
            wire.sendall(outgoing.read())
            incoming.write(wire.recv(65536))


class TestLimits:
    def test_without_a_free_session_a_peer_is_refused_and_counted(self, start_secure, authority):
        server = start_secure(tls_connections=2)
        context = authority.context()
        with connect(server.tls, context) as first, connect(server.tls, context) as second:
            for each in (first, second):
                each.sendall(REQUEST[:20])
            with pytest.raises((ssl.SSLError, OSError)):
                connect(server.tls, context)
            assert ask(second, REQUEST[20:]) == "HTTP/1.1 200 OK"
            metrics = Member(server.port, "admin", ADMIN_PASSWORD).get("/metrics").body.decode()
            assert 'concord_refusals_total{reason="tls_sessions"} 1\n' in metrics
            assert "concord_tls_sessions 2\n" in metrics
        with connect(server.tls, context) as again:
            assert ask(again) == "HTTP/1.1 200 OK"

    def test_idle_connections_shut_nobody_out(self, start_secure, authority):
        server = start_secure(tls_connections=3)
        context = authority.context()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        idle = [connect(server.tls, context) for _ in range(2)]
        with websocket(server, authority, admin.token) as member:
            time.sleep(1.1)
            assert ask(idle[0]) == "HTTP/1.1 200 OK"
            time.sleep(1.1)
            with connect(server.tls, context) as newcomer:
                assert ask(newcomer) == "HTTP/1.1 200 OK"
                assert idle[1].recv(1) == b"", "who was idle for longest was told (close_notify)"
                assert ask(idle[0]) == "HTTP/1.1 200 OK"
            member.send(json.dumps({"type": "chat_written", "content": "still here",
                                    "channelId": admin.channel("general")}))
            assert next_chat(member) == "still here"
        assert server.stats()["tls_refused"] == 0
        assert server.log.count("all TLS sessions are taken") == 1

    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    def test_http_without_tls_is_answered_in_its_own_words(self, shared, method):
        with socket.create_connection(("127.0.0.1", shared.tls), 5) as plain:
            plain.sendall(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            response = http.client.HTTPResponse(plain, method=method)
            response.begin()
            assert (response.status, response.reason) == (400, "Bad Request")
            assert response.read() == b"This port speaks https: begin the address with it.\n"
            assert plain.recv(1) == b""

    @pytest.mark.parametrize("nonsense", [b"\x00" * 20, b"GE\x00 / HTTP/1.1\r\n\r\n", b"\x16\x03\x01GET "])
    def test_other_nonsense_is_not_answered_in_http(self, shared, nonsense):
        with socket.create_connection(("127.0.0.1", shared.tls), 5) as plain:
            plain.sendall(nonsense + bytes(300))
            plain.shutdown(socket.SHUT_WR)
            assert b"HTTP" not in plain.recv(1000)

    def test_a_stalled_handshake_ends_in_time(self, start_secure, authority):
        server = start_secure(request_timeout=1, idle_timeout=60)
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.tls), 5) as silent, \
                socket.create_connection(("127.0.0.1", server.tls), 5) as stalled:
            stalled.sendall(b"\x16\x03\x01\x02")
            assert silent.recv(1) == b""
            assert stalled.recv(1) == b""
        assert 0.8 < time.monotonic() - began < 4
        assert server.stats()["tls_timed_out"] == 2

    def test_connections_of_one_address_count_over_tls_too(self, start_secure, authority):
        server = start_secure(connections_per_address=2)
        context = authority.context()
        with connect(server.tls, context) as oldest, connect(server.tls, context):
            # Neither has asked anything: the one that waited longest gives way.
            with connect(server.tls, context) as newest:
                ask(newest)
            oldest.settimeout(5)
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                assert oldest.recv(1) == b""


class TestAllocations:
    def test_open_sessions_and_handshakes_allocate_nothing(self, start_secure, authority):
        server = start_secure("rsa")
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        channel = admin.channel("general")
        context = authority.context()
        with websocket(server, authority, admin.token) as first, \
                websocket(server, authority, admin.token) as second:
            for number in range(300):
                first.send(json.dumps({"type": "chat_written", "channelId": channel,
                                       "content": f"{number} " + "x" * (number * 13 % 4000)}))
                assert next_chat(second) == next_chat(first)
                if number % 30 == 0:
                    with connect(server.tls, context) as connection:
                        ask(connection)
        stats = server.stats()
        assert stats["tls_handshakes"] >= 12
        assert stats["allocations"] == 0

    def test_a_new_certificate_allocates_nothing(self, start_secure, authority):
        server = start_secure()
        for kind in ("rsa", "p256", "rsa4096"):
            authority.issue(kind)
            reload(server)
        assert json.loads(curl(server, authority, "/healthz")) == {"status": "ok"}
        assert server.stats()["allocations"] == 0


class TestStorm:
    def test_a_message_crosses_while_fifty_shake_hands(self, start_secure, authority):
        """None of them waits for the others' handshakes."""
        server = start_secure("rsa", tls_connections=64, request_timeout=15 * PATIENCE)
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        channel = admin.channel("general")
        context = authority.context()
        waiting = threading.Barrier(51)
        failures = []

        def newcomer():
            try:
                waiting.wait(10)
                with connect(server.tls, context) as connection:
                    assert ask(connection) == "HTTP/1.1 200 OK"
            except Exception as failure:
                failures.append(failure)

        crowd = [threading.Thread(target=newcomer) for _ in range(50)]
        with websocket(server, authority, admin.token) as first:
            for thread in crowd:
                thread.start()
            waiting.wait(10)
            slowest, count = 0, 0
            while any(thread.is_alive() for thread in crowd):
                began = time.monotonic()
                first.send(json.dumps(
                    {"type": "chat_written", "channelId": channel, "content": "through"}))
                assert next_chat(first) == "through"
                slowest, count = max(slowest, time.monotonic() - began), count + 1
            for thread in crowd:
                thread.join()
        assert not failures
        assert server.stats()["tls_handshakes"] == 51
        assert count > 1, "messages crossed during the storm"


@pytest.mark.slow
def test_ten_thousand_come_and_go_and_memory_stays(start_secure, authority):
    server = start_secure(tls_connections=8)
    context = authority.context()
    # Most are of few words: without a signature each, as if with tickets, and some torn off.
    hello, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(hello, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    first_flight = outgoing.read()

    def come_and_go(number):
        match number % 10:
            case 0 | 1 | 2:
                with connect(server.tls, context) as connection:
                    assert ask(connection) == "HTTP/1.1 200 OK"
            case 3 | 4:
                socket.create_connection(("127.0.0.1", server.tls), 5).close()
            case 5 | 6:
                with socket.create_connection(("127.0.0.1", server.tls), 5) as torn:
                    torn.sendall(first_flight[:number % len(first_flight) + 1])
            case 7:
                patience = 5 * PATIENCE
                with socket.create_connection(("127.0.0.1", server.tls), patience) as torn:
                    torn.sendall(first_flight)
                    torn.recv(1)
            case _:
                with socket.create_connection(("127.0.0.1", server.tls), 5) as nonsense:
                    nonsense.sendall(bytes(number * k % 256 for k in range(64)))

    for number in range(1_000):
        come_and_go(number)
    # A session's memory is the system's until it is first used.
    held = [connect(server.tls, context) for _ in range(8)]
    for connection in held:
        assert ask(connection) == "HTTP/1.1 200 OK"
        connection.close()
    before = server.stats()
    for number in range(9_000):
        come_and_go(number)
    deadline = time.monotonic() + 5
    while server.stats()["tls_sessions"] and time.monotonic() < deadline:
        time.sleep(0.05)
    after = server.stats()
    assert after["rss_bytes"] - before["rss_bytes"] < 256 << 10
    assert after["allocations"] == 0
    assert after["tls_sessions"] == 0
    assert after["tls_handshakes"] == 3_008
    assert after["tls_refused"] == 0
