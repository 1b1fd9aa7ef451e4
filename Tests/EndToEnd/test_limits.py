"""The limits of section B, at their last good and first bad value, and strict JSON input."""

import contextlib
import json

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member
from websockets.exceptions import ConnectionClosed


def refused(answer, attribute):
    """It is a 400 that names the attribute."""
    return answer.status == 400 and attribute in answer.json["message"]


def test_they_are_told_to_whoever_asks(api, start_server):
    assert api.get("/api/limits").ok() == {
        "registration": "open", "usernameCharacters": 32, "passwordBytesMin": 8,
        "passwordBytesMax": 256, "contentCharacters": 4000, "nameCharacters": 64,
        "descriptionCharacters": 512, "imageBytes": 2 * 1024 * 1024}
    other = start_server(settings={"registration": "closed", "content_characters": 100})
    told = API(other.port).get("/api/limits").ok()
    assert (told["registration"], told["contentCharacters"]) == ("closed", 100)


class TestUsername:
    @pytest.mark.parametrize("name", [
        "x", "a b", "名前", "👍" * 32, "ü" * 32, "c\u00a0d", '"\\', "<b>",
    ])
    def test_a_good_one_is_taken(self, api, name):
        assert api.register(name).ok()["username"] == name

    @pytest.mark.parametrize("name", [
        "", "x" * 33, "👍" * 33, " x", "x ", "\tx", "x\n", "a\x00b", "a\x1fb", "a\x7fb", "a\x85b",
        " ", "\u2003x", "x\u00a0", "x\u2028",
    ])
    def test_a_bad_one_is_400_and_named(self, api, name):
        assert refused(api.register(name), "username")


class TestPassword:
    @pytest.mark.parametrize("password", ["8 bytes!", "x" * 256, "éééé", "        ", "👍" * 64])
    def test_a_good_one_is_taken(self, api, unique, password):
        api.register(unique, password).ok()
        assert api.log_in(unique, password).status == 200

    @pytest.mark.parametrize("password", ["", "7 bytes", "x" * 257, "👍" * 65])
    def test_a_bad_one_is_400_and_named(self, api, unique, password):
        assert refused(api.register(unique, password), "password")

    def test_every_byte_counts(self, api, unique):
        api.register(unique, "x" * 256).ok()
        assert api.log_in(unique, "x" * 255 + "y").status == 400


GOOD_CONTENT = ["x", "x" * 4000, "👍" * 4000, "tab\tand\nline\r\nends", " padded ", "\u200b"]
BAD_CONTENT = ["", " ", "\n\t ", "x" * 4001, "👍" * 4001, "a\x00b", "a\x07b", "a\x7fb", "a\x9fb",
               "\u2003", "\u00a0"]


class TestContent:
    @pytest.mark.parametrize("content", GOOD_CONTENT, ids=range(len(GOOD_CONTENT)))
    def test_good_content_is_taken(self, alice, channel, content):
        assert alice.say(channel, content)["content"] == content

    @pytest.mark.parametrize("content", BAD_CONTENT, ids=range(len(BAD_CONTENT)))
    def test_bad_content_is_400_and_named(self, alice, channel, content):
        answer = alice.post(f"/api/channels/{channel}/chats", {"content": content})
        assert refused(answer, "content")

    @pytest.mark.parametrize("content", GOOD_CONTENT, ids=range(len(GOOD_CONTENT)))
    def test_good_content_is_taken_by_websocket(self, alice, channel, connect, content):
        socket = connect(alice)
        message = {"type": "chat_written", "channelId": channel, "content": content}
        socket.send(json.dumps(message, ensure_ascii=False))
        assert socket.next("chat_sent")["chat"]["content"] == content

    @pytest.mark.parametrize("content", BAD_CONTENT, ids=range(len(BAD_CONTENT)))
    def test_bad_content_is_an_error_by_websocket(self, alice, channel, connect, content):
        socket = connect(alice)
        message = {"type": "chat_written", "channelId": channel, "content": content}
        socket.send(json.dumps(message, ensure_ascii=False))
        error = socket.next("error")
        assert error["code"] == "invalid_message" and "content" in error["message"]


class TestReaction:
    @pytest.mark.parametrize("reaction", ["x", "x" * 64, "👍" * 16])
    def test_a_good_one_is_taken(self, alice, channel, connect, reaction):
        chat, socket = alice.say(channel, "x"), connect(alice)
        socket.send(type="chat_reaction", chatId=chat["id"], reaction=reaction, adding=True)
        assert socket.next("chat_reactions_updated")["reactions"] == {reaction: 1}

    @pytest.mark.parametrize("reaction", ["", "x" * 65, "👍" * 17])
    def test_a_bad_one_is_an_error(self, alice, channel, connect, reaction):
        chat, socket = alice.say(channel, "x"), connect(alice)
        socket.send(type="chat_reaction", chatId=chat["id"], reaction=reaction, adding=True)
        error = socket.next("error")
        assert error["code"] == "invalid_message" and "reaction" in error["message"]


class TestChannel:
    @pytest.mark.parametrize("attribute, value", [
        ("name", "x"), ("name", "👍" * 64), ("description", ""), ("description", "ü" * 512),
        ("ordinality", -5), ("ordinality", 2**31), ("capabilities", []),
    ])
    def test_a_good_value_is_taken(self, admin, unique, attribute, value):
        answer = admin.post("/api/channels", {"name": unique, attribute: value})
        assert answer.status == 200

    @pytest.mark.parametrize("attribute, value", [
        ("name", ""), ("name", "👍" * 65), ("name", None), ("name", 5), ("description", "x" * 513),
        ("description", 5), ("ordinality", "1"), ("ordinality", 1.5), ("capabilities", "text"),
        ("capabilities", [1]), ("parentChannelId", "x"), ("parentChannelId", 1),
    ])
    def test_a_bad_value_is_400_and_named(self, admin, unique, attribute, value):
        answer = admin.post("/api/channels", {"name": unique, attribute: value})
        assert refused(answer, attribute)


