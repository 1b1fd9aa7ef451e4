"""Protocol A5: editing and deleting chats, and reactions to them."""

import pytest


class TestEdit:
    def test_the_author_edits_and_everyone_is_told(self, alice, bob, connect, channel):
        chat = alice.say(channel, "frist")
        socket = connect(bob)
        edited = alice.request("PATCH", f"/api/chats/{chat['id']}", {"content": "first"}).ok()
        assert edited == chat | {"content": "first", "edited": True}
        message = socket.next("chat_edited")
        assert message["eventId"] == socket.hello["eventId"] + 1
        del message["eventId"]
        assert message == {"type": "chat_edited", "chatId": chat["id"], "channelId": channel,
                           "threadId": None, "content": "first"}
        assert bob.get(f"/api/chats/{chat['id']}").ok() == edited

    def test_edited_stays_true_for_ever(self, alice, channel):
        chat = alice.say(channel, "a")["id"]
        alice.request("PATCH", f"/api/chats/{chat}", {"content": "b"}).ok()
        assert alice.request("PATCH", f"/api/chats/{chat}", {"content": "a"}).ok()["edited"]

    def test_a_search_finds_the_new_text_and_no_longer_the_old(self, alice, channel, unique):
        chat = alice.say(channel, f"before{unique}")["id"]
        assert len(alice.get(f"/api/chats?query=before{unique}").ok()) == 1
        alice.request("PATCH", f"/api/chats/{chat}", {"content": f"after{unique}"}).ok()
        assert alice.get(f"/api/chats?query=before{unique}").ok() == []
        assert [c["id"] for c in alice.get(f"/api/chats?query=after{unique}").ok()] == [chat]

    def test_nobody_else_may_not_even_an_administrator(self, admin, alice, bob, channel):
        chat = alice.say(channel, "mine")["id"]
        for other in (admin, bob):
            assert other.request("PATCH", f"/api/chats/{chat}", {"content": "x"}).status == 403
        assert alice.get(f"/api/chats/{chat}").ok()["content"] == "mine"

    def test_an_unknown_chat_is_404_before_403(self, alice):
        assert alice.request("PATCH", "/api/chats/1", {"content": "x"}).status == 404

    @pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": " "}, {"content": None},
                                      {"content": 1}, {"content": "x" * 4001}])
    def test_a_bad_text_is_400(self, alice, channel, body):
        chat = alice.say(channel, "stays")["id"]
        answer = alice.request("PATCH", f"/api/chats/{chat}", body)
        assert answer.status == 400 and "content" in answer.json["message"]
        assert alice.get(f"/api/chats/{chat}").ok()["content"] == "stays"


class TestDelete:
    def test_the_author_deletes_and_everyone_is_told(self, alice, bob, connect, channel):
        chat = alice.say(channel, "oops")["id"]
        socket = connect(bob)
        answer = alice.request("DELETE", f"/api/chats/{chat}")
        assert (answer.status, answer.body) == (200, b"")
        message = socket.next("chat_deleted")
        assert (message["chatId"], message["channelId"], message["threadId"]) == (
            chat, channel, None)
        assert bob.get(f"/api/chats/{chat}").status == 404
        assert bob.request("DELETE", f"/api/chats/{chat}").status == 404

    def test_whoever_may_delete_chats_deletes_others(self, admin, alice, bob, channel):
        chat = alice.say(channel, "mine")["id"]
        assert bob.request("DELETE", f"/api/chats/{chat}").status == 403
        assert admin.request("DELETE", f"/api/chats/{chat}").status == 200

    def test_it_is_found_no_more(self, alice, channel, unique):
        chat = alice.say(channel, unique)["id"]
        assert len(alice.get(f"/api/chats?query={unique}").ok()) == 1
        alice.request("DELETE", f"/api/chats/{chat}")
        assert alice.get(f"/api/chats?query={unique}").ok() == []
        assert alice.get(f"/api/channels/{channel}/chats/latest").ok() == []

    def test_an_id_is_never_used_again(self, alice, channel):
        chat = alice.say(channel, "gone")["id"]
        alice.request("DELETE", f"/api/chats/{chat}")
        assert alice.say(channel, "next")["id"] > chat


class TestReactions:
    def test_who_reacted_is_listed_first_come_first(self, admin, alice, bob, channel):
        chat = alice.say(channel, "nice")["id"]
        for member in (bob, alice, admin):
            answer = member.post(
                f"/api/chats/{chat}/reactions", {"reaction": "👍", "adding": True})
            assert (answer.status, answer.body) == (200, b"")
        bob.post(f"/api/chats/{chat}/reactions", {"reaction": 'a "b"', "adding": True})
        assert alice.get(f"/api/chats/{chat}/reactions").ok() == {
            "reactingUsers": {"👍": [bob.id, alice.id, admin.id], 'a "b"': [bob.id]},
            "reactions": {"👍": 3, 'a "b"': 1}}

    def test_a_chat_without_any_has_none(self, alice, channel):
        chat = alice.say(channel, "plain")["id"]
        assert alice.get(f"/api/chats/{chat}/reactions").ok() == {
            "reactingUsers": {}, "reactions": {}}

    def test_they_are_announced_as_by_websocket(self, alice, connect, channel):
        chat = alice.say(channel, "nice")["id"]
        socket = connect(alice)
        alice.post(f"/api/chats/{chat}/reactions", {"reaction": "x", "adding": True})
        assert socket.next("chat_reactions_updated")["reactions"] == {"x": 1}
        alice.post(f"/api/chats/{chat}/reactions", {"reaction": "x", "adding": False})
        assert socket.next("chat_reactions_updated")["reactions"] == {}

    @pytest.mark.parametrize("body, attribute", [
        ({"adding": True}, "reaction"), ({"reaction": "x"}, "adding"),
        ({"reaction": "", "adding": True}, "reaction"), ({"reaction": "x", "adding": 1}, "adding")])
    def test_a_bad_attribute_is_named(self, alice, channel, body, attribute):
        chat = alice.say(channel, "nice")["id"]
        answer = alice.post(f"/api/chats/{chat}/reactions", body)
        assert answer.status == 400 and attribute in answer.json["message"]

    def test_an_unknown_chat_is_404(self, alice):
        assert alice.get("/api/chats/1/reactions").status == 404
        assert alice.post(
            "/api/chats/1/reactions", {"reaction": "x", "adding": True}).status == 404
