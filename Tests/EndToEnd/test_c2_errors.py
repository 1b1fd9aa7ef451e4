"""The error messages of section C2: which code for what, and to the sender alone."""

import pytest
from support.websocket import Client

UNKNOWN = 4242
MALFORMED = [
    "", "x", "{", '{"type":"chat_written"', "{'type':'x'}", '{"type":"x",}', '{"type":"x"}}',
    '{"a":"\n"}', '{"type":01}', "[" * 10_000, '{"a":' * 3_000, '{"type":"\\ud8"}',
]
INVALID = [
    ({"content": "x"}, "type"), ({"type": 5}, "type"), ({"type": None}, "type"),
    ({"type": "chat_written", "content": "x"}, "channelId"),
    ({"type": "chat_written", "content": "x", "channelId": "1"}, "channelId"),
    ({"type": "chat_written", "content": "x", "channelId": None}, "channelId"),
    ({"type": "chat_written", "content": "x", "channelId": 1.5}, "channelId"),
    ({"type": "chat_typing"}, "channelId"),
    ({"type": "chat_reaction", "reaction": "x", "adding": True}, "chatId"),
    ({"type": "chat_reaction", "chatId": 1, "adding": True}, "reaction"),
    ({"type": "chat_reaction", "chatId": 1, "reaction": "x"}, "adding"),
    ({"type": "chat_reaction", "chatId": 1, "reaction": "x", "adding": "yes"}, "adding"),
]


@pytest.fixture(scope="module")
def socket(server, alice):
    """One session for all errors here: none of them may end it."""
    with Client(server.port, alice.token) as client:
        yield client


def test_it_says_what_and_why(socket):
    socket.send(type="chat_written", channelId=UNKNOWN, content="x")
    error = socket.next("error")
    assert list(error) == ["type", "code", "message", "nonce"]
    assert error["message"] and error["nonce"] is None


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_not_json_is_malformed_json(socket, text):
    socket.send(text)
    assert socket.next("error")["code"] == "malformed_json"


@pytest.mark.parametrize("text", ["[]", "null", '"chat_written"', "1"])
def test_what_is_no_object_is_refused(socket, text):
    socket.send(text)
    assert socket.next("error")["code"] in ("malformed_json", "invalid_message")


@pytest.mark.parametrize("message, attribute", INVALID, ids=range(len(INVALID)))
def test_a_wrong_attribute_is_an_invalid_message_that_names_it(socket, message, attribute):
    socket.send(message)
    error = socket.next("error")
    assert error["code"] == "invalid_message" and attribute in error["message"]


def test_a_thread_that_is_none_is_an_invalid_message(socket, channel):
    socket.send(type="chat_written", channelId=channel, content="x", threadId=UNKNOWN)
    error = socket.next("error")
    assert error["code"] == "invalid_message" and "threadId" in error["message"]


@pytest.mark.parametrize("kind", ["", "x", "chat_sent", "CHAT_WRITTEN", "hello", "chat_written "])
def test_an_unknown_type_is_unknown_type(socket, kind):
    socket.send(type=kind)
    assert socket.next("error")["code"] == "unknown_type"


@pytest.mark.parametrize("message", [
    {"type": "chat_written", "channelId": UNKNOWN, "content": "x"},
    {"type": "chat_typing", "channelId": UNKNOWN},
    {"type": "chat_reaction", "chatId": UNKNOWN, "reaction": "x", "adding": True},
])
def test_what_does_not_exist_is_not_found(socket, message):
    socket.send(message)
    assert socket.next("error")["code"] == "not_found"


def test_errors_between_them_lose_no_message(socket, channel):
    for number in range(50):
        socket.send("nonsense")
        socket.send(type="chat_written", channelId=channel, content=f"right {number}")
    for number in range(50):
        assert socket.next_chat(f"right {number}")


def test_an_error_reaches_the_sender_alone(alice, bob, channel, connect):
    sender, other, second = connect(alice), connect(bob), connect(alice)
    sender.send("nonsense")
    sender.next("error")
    bob.say(channel, "the end")
    for socket in (other, second):
        assert "error" not in [message["type"] for message in socket.until_chat("the end")]


@pytest.mark.parametrize("frame, code", [
    (b"\x82\x81\0\0\0\0x", 1003), (b"\x81\x81\0\0\0\0\xff", 1007), (b"\x81\x01x", 1002),
    (b"\xc1\x81\0\0\0\0x", 1002), (b"\x83\x81\0\0\0\0x", 1002), (b"\x80\x81\0\0\0\0x", 1002),
    (b"\x88\x81\0\0\0\0x", 1002), (b"\x88\x82\0\0\0\0\x03\xed", 1002),
    (b"\x09\x80\0\0\0\0", 1002), (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),
    (b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", (1002, 1009)),
    (b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\0\0\0\0", 1009),
], ids=["binary", "not UTF-8", "unmasked", "reserved bit", "reserved opcode", "continues nothing",
        "close of one byte", "close with 1005", "fragmented ping", "long ping", "length with sign",
        "too large"])
def test_a_broken_frame_closes_with_its_code(alice, connect, frame, code):
    socket = connect(alice)
    socket.connection.socket.sendall(frame)
    assert socket.close_code() in (code if isinstance(code, tuple) else (code,))


def test_a_session_that_is_closed_costs_another_nothing(alice, bob, channel, connect):
    broken, other = connect(alice), connect(bob)
    broken.connection.socket.sendall(b"\x81\x01x")
    broken.close_code()
    bob.say(channel, "still here")
    assert other.next_chat("still here")
