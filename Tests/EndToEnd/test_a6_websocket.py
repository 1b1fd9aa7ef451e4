"""The WebSocket of section A6: its handshake, and each message in and out."""

import time

import pytest
from support.raw import Wire
from support.rest import Member

UNKNOWN = 4242
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def opening(api, method="GET", query=None, **changes):
    """A handshake with some header fields changed, or left out (None)."""
    fields = {"Host": "x"} | UPGRADE | {k.replace("_", "-"): v for k, v in changes.items()}
    query = f"?token={api.token}" if query is None else query
    lines = [f"{method} /client{query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def handshake(api, method="GET", query=None, **changes):
    """The answer to such a handshake."""
    with Wire(api.port) as wire:
        wire.send(opening(api, method, query, **changes))
        return wire.response(head_only=method == "HEAD")


class TestHandshake:
    def test_it_proves_that_the_key_was_read(self, alice):
        response = handshake(alice)
        assert response.status == 101
        assert response.headers["upgrade"].lower() == "websocket"
        assert response.headers["connection"].lower() == "upgrade"
        assert response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    def test_no_extension_or_subprotocol_is_chosen_unasked(self, alice):
        headers = handshake(alice).headers
        assert "sec-websocket-extensions" not in headers
        assert "sec-websocket-protocol" not in headers

    def test_names_are_case_insensitive_and_lists_are_lists(self, alice):
        assert handshake(alice, Upgrade="WebSocket", Connection="keep-alive, upgrade").status == 101

    def test_one_trailing_slash_is_tolerated(self, alice):
        assert handshake(alice, query=f"/?token={alice.token}").status == 101

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
    def test_another_method_is_405(self, alice, method):
        response = handshake(alice, method)
        assert response.status == 405
        assert "GET" in response.headers["allow"]

    @pytest.mark.parametrize("change", [
        {"Upgrade": None}, {"Upgrade": "h2c"}, {"Connection": None}, {"Connection": "close"},
        {"Sec_WebSocket_Key": None}, {"Sec_WebSocket_Key": "short"},
        {"Sec_WebSocket_Key": "x" * 24}, {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZSEhIQ=="},
    ])
    def test_what_is_no_proper_upgrade_is_400(self, alice, change):
        assert handshake(alice, **change).status == 400

    @pytest.mark.parametrize("version", ["8", "12", "14", "0"])
    def test_another_version_is_426_and_told_which(self, alice, version):
        response = handshake(alice, Sec_WebSocket_Version=version)
        assert response.status == 426
        assert response.headers["sec-websocket-version"] == "13"

    @pytest.mark.parametrize("query", ["", "?", "?token=", "?token=x.y.z", "?tokens=x", "?x=1"])
    def test_without_a_valid_token_it_is_401(self, alice, query):
        response = handshake(alice, query=query)
        assert response.status == 401
        assert response.headers["www-authenticate"].split(" ")[0] == "Bearer"

    @pytest.mark.parametrize("query", [
        "?token={}", "?x=1&token={}", "?token={}&x", "?x=&token={}&y=2",
    ])
    def test_the_token_may_stand_anywhere_in_the_query(self, alice, query):
        assert handshake(alice, query=query.format(alice.token)).status == 101

    def test_an_empty_after_counts_as_absent(self, alice):
        assert handshake(alice, query=f"?after=&token={alice.token}").status == 101

    @pytest.mark.parametrize("after", ["x", "1.5", "1x"])
    def test_an_after_that_is_no_integer_is_400(self, alice, after):
        assert handshake(alice, query=f"?token={alice.token}&after={after}").status == 400

    def test_the_connection_goes_on_after_a_refusal(self, alice):
        with Wire(alice.port) as wire:
            for _ in range(2):
                wire.send(opening(alice, Upgrade=None))
                assert wire.response().status == 400

    def test_frames_may_come_with_the_handshake(self, alice, channel):
        text = b'{"type":"chat_written","channelId":%d,"content":"early"}' % channel
        frame = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
        with Wire(alice.port) as wire:
            wire.send(opening(alice) + frame)
            assert wire.response().status == 101
            wire.read_until(b'"content":"early"')


class TestChatWritten:
    def test_it_is_stored(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(type="chat_written", channelId=channel, content="hello")
        chat = socket.next_chat("hello")
        assert alice.get(f"/api/chats/{chat['id']}").ok() == chat

    def test_it_reaches_the_sender_and_everybody_else(self, alice, bob, channel, connect):
        sender, reader = connect(alice), connect(bob)
        sender.send(type="chat_written", channelId=channel, content="hello all")
        assert sender.next_chat("hello all") == reader.next_chat("hello all")

    def test_its_author_is_the_sender(self, alice, bob, channel, connect):
        socket = connect(bob)
        socket.send(type="chat_written", channelId=channel, content="by bob", authorId=alice.id)
        assert socket.next_chat("by bob")["authorId"] == bob.id

    def test_type_may_stand_anywhere(self, alice, channel, connect):
        socket = connect(alice)
        socket.send('{"content":"late type","channelId":%d,"type":"chat_written"}' % channel)
        assert socket.next_chat("late type")

    def test_null_is_as_good_as_absent(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(type="chat_written", channelId=channel, content="x", threadId=None, sentAt=None)
        assert socket.next_chat("x")["threadId"] is None

    def test_many_in_one_segment_are_all_stored_in_order(self, alice, channel, connect):
        socket = connect(alice)
        for number in range(200):
            socket.send(type="chat_written", channelId=channel, content=f"burst {number}")
        got = [socket.next("chat_sent")["chat"]["content"] for _ in range(200)]
        assert got == [f"burst {number}" for number in range(200)]
        stored = alice.get(f"/api/channels/{channel}/chats/latest?size=200").ok()
        assert [chat["content"] for chat in stored] == got[::-1]

    def test_a_fragmented_message_is_one_message(self, alice, channel, connect):
        socket = connect(alice)
        text = '{"type":"chat_written","channelId":%d,"content":"grüße in parts"}' % channel
        socket.connection.send(iter([text[:10], text[10:40], text[40:]]))
        assert socket.next_chat("grüße in parts")


class TestChatSent:
    def test_it_is_the_chat_between_type_and_event(self, alice, channel, connect):
        socket = connect(alice)
        chat = alice.say(channel, "by HTTP")
        message = socket.next("chat_sent")
        assert list(message) == ["type", "chat", "eventId"]
        assert message["chat"] == chat

    def test_it_reaches_others_for_a_chat_by_http(self, alice, bob, channel, connect):
        socket = connect(bob)
        chat = alice.say(channel, "by HTTP")
        assert socket.next_chat("by HTTP") == chat

    def test_event_ids_grow_by_one(self, alice, channel, connect):
        socket = connect(alice)
        for number in range(5):
            alice.say(channel, str(number))
        events = [socket.next("chat_sent")["eventId"] for _ in range(5)]
        assert events == list(range(events[0], events[0] + 5))

    def test_type_is_the_first_attribute(self, alice, channel, connect):
        socket = connect(alice)
        alice.say(channel, "x")
        while '"chat_sent"' not in (text := socket.receive_text()):
            assert text.startswith('{"type":"')
        assert text.startswith('{"type":"chat_sent"')


class TestChatTyping:
    def test_it_is_relayed_to_everybody_and_the_sender(self, alice, bob, channel, connect):
        sender, reader = connect(alice), connect(bob)
        sender.send(type="chat_typing", channelId=channel)
        for socket in (sender, reader):
            message = socket.next("chat_typing")
            assert list(message) == ["type", "userId", "channelId", "threadId", "sentAt"]
            assert message["userId"] == alice.id
            assert message["channelId"] == channel and message["threadId"] is None

    def test_a_user_id_sent_is_ignored(self, alice, bob, channel, connect):
        socket = connect(alice)
        socket.send(type="chat_typing", channelId=channel, userId=bob.id)
        assert socket.next("chat_typing")["userId"] == alice.id

    def test_without_sent_at_it_is_of_now(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(type="chat_typing", channelId=channel)
        assert abs(socket.next("chat_typing")["sentAt"] - time.time() * 1000) < 5000

    def test_a_past_sent_at_is_kept(self, alice, channel, connect):
        socket = connect(alice)
        past = int(time.time() * 1000) - 60_000
        socket.send(type="chat_typing", channelId=channel, sentAt=past)
        assert socket.next("chat_typing")["sentAt"] == past

    def test_a_future_sent_at_becomes_now(self, alice, channel, connect):
        socket = connect(alice)
        future = int(time.time() * 1000) + 3_600_000
        socket.send(type="chat_typing", channelId=channel, sentAt=future)
        assert abs(socket.next("chat_typing")["sentAt"] - time.time() * 1000) < 5000

    def test_it_is_no_event(self, alice, channel, connect):
        socket = connect(alice)
        alice.say(channel, "before")
        first = socket.next("chat_sent")["eventId"]
        socket.send(type="chat_typing", channelId=channel)
        assert "eventId" not in socket.next("chat_typing")
        alice.say(channel, "after")
        assert socket.next("chat_sent")["eventId"] == first + 1

    def test_it_is_not_stored(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(type="chat_typing", channelId=channel)
        socket.next("chat_typing")
        assert alice.get(f"/api/channels/{channel}/chats/latest").ok() == []


class TestChatReaction:
    @pytest.fixture
    def chat(self, alice, channel):
        return alice.say(channel, "react to this")

    def react(self, socket, chat, reaction="👍", adding=True):
        socket.send(type="chat_reaction", chatId=chat["id"], reaction=reaction, adding=adding)

    def counts(self, member, chat):
        return member.get(f"/api/chats/{chat['id']}").ok()["reactions"]

    def test_it_is_announced_with_all_counts(self, alice, bob, chat, connect):
        sender, reader = connect(alice), connect(bob)
        self.react(sender, chat)
        message = reader.next("chat_reactions_updated", chatId=chat["id"])
        assert list(message) == [
            "type", "chatId", "channelId", "threadId", "reactions", "eventId"]
        assert message["channelId"] == chat["channelId"] and message["threadId"] is None
        assert message["reactions"] == {"👍": 1}

    def test_it_is_stored(self, alice, chat, connect):
        socket = connect(alice)
        self.react(socket, chat)
        socket.next("chat_reactions_updated")
        assert self.counts(alice, chat) == {"👍": 1}

    def test_each_member_counts_once(self, alice, bob, chat, connect):
        sockets = connect(alice), connect(bob)
        for socket in sockets:
            self.react(socket, chat)
            self.react(socket, chat)
        sockets[0].next("chat_reactions_updated", reactions={"👍": 2})
        assert self.counts(alice, chat) == {"👍": 2}

    def test_a_reaction_is_taken_back(self, alice, chat, connect):
        socket = connect(alice)
        self.react(socket, chat)
        self.react(socket, chat, adding=False)
        socket.next("chat_reactions_updated", reactions={})
        assert self.counts(alice, chat) == {}

    def test_one_member_may_react_in_several_ways(self, alice, chat, connect):
        socket = connect(alice)
        for reaction in ("👍", "🎉", ":custom:"):
            self.react(socket, chat, reaction)
        socket.next("chat_reactions_updated", reactions={"👍": 1, "🎉": 1, ":custom:": 1})

    def test_what_changes_nothing_is_not_announced(self, alice, channel, chat, connect):
        socket = connect(alice)
        self.react(socket, chat, adding=False)
        self.react(socket, chat)
        self.react(socket, chat)
        socket.send(type="chat_written", channelId=channel, content="the end")
        kinds = [message["type"] for message in socket.until_chat("the end")]
        assert kinds.count("chat_reactions_updated") == 1

    def test_to_an_unknown_chat_it_is_an_error(self, alice, connect):
        socket = connect(alice)
        self.react(socket, {"id": UNKNOWN})
        assert socket.next("error")["code"] == "not_found"


class TestChannelCreated:
    def test_it_is_the_new_channel(self, admin, alice, connect, unique):
        socket = connect(alice)
        channel = admin.post("/api/channels", {"name": unique}).ok()
        message = socket.next("channel_created")
        assert list(message) == ["type", "channel", "eventId"]
        assert message["channel"] == channel

    def test_a_refused_channel_is_not_announced(self, alice, channel, connect, unique):
        socket = connect(alice)
        assert alice.post("/api/channels", {"name": unique}).status == 403
        alice.say(channel, "the end")
        kinds = [message["type"] for message in socket.until_chat("the end")]
        assert "channel_created" not in kinds


class TestUserJoined:
    def test_it_is_sent_on_registration(self, api, alice, connect, unique):
        socket = connect(alice)
        user = api.register(unique).ok()
        message = socket.next("user_joined")
        assert list(message) == ["type", "userId", "eventId"]
        assert message["userId"] == user["id"]


class TestUserStatusUpdated:
    @pytest.fixture
    def carol(self, server, unique):
        return Member.new(server.port, unique)

    def status(self, watcher, member):
        return watcher.get(f"/api/users/{member.id}").ok()["status"]["onlineStatus"]

    def test_coming_and_going_are_announced(self, alice, carol, connect):
        watcher = connect(alice)
        theirs = connect(carol)
        message = watcher.next("user_status_updated", userId=carol.id)
        assert list(message) == ["type", "userId", "status"] and message["status"] == "ONLINE"
        theirs.close()
        message = watcher.next("user_status_updated", userId=carol.id)
        assert message["status"] == "OFFLINE"

    def test_a_connected_member_is_online(self, alice, carol, connect):
        theirs = connect(carol)
        assert self.status(alice, carol) == "ONLINE"
        watcher = connect(alice)
        theirs.close()
        watcher.next("user_status_updated", userId=carol.id, status="OFFLINE")
        assert self.status(alice, carol) == "OFFLINE"

    def test_a_second_connection_changes_nothing(self, alice, channel, carol, connect):
        connect(carol)
        watcher = connect(alice)
        connect(carol).close()
        alice.say(channel, "the end")
        messages = watcher.until_chat("the end")
        assert not [m for m in messages if m.get("userId") == carol.id]

    def test_a_connection_that_breaks_ends_the_presence_too(self, alice, carol, connect):
        watcher, theirs = connect(alice), connect(carol)
        theirs.connection.socket.shutdown(2)
        watcher.next("user_status_updated", userId=carol.id, status="OFFLINE")


class TestControlFrames:
    def test_a_ping_is_answered_with_its_payload(self, alice, connect):
        assert connect(alice).connection.ping(b"are you there").wait(5)

    def test_a_close_is_answered_with_its_code(self, alice, connect):
        socket = connect(alice)
        socket.connection.close(1000, "bye")
        assert socket.connection.protocol.close_rcvd.code == 1000
