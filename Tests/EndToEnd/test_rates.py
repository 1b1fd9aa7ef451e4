"""Each rate limit: what is over it is refused by name, and costs nobody else anything."""

import time

import pytest
from support.process import ADMIN_PASSWORD
from support.raw import Wire
from support.rest import API, Member


def burst(socket, channel, count):
    """How many of so many messages in a row were stored, and the codes of the others."""
    for number in range(count):
        socket.send(type="chat_written", channelId=channel, content=str(number))
    stored, codes = 0, []
    while stored + len(codes) < count:
        message = socket.receive()
        stored += message["type"] == "chat_sent"
        codes += [message["code"]] if message["type"] == "error" else []
    return stored, codes


class TestMessages:
    @pytest.fixture
    def limited(self, start_server):
        return start_server(settings={"rate_messages_per_minute": 10})

    def test_too_many_are_an_error_and_the_session_stays(self, limited, connect):
        admin = Member(limited.port, "admin", ADMIN_PASSWORD)
        socket = connect(admin)
        stored, codes = burst(socket, admin.channel("general"), 15)
        assert 1 <= stored <= 11
        assert set(codes) == {"rate_limited"}
        assert socket.connection.ping().wait(5)

    def test_too_many_by_http_are_429(self, limited):
        admin = Member(limited.port, "admin", ADMIN_PASSWORD)
        path = f"/api/channels/{admin.channel('general')}/chats"
        answers = [admin.post(path, {"content": str(i)}) for i in range(60)]
        statuses = [answer.status for answer in answers]
        assert set(statuses) == {200, 429} and statuses.count(200) <= 4 * 10 + 1
        assert int(answers[-1].headers["retry-after"]) >= 1

    def test_they_cost_another_member_nothing(self, limited, connect):
        admin = Member(limited.port, "admin", ADMIN_PASSWORD)
        other = Member.new(limited.port, "other")
        general = admin.channel("general")
        burst(connect(admin), general, 15)
        assert other.say(general, "not limited")

    def test_after_a_while_it_goes_on(self, start_server, connect):
        server = start_server(settings={"rate_messages_per_minute": 60})
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        general, socket = admin.channel("general"), connect(admin)
        _, codes = burst(socket, general, 70)
        assert codes
        time.sleep(1.5)
        socket.send(type="chat_written", channelId=general, content="again")
        assert socket.next_chat("again")


def test_without_a_rate_nothing_is_limited(server, alice, channel, connect):
    assert burst(connect(alice), channel, 500) == (500, [])


def test_a_flood_of_one_connection_leaves_its_address_its_share(start_server, connect):
    server = start_server(settings={"rate_messages_per_minute": 20})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    channel = admin.channel("general")
    sent, refused = burst(connect(admin), channel, 200)
    assert refused
    assert burst(connect(admin), channel, 10) == (10, [])


def test_too_many_logins_are_429(start_server):
    api = API(start_server(settings={"rate_logins_per_minute": 3}).port)
    statuses = [api.log_in("admin", "wrong password").status for _ in range(6)]
    assert statuses.count(400) <= 4 and statuses[-1] == 429


def test_too_many_logins_stop_even_the_right_password(start_server):
    api = API(start_server(settings={"rate_logins_per_minute": 3}).port)
    for _ in range(6):
        api.log_in("admin", "wrong password")
    assert api.log_in("admin", ADMIN_PASSWORD).status == 429


def test_too_many_registrations_are_429(start_server):
    api = API(start_server(settings={"rate_registrations_per_hour": 2}).port)
    answers = [api.register(f"user{i}") for i in range(5)]
    assert [answer.status for answer in answers].count(200) == 2
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_too_many_connections_are_refused(start_server):
    server = start_server(settings={"rate_connections_per_minute": 5})
    served = 0
    for _ in range(12):
        try:
            with Wire(server.port) as wire:
                wire.send(b"GET /api/self HTTP/1.1\r\nHost: x\r\n\r\n")
                served += wire.response().status == 401
        except (EOFError, ConnectionError):
            pass
    assert 1 <= served <= 6


def test_a_refused_connection_leaves_the_open_ones_alone(start_server):
    server = start_server(settings={"rate_connections_per_minute": 5})
    request = b"GET /api/self HTTP/1.1\r\nHost: x\r\n\r\n"
    with Wire(server.port) as kept:
        kept.send(request)
        assert kept.response().status == 401
        for _ in range(10):
            try:
                Wire(server.port).close()
            except ConnectionError:
                pass
        kept.send(request)
        assert kept.response().status == 401
