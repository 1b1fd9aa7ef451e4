"""Protocol C3: a chat that is sent again under its nonce is not stored again."""

import json
import random
import struct

import pytest
from support.cut import CutClient
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.traffic import stored_chats


def test_a_second_post_answers_with_the_chat_that_stands(alice, channel, unique):
    first = alice.say(channel, "once", nonce=unique)
    again = alice.say(channel, "other text", nonce=unique)
    assert again == first and list(again)[-1] == "nonce"
    assert len(alice.get(f"/api/channels/{channel}/chats/latest").ok()) == 1


def test_a_second_message_is_answered_to_its_sender_alone(alice, bob, connect, channel, unique):
    sender, other = connect(alice), connect(bob)
    sender.send(type="chat_written", channelId=channel, content="once", nonce=unique)
    first = sender.next("chat_sent")
    sender.send(type="chat_written", channelId=channel, content="once", nonce=unique)
    again = sender.next("chat_sent")
    assert again["chat"] == first["chat"]
    assert "eventId" in first and "eventId" not in again
    alice.say(channel, "next")
    assert other.next("chat_sent")["chat"]["content"] == "once"
    assert other.next("chat_sent")["chat"]["content"] == "next"


def test_two_at_once_are_both_answered_and_one_is_stored(alice, connect, channel, unique):
    socket = connect(alice)
    for _ in range(2):
        socket.send(type="chat_written", channelId=channel, content="once", nonce=unique)
    # What is for the sender alone may overtake what is for all.
    answers = [socket.next("chat_sent") for _ in range(2)]
    assert answers[0]["chat"] == answers[1]["chat"]
    assert sum("eventId" in answer for answer in answers) == 1


def test_both_apis_share_their_nonces(alice, connect, channel, unique):
    first = alice.say(channel, "once", nonce=unique)
    socket = connect(alice)
    socket.send(type="chat_written", channelId=channel, content="once", nonce=unique)
    assert socket.next("chat_sent")["chat"] == first


def test_it_is_the_authors_own(alice, bob, channel, unique):
    assert alice.say(channel, "a", nonce=unique)["id"] != bob.say(channel, "b", nonce=unique)["id"]


def test_without_a_nonce_everything_is_stored(alice, channel):
    assert alice.say(channel, "same")["id"] != alice.say(channel, "same")["id"]


def test_a_chat_deleted_since_is_not_written_anew(alice, connect, channel, unique):
    chat = alice.say(channel, "gone", nonce=unique)["id"]
    alice.request("DELETE", f"/api/chats/{chat}")
    answer = alice.post(f"/api/channels/{channel}/chats", {"content": "gone", "nonce": unique})
    assert answer.status == 404
    socket = connect(alice)
    socket.send(type="chat_written", channelId=channel, content="gone", nonce=unique)
    error = socket.next("error")
    assert (error["code"], error["nonce"]) == ("not_found", unique)


@pytest.mark.slow
def test_a_sender_that_resends_on_every_doubt_stores_each_message_once(start_server):
    dice = random.Random(3)
    server = start_server()
    member = Member(server.port, "admin", ADMIN_PASSWORD)
    general = member.channel("general")
    for number in range(200):
        body = {"content": f"message {number}", "nonce": f"nonce {number}"}
        while True:
            try:
                if dice.random() < 0.3:
                    # The answer is not waited for.
                    member.post(f"/api/channels/{general}/chats", body, timeout=0.0005)
                else:
                    member.post(f"/api/channels/{general}/chats", body).ok()
                    break
            except OSError:
                pass
            if dice.random() < 0.15:
                server.kill()
                server = start_server(data=server.data)
                member.port = server.port
    stored = [chat["content"] for chat in member.get("/api/chats?size=200").ok()]
    assert stored[::-1] == [f"message {number}" for number in range(200)]


def frame(number, channel):
    """A masked text frame with one chat under its own nonce; its length takes 16 bits."""
    payload = json.dumps({
        "type": "chat_written", "channelId": channel, "content": f"message {number:0100}",
        "nonce": f"nonce {number}"}).encode()
    return b"\x81" + struct.pack(">BH4x", 0xFE, len(payload)) + payload


def confirmed(client, numbers):
    """Reads until each of these has come back."""
    waiting = {f"nonce {number}" for number in numbers}
    data = client.wire.unread
    while True:
        while part := client.next_frame(data):
            message, data = part
            waiting.discard(message.get("chat", {}).get("nonce"))
        if not waiting:
            return
        more = client.wire.socket.recv(65536)
        assert more, f"the server hung up before {waiting} came"
        data += more


@pytest.mark.slow
def test_a_websocket_that_is_cut_at_any_byte_and_sends_again_stores_each_message_once(start_server):
    dice = random.Random(4)
    server = start_server()
    member = Member(server.port, "admin", ADMIN_PASSWORD)
    general = member.channel("general")
    done, doubts = 0, 0
    while done < 400:
        numbers = range(done, min(done + dice.randrange(1, 9), 400))
        burst = b"".join(frame(number, general) for number in numbers)
        client = CutClient(server.port, member.token, None)
        cut = dice.randrange(2 * len(burst))
        client.wire.send(burst[:cut])
        if cut >= len(burst):
            confirmed(client, numbers)
            done = numbers[-1] + 1
        else:
            doubts += 1
        client.wire.close()
        if dice.random() < 0.05:
            server.kill()
            server = start_server(data=server.data)
            member.port = server.port
    assert doubts > 20
    stored = [chat["content"] for chat in stored_chats(member, general)]
    assert stored == [f"message {number:0100}" for number in range(400)]