def written(channel, size):
    """A chat_written of exactly that many bytes."""
    message = '{"type":"chat_written","channelId":%d,"content":"x","padding":""}' % channel
    return message[:-2] + "p" * (size - len(message)) + '"}'


class TestSizes:
    LIMIT = 16 * 1024

    def test_the_largest_websocket_message_is_taken(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(written(channel, self.LIMIT))
        assert socket.next_chat("x")

    def test_a_larger_websocket_message_closes_with_1009(self, alice, channel, connect):
        socket = connect(alice)
        socket.send(written(channel, self.LIMIT + 1))
        assert socket.close_code() == 1009

    def test_fragments_that_add_up_to_more_close_with_1009(self, alice, channel, connect):
        socket = connect(alice)
        text = written(channel, self.LIMIT + 1)
        # The refusal may arrive while the client is still sending.
        with contextlib.suppress(ConnectionClosed):
            socket.connection.send(iter([text[:9000], text[9000:]]))
        assert socket.close_code() == 1009

    def test_the_limit_is_a_setting(self, start_server, connect):
        server = start_server(settings={"ws_message_bytes": 4096})
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        general = admin.channel("general")
        socket = connect(admin)
        socket.send(written(general, 4096))
        assert socket.next_chat("x")
        socket.send(written(general, 4097))
        assert socket.close_code() == 1009

    def body(self, size):
        return b'{"content":"x"' + b" " * (size - 15) + b"}"

    def test_the_largest_body_is_taken(self, alice, channel):
        answer = alice.post(f"/api/channels/{channel}/chats", self.body(64 * 1024))
        assert answer.status == 200

    def test_a_larger_body_is_413(self, alice, channel):
        answer = alice.post(f"/api/channels/{channel}/chats", self.body(64 * 1024 + 1))
        assert answer.status == 413


SAME = b'{"content":"x","sentAt":%s}'


class TestJSONInput:
    @pytest.mark.parametrize("body", [
        b'{"content":"x","unknown":{"a":[1,{"b":null}]}}', b'{"content":"no","content":"x"}',
        b' \t\r\n{ "content" : "x" } \n', b'{"\\u0063ontent":"\\u0078"}',
        SAME % b"1e3", SAME % b"1.0", SAME % b"1000E-3", SAME % b"-0", SAME % b"0.1e1",
        SAME % b"null", b'{"content":"x","deep":' + b"[" * 16 + b"]" * 16 + b"}",
    ])
    def test_what_is_valid_is_taken(self, alice, channel, body):
        assert alice.post(f"/api/channels/{channel}/chats", body).ok()["content"] == "x"

    @pytest.mark.parametrize("body", [
        b"", b" ", b"x", b"{", b"[]", b"null", b'"x"', b"1", b'{"content":"x"', b'{"content":"x"}}',
        b'{"content":"x",}', b'{"content" "x"}', b"{'content':'x'}", b'{content:"x"}',
        b'{"content":"x"} x', b'{"content":"x"}{}', b'{"content":"a\nb"}', b'{"content":"a\\xb"}',
        b'{"content":"\\u12"}', b'{"content":"x","a":01}', b'{"content":"x","a":+1}',
        b'{"content":"x","a":1.}', b'{"content":"x","a":.5}', b'{"content":"x","a":1e}',
        b'{"content":"x","a":NaN}', b'{"content":"x","a":Infinity}', b'{"content":"x","a":tru}',
        b'{"content":"x","a":[1,]}', b'{"content":"x"/**/}', b'{"content":"\xff"}',
        b'{"content":"\xc0\xaf"}', b'{"content":"\xed\xa0\x80"}', b'{"content":"\xf4\x90\x80\x80"}',
        b'{"content":"x"}\x00', '{"content":"x"}'.encode("utf-16"),
        b'{"content":"x","deep":' + b"[" * 30_000, b'{"a":' * 10_000,
    ])
    def test_what_is_not_json_is_400(self, alice, channel, body):
        assert alice.post(f"/api/channels/{channel}/chats", body).status == 400

    @pytest.mark.parametrize("value", [b'"5"', b"1.5", b"1e-1", b"true", b"[]", b"{}", b"1e400"])
    def test_what_is_no_integer_is_400_and_named(self, alice, channel, value):
        assert refused(alice.post(f"/api/channels/{channel}/chats", SAME % value), "sentAt")

    @pytest.mark.parametrize("body", [
        b"{}", b'{"content":null}', b'{"content":5}', b'{"content":[]}',
    ])
    def test_a_missing_null_or_wrong_attribute_is_400_and_named(self, alice, channel, body):
        assert refused(alice.post(f"/api/channels/{channel}/chats", body), "content")

    @pytest.mark.parametrize("path, body, attribute", [
        ("/api/tokens", {"username": "x"}, "password"),
        ("/api/tokens", {"password": "x"}, "username"),
        ("/api/users/register", {"username": "x"}, "password"),
        ("/api/users/register", {"username": None, "password": "long enough"}, "username"),
    ])
    def test_credentials_without_a_part_are_400_and_named(self, api, path, body, attribute):
        assert refused(api.post(path, body), attribute)
