"""Protocol C4: threads."""

import pytest


@pytest.fixture
def thread(alice, channel):
    chat = alice.say(channel, "source")["id"]
    return alice.post(f"/api/chats/{chat}/thread", {"name": "aside"}).ok()


def test_a_thread_is_made_announced_and_found(alice, bob, connect, channel):
    chat = alice.say(channel, "source")["id"]
    socket = connect(bob)
    thread = alice.post(f"/api/chats/{chat}/thread", {"name": "aside"}).ok()
    assert list(thread) == ["id", "sourceChatId", "channelId", "creatorId", "createdAt", "name"]
    assert (thread["sourceChatId"], thread["channelId"]) == (chat, channel)
    assert (thread["creatorId"], thread["name"]) == (alice.id, "aside")
    message = socket.next("thread_created")
    assert message["thread"] == thread and list(message)[-1] == "eventId"
    assert bob.get(f"/api/threads/{thread['id']}").ok() == thread
    assert bob.get(f"/api/channels/{channel}/threads").ok() == [thread]


def test_they_are_listed_oldest_first(alice, channel):
    names = [str(number) for number in range(150)]
    for name in names:
        chat = alice.say(channel, name)["id"]
        alice.post(f"/api/chats/{chat}/thread", {"name": name}).ok()
    listed = alice.get(f"/api/channels/{channel}/threads").ok()
    assert [thread["name"] for thread in listed] == names


def test_chats_are_written_into_it_by_both_apis(alice, connect, channel, thread):
    socket = connect(alice)
    socket.send(type="chat_written", channelId=channel, threadId=thread["id"], content="one")
    assert socket.next_chat("one")["threadId"] == thread["id"]
    two = alice.say(channel, "two", threadId=thread["id"])
    inside = alice.get(f"/api/chats?threadId={thread['id']}").ok()
    assert [chat["content"] for chat in inside] == ["two", "one"]
    outside = alice.get(f"/api/chats?channelId={channel}&threadId=-1").ok()
    assert [chat["content"] for chat in outside] == ["source"]
    alice.request("DELETE", f"/api/chats/{two['id']}")
    assert socket.next("chat_deleted")["threadId"] == thread["id"]


def test_typing_in_it_says_so(alice, connect, channel, thread):
    socket = connect(alice)
    socket.send(type="chat_typing", channelId=channel, threadId=thread["id"])
    assert socket.next("chat_typing")["threadId"] == thread["id"]


def test_the_thread_of_another_channel_is_400(admin, alice, connect, thread, unique):
    other = admin.post("/api/channels", {"name": unique}).ok()["id"]
    for wrong in (thread["id"], 1):
        answer = alice.post(
            f"/api/channels/{other}/chats", {"content": "x", "threadId": wrong})
        assert answer.status == 400 and "threadId" in answer.json["message"]
    socket = connect(alice)
    socket.send(type="chat_written", channelId=other, threadId=thread["id"], content="x")
    assert socket.next("error")["code"] == "invalid_message"


def test_a_chat_has_one_thread_and_a_thread_has_none(alice, channel, thread):
    again = alice.post(f"/api/chats/{thread['sourceChatId']}/thread", {"name": "again"})
    assert again.status == 400
    inside = alice.say(channel, "inside", threadId=thread["id"])["id"]
    assert alice.post(f"/api/chats/{inside}/thread", {"name": "deeper"}).status == 400


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " x"}, {"name": "x" * 65}])
def test_a_bad_name_is_400(alice, channel, body):
    chat = alice.say(channel, "source")["id"]
    answer = alice.post(f"/api/chats/{chat}/thread", body)
    assert answer.status == 400 and "name" in answer.json["message"]


def test_a_thread_outlives_its_source(alice, thread):
    alice.request("DELETE", f"/api/chats/{thread['sourceChatId']}")
    assert alice.get(f"/api/threads/{thread['id']}").ok() == thread


def test_a_thread_goes_with_its_channel(admin, thread):
    admin.request("DELETE", f"/api/channels/{thread['channelId']}")
    assert admin.get(f"/api/threads/{thread['id']}").status == 404


def test_unknown_ones_are_404(alice):
    assert alice.get("/api/threads/1").status == 404
    assert alice.get("/api/channels/1/threads").status == 404
    assert alice.post("/api/chats/1/thread", {"name": "x"}).status == 404
