"""Every shape of section A4: which attributes, in which order, of which kind."""

import json

import pytest

CHAT = ["id", "createdAt", "authorId", "channelId", "threadId", "content", "edited", "reactions"]
CHANNEL = ["id", "parentChannelId", "ordinality", "name", "description", "capabilities",
           "createdAt", "createdByUserId"]
CHANNEL_TREE = ["id", "ordinality", "name", "description", "capabilities", "createdAt",
                "createdByUserId", "children"]


def is_id(value):
    return type(value) is int and 0 < value < 2**53


def is_time(value):
    return type(value) is int and 1_600_000_000_000 < value < 4_000_000_000_000


def test_token(api, alice):
    token = api.log_in("alice").ok()
    assert list(token) == ["token"]
    assert isinstance(token["token"], str)


def test_user_brief(api, unique):
    brief = api.register(unique).ok()
    assert list(brief) == ["id", "username"]
    assert is_id(brief["id"]) and brief["username"] == unique


def test_full_user(alice):
    user = alice.get("/api/self").ok()
    assert list(user) == ["id", "username", "profile", "status"]
    assert list(user["profile"]) == ["createdAt", "nickname", "bio", "avatarId"]
    assert list(user["status"]) == ["onlineStatus"]
    assert is_id(user["id"]) and is_time(user["profile"]["createdAt"])
    assert user["profile"]["nickname"] == "alice"
    assert user["profile"]["bio"] is None and user["profile"]["avatarId"] is None
    assert user["status"]["onlineStatus"] == "OFFLINE"


def test_server(alice):
    server = alice.get("/api/server").ok()
    assert list(server) == ["name", "description", "iconId", "defaultChannelId"]
    assert isinstance(server["name"], str) and isinstance(server["description"], str)
    assert server["iconId"] is None
    assert server["defaultChannelId"] == alice.channel("general")


def test_channel(admin, channel):
    found = admin.get(f"/api/channels/{channel}").ok()
    assert list(found) == CHANNEL
    assert is_id(found["id"]) and is_time(found["createdAt"])
    assert found["parentChannelId"] is None and found["description"] is None
    assert found["capabilities"] == ["text"]
    assert found["createdByUserId"] == admin.id


def test_channel_tree(admin, channel, unique):
    admin.post("/api/channels", {"name": unique, "parentChannelId": channel}).ok()
    tree = admin.get("/api/channels").ok()
    parent = next(c for c in tree if c["id"] == channel)
    assert list(parent) == CHANNEL_TREE
    assert list(parent["children"][0]) == CHANNEL_TREE
    assert parent["children"][0]["children"] == []


def test_chat(alice, channel):
    chat = alice.say(channel, "hello")
    assert list(chat) == CHAT
    assert is_id(chat["id"]) and is_time(chat["createdAt"])
    assert chat["authorId"] == alice.id and chat["channelId"] == channel
    assert chat["threadId"] is None and chat["content"] == "hello"
    assert chat["edited"] is False and chat["reactions"] == {}


@pytest.mark.parametrize("path", [
    "/api/channels/{channel}/chats/latest", "/api/chats", "/api/chats/{id}",
])
def test_a_chat_has_the_same_shape_wherever_it_is_read(alice, channel, path):
    chat = alice.say(channel, "the same everywhere")
    found = alice.get(path.format(channel=channel, id=chat["id"])).ok()
    found = found[0] if isinstance(found, list) else found
    assert list(found) == CHAT and found == chat


def test_reactions_of_a_chat_are_counts_by_reaction(alice, bob, channel, connect):
    chat = alice.say(channel, "react to this")
    socket = connect(alice)
    for member in (alice, bob):
        connect(member).send(type="chat_reaction", chatId=chat["id"], reaction="👍", adding=True)
    socket.next("chat_reactions_updated", reactions={"👍": 2})
    assert alice.get(f"/api/chats/{chat['id']}").ok()["reactions"] == {"👍": 2}


@pytest.mark.parametrize("content", [
    'quotes " and \\ backslashes', "a\nb\r\nc\td", "grüße, 世界, 👩‍👩‍👧",
    "</script>&amp;", "line\u2028and\u2029paragraph",
    "e\u0301 is not é", "\ufeff starts it", "/slashes/",
])
def test_content_comes_back_as_it_was_written(alice, channel, content):
    chat = alice.say(channel, content)
    assert alice.get(f"/api/chats/{chat['id']}").ok()["content"] == content


def test_escaped_text_is_the_same_text(alice, channel):
    escaped = b'{"content":"\\u0048\\u00e9 \\ud83d\\udc4d \\/ \\b"}'.replace(b"\\b", b"\\t")
    chat = alice.post(f"/api/channels/{channel}/chats", escaped).ok()
    assert chat["content"] == "Hé 👍 / \t"


def test_answers_are_valid_utf_8_without_a_byte_order_mark(alice, channel):
    alice.say(channel, "grüße 👍")
    body = alice.get(f"/api/channels/{channel}/chats/latest").body
    assert not body.startswith(b"\xef\xbb\xbf")
    assert json.loads(body.decode("utf-8"))
