"""The greeting of section C1."""

from support.process import ADMIN_PASSWORD
from support.rest import Member


def test_it_is_the_first_message(alice, connect):
    assert list(connect(alice).hello) == ["type", "userId", "eventId"]
    assert connect(alice).hello["type"] == "hello"


def test_it_names_the_member(alice, bob, connect):
    assert connect(alice).hello["userId"] == alice.id
    assert connect(bob).hello["userId"] == bob.id


def test_it_comes_first_on_a_busy_server(alice, bob, channel, connect):
    writer = connect(bob)
    for round in range(20):
        for number in range(10):
            writer.send(type="chat_written", channelId=channel, content=f"{round} {number}")
        assert connect(alice).hello["type"] == "hello"


def test_its_event_is_the_newest(alice, channel, connect):
    socket = connect(alice)
    alice.say(channel, "x")
    newest = socket.next("chat_sent")["eventId"]
    assert connect(alice).hello["eventId"] == newest


def test_what_follows_it_follows_its_event(alice, bob, channel, connect):
    for _ in range(20):
        alice.say(channel, "before")
        socket = connect(bob)
        alice.say(channel, "after")
        assert socket.next("chat_sent")["eventId"] == socket.hello["eventId"] + 1


def test_its_event_outlives_a_restart(start_server, connect):
    first = start_server()
    admin = Member(first.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    for number in range(5):
        admin.say(general, str(number))
    newest = connect(admin).hello["eventId"]
    assert newest >= 5
    first.terminate()
    second = start_server(data=first.data)
    assert connect(Member(second.port, "admin", ADMIN_PASSWORD)).hello["eventId"] == newest
