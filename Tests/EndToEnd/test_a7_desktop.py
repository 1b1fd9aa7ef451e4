"""Protocol A7: what the desktop client needs, asked for as it asks."""

import json
import time

import pytest
from support.rest import MEMBER_PASSWORD, Member

USER = {"id", "username", "profile", "status"}
PROFILE = {"createdAt", "nickname", "bio", "avatarId"}
SERVER = {"name", "description", "iconId", "defaultChannelId"}
TREE = {"id", "ordinality", "name", "description", "capabilities", "createdAt", "createdByUserId",
        "children"}
CHAT = {"id", "createdAt", "authorId", "channelId", "threadId", "content", "edited", "reactions"}


def test_every_key_is_there_and_nothing_is_left_out_for_null(alice, channel):
    chat = alice.say(channel, "x")
    assert set(chat) == CHAT and chat["threadId"] is None
    assert all(set(tree) == TREE for tree in alice.get("/api/channels").ok())
    assert set(alice.get("/api/server").ok()) == SERVER
    for user in alice.get("/api/users").ok():
        assert set(user) == USER and set(user["profile"]) == PROFILE
        assert user["status"]["onlineStatus"]


def test_ids_are_numbers_that_javascript_holds(alice, channel):
    chat = alice.say(channel, "x")
    text = alice.get(f"/api/chats/{chat['id']}").body.decode()
    assert f'"id":{chat["id"]}' in text and f'"authorId":{alice.id}' in text
    assert chat["id"] < 2**53


def test_every_author_is_among_the_users_even_after_removal(server, admin, channel, unique):
    gone = Member.new(server.port, unique)
    gone.say(channel, "I was here")
    gone.request("DELETE", "/api/self", {"password": MEMBER_PASSWORD})
    users = {user["id"]: user for user in admin.get("/api/users").ok()}
    for chat in admin.get(f"/api/channels/{channel}/chats/latest").ok():
        assert chat["authorId"] in users
    assert users[gone.id]["profile"]["nickname"] == "(removed)"


@pytest.mark.parametrize("path", ["/api/users", "/api/self", "/api/server", "/api/channels",
                                  "/api/chats", "/api/roles"])
def test_a_get_is_answered_in_time_and_as_json(alice, path):
    start = time.monotonic()
    answer = alice.get(path)
    assert answer.status == 200 and time.monotonic() - start < 3
    assert answer.headers["content-type"] == "application/json"


def test_a_chat_needs_nothing_but_its_content(alice, channel):
    answer = alice.post(f"/api/channels/{channel}/chats", json.dumps({"content": "x"}).encode())
    assert answer.ok()["content"] == "x"


def test_the_sender_hears_of_it_too(alice, channel, connect):
    socket = connect(alice)
    chat = alice.say(channel, "x")
    assert socket.next("chat_sent")["chat"] == chat


def test_paging_back_by_time_meets_every_chat(alice, channel):
    written = []
    for number in range(120):
        written.append(alice.say(channel, f"number {number}")["id"])
        # The client pages by time alone, which must differ for that.
        time.sleep(0.0015)
    seen = alice.get(f"/api/channels/{channel}/chats/latest?size=50").ok()
    while page := alice.get(
            f"/api/chats?channelId={channel}&before={seen[-1]['createdAt']}").ok():
        seen += page
    assert [chat["id"] for chat in reversed(seen)] == written
