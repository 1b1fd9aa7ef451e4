"""A board without a clock battery: its clock is wrong, and is put right at any moment."""

import time

import jwt
import pytest
from support.clock import needs_clock
from support.process import ADMIN_PASSWORD
from support.rest import API, Member
from support.websocket import Client

YEAR = 365 * 86_400
DATES = ["2031-05-05 10:00:00", "1970-01-01 00:00:10", "2026-06-01 12:00:00",
         "2038-01-19 03:14:00", "2038-01-19 03:14:30", "2022-02-02 00:00:00",
         "2106-02-08 00:00:00", "2024-12-31 23:59:59"]

pytestmark = needs_clock


@pytest.fixture
def start(clock):
    with clock.servers() as start:
        yield start


def rise(values):
    return all(a < b for a, b in zip(values, values[1:]))


def test_the_clock_is_the_tests(clock, start):
    server = start()
    clock.set("2033-03-03 00:00:00")
    date = API(server.port).get("/api/self").headers["date"]
    assert "03 Mar 2033" in date


@pytest.mark.parametrize("date, is_wrong", [
    ("1970-01-01 00:00:10", True), ("2100-01-01 00:00:00", True), ("2031-05-05 10:00:00", False)])
def test_a_wrong_clock_is_told_at_the_start(clock, start, date, is_wrong):
    clock.set(date)
    assert ("the clock of this machine is wrong" in start().log) == is_wrong


@pytest.mark.parametrize("restarts", ["never", "orderly", "killed"])
def test_ids_events_and_times_never_go_back(clock, start, restarts):
    server = start()
    token = Member(server.port, "admin", ADMIN_PASSWORD).token
    chats, events = [], []
    for date in DATES:
        if restarts == "orderly":
            assert server.terminate() == 0
        elif restarts == "killed":
            server.kill()
        clock.set(date)
        if restarts != "never":
            server = start()
        member = API(server.port, token)
        general = member.channel("general")
        with Client(server.port, token) as socket:
            for number in range(3):
                socket.send(type="chat_written", channelId=general, content=f"{date} {number}")
                message = socket.next("chat_sent")
                chats.append(message["chat"])
                events.append(message["eventId"])
        chats.append(member.post(
            f"/api/channels/{general}/chats", {"content": "by HTTP"}).ok())
        events.append(events[-1] + 1)
    assert rise([chat["id"] for chat in chats])
    assert chats[-1]["id"] < 2**53
    assert [chat["createdAt"] for chat in chats] == sorted(chat["createdAt"] for chat in chats)
    assert events == list(range(events[0], events[0] + len(events)))
    listed = member.get(f"/api/channels/{general}/chats/latest?size=200").ok()
    assert [chat["id"] for chat in reversed(listed)] == [chat["id"] for chat in chats]


def test_a_forward_jump_of_years_and_back_leaves_tokens_and_sockets_alone(clock, start):
    server = start()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    with Client(server.port, admin.token) as socket:
        for date in DATES:
            clock.set(date)
            assert admin.get("/api/self").status == 200
            socket.send(type="chat_written", channelId=general, content=date)
            assert socket.next_chat(date)
    claims = jwt.decode(admin.token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 30 * 86_400


def test_a_token_issued_in_a_wrong_future_is_valid_after_it(clock, start):
    clock.set("2040-01-01 00:00:00")
    server = start()
    token = Member(server.port, "admin", ADMIN_PASSWORD).token
    server.terminate()
    clock.set("2026-01-01 00:00:00")
    server = start()
    assert API(server.port, token).get("/api/self").status == 200


def test_the_seconds_that_it_has_run_outlive_a_restart(clock, start):
    server = start()
    time.sleep(2.2)
    API(server.port).get("/api/self")
    server.terminate()
    clock.set("1999-01-01 00:00:00")
    server = start()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    assert 2 <= jwt.decode(admin.token, options={"verify_signature": False})["run"] < 60


def test_timers_go_on_while_the_clock_jumps(clock):
    with clock.servers(ping_interval=1, ping_timeout=60) as start:
        server = start()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        with Client(server.port, admin.token) as socket:
            for date in DATES:
                clock.set(date)
                assert socket.connection.ping().wait(5)
                time.sleep(0.2)
