"""Protocol B1: rights add up, and what one may not see does not exist."""

import pytest
from support.rest import Member

DENY = {"admin": False, "values": {"channel.view": -1}}
ALLOW = {"admin": False, "values": {"channel.view": 2}}


def override(admin, channel, users=None, roles=None):
    return admin.request(
        "PUT", f"/api/channels/{channel}/rights", {"users": users or {}, "roles": roles or {}}).ok()


def tree_ids(member):
    def walk(trees):
        for tree in trees:
            yield tree["id"]
            yield from walk(tree["children"])
    return set(walk(member.get("/api/channels").ok()))


@pytest.fixture
def hidden(admin, alice, bob, channel):
    """A channel that bob may not see, with one below it and a chat of alice's in each."""
    below = admin.post("/api/channels", {"name": "below", "parentChannelId": channel}).ok()["id"]
    chats = [alice.say(place, "secret words")["id"] for place in (channel, below)]
    override(admin, channel, {bob.id: DENY})
    return channel, below, chats


class TestHidden:
    def test_from_lists_and_by_id(self, admin, alice, bob, hidden):
        channel, below, chats = hidden
        for place in (channel, below):
            assert place in tree_ids(alice) and place not in tree_ids(bob)
            for path in ("", "/chats/latest", "/threads"):
                assert alice.get(f"/api/channels/{place}{path}").status == 200
                assert bob.get(f"/api/channels/{place}{path}").status == 404
            assert bob.get(f"/api/chats?channelId={place}").ok() == []
        for chat in chats:
            assert bob.get(f"/api/chats/{chat}").status == 404
            assert bob.get(f"/api/chats/{chat}/reactions").status == 404
            assert bob.request("DELETE", f"/api/chats/{chat}").status == 404
            assert bob.post(f"/api/chats/{chat}/thread", {"name": "x"}).status == 404

    def test_from_searches_and_counts(self, alice, bob, hidden):
        assert {c["id"] for c in alice.get("/api/chats?query=secret").ok()} >= set(hidden[2])
        assert bob.get("/api/chats?query=secret").ok() == []
        everything = bob.get("/api/chats?size=200").ok()
        assert not {c["id"] for c in everything} & set(hidden[2])

    def test_pages_count_only_what_is_seen(self, admin, alice, bob, channel, unique):
        open_one = admin.post("/api/channels", {"name": unique}).ok()["id"]
        override(admin, channel, {bob.id: DENY})
        mine = []
        for number in range(10):
            alice.say(channel, "hidden")
            mine.append(bob.say(open_one, f"{number}")["id"])
        pages = [bob.get(f"/api/chats?size=3&page={page}").ok() for page in range(3)]
        assert [c["id"] for page in pages for c in page] == mine[::-1][:9]

    def test_from_writing_typing_and_reacting(self, bob, connect, hidden):
        channel, below, chats = hidden
        socket = connect(bob)
        for place in (channel, below):
            assert bob.post(f"/api/channels/{place}/chats", {"content": "x"}).status == 404
            socket.send(type="chat_written", channelId=place, content="x")
            assert socket.next("error")["code"] == "not_found"
            socket.send(type="chat_typing", channelId=place)
            assert socket.next("error")["code"] == "not_found"
        socket.send(type="chat_reaction", chatId=chats[0], reaction="x", adding=True)
        assert socket.next("error")["code"] == "not_found"

    def test_as_a_parent_and_as_the_default_channel(self, admin, bob, hidden):
        answer = bob.post("/api/channels", {"name": "x", "parentChannelId": hidden[0]})
        assert answer.status == 400
        old = admin.get("/api/server").ok()["defaultChannelId"]
        admin.request("PATCH", "/api/server", {"defaultChannelId": hidden[0]}).ok()
        assert bob.get("/api/server").ok()["defaultChannelId"] is None
        assert admin.get("/api/server").ok()["defaultChannelId"] == hidden[0]
        admin.request("PATCH", "/api/server", {"defaultChannelId": old}).ok()

    def test_administrators_see_everything(self, admin, hidden):
        override(admin, hidden[0], {admin.id: DENY})
        assert hidden[0] in tree_ids(admin)

    def test_it_reappears_when_it_is_allowed(self, admin, bob, hidden):
        override(admin, hidden[0])
        assert set(hidden[:2]) <= tree_ids(bob)
        assert bob.get(f"/api/chats/{hidden[2][1]}").status == 200


class TestSums:
    def test_a_roles_no_is_outweighed_by_ones_own_yes(self, admin, server, channel, unique):
        member = Member.new(server.port, unique)
        role = admin.post("/api/roles", {"name": unique}).ok()["id"]
        admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        override(admin, channel, roles={role: DENY})
        assert channel not in tree_ids(member)
        override(admin, channel, {member.id: ALLOW}, {role: DENY})
        assert channel in tree_ids(member)
        admin.request("DELETE", f"/api/roles/{role}")

    def test_a_sum_of_zero_is_the_rights_default(self, admin, server, channel, unique):
        member = Member.new(server.port, unique)
        role = admin.post("/api/roles", {"name": unique}).ok()["id"]
        admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        both = {right: 1 for right in ("channel.view", "channel.manage")}
        neither = {right: -1 for right in both}
        override(admin, channel, {member.id: {"admin": False, "values": both}},
                 {role: {"admin": False, "values": neither}})
        assert channel in tree_ids(member)
        patch = member.request("PATCH", f"/api/channels/{channel}", {"name": "x"})
        assert patch.status == 403
        admin.request("DELETE", f"/api/roles/{role}")

    def test_what_is_given_above_counts_below(self, admin, server, channel, unique):
        member = Member.new(server.port, unique)
        below = admin.post(
            "/api/channels", {"name": "below", "parentChannelId": channel}).ok()["id"]
        override(admin, channel, {member.id: {"admin": False, "values": {"channel.manage": 1}}})
        assert member.request("PATCH", f"/api/channels/{below}", {"name": "x"}).status == 200
        override(admin, below, {member.id: {"admin": False, "values": {"channel.manage": -1}}})
        assert member.request("PATCH", f"/api/channels/{below}", {"name": "y"}).status == 403

    def test_a_child_of_what_is_hidden_is_hidden_whatever_it_says(
            self, admin, server, channel, unique):
        member = Member.new(server.port, unique)
        below = admin.post(
            "/api/channels", {"name": "below", "parentChannelId": channel}).ok()["id"]
        override(admin, channel, {member.id: DENY})
        override(admin, below, {member.id: {"admin": True, "values": {"channel.view": 9}}})
        assert not {channel, below} & tree_ids(member)

    @pytest.mark.parametrize("right, attempt", [
        ("chat.send", lambda m, c, x: m.post(f"/api/channels/{c}/chats", {"content": "x"})),
        ("chat.react", lambda m, c, x: m.post(
            f"/api/chats/{x}/reactions", {"reaction": "x", "adding": True})),
        ("thread.create", lambda m, c, x: m.post(f"/api/chats/{x}/thread", {"name": "x"}))])
    def test_what_everyone_may_can_be_denied(
            self, admin, server, channel, unique, right, attempt):
        member = Member.new(server.port, unique)
        chat = admin.say(channel, "x")["id"]
        override(admin, channel, {member.id: {"admin": False, "values": {right: -1}}})
        assert attempt(member, channel, chat).status == 403
        override(admin, channel)
        assert attempt(member, channel, chat).status == 200

    def test_a_denied_message_is_forbidden_by_websocket(self, admin, server, connect, channel,
                                                        unique):
        member = Member.new(server.port, unique)
        override(admin, channel, {member.id: {"admin": False, "values": {"chat.send": -1}}})
        socket = connect(member)
        socket.send(type="chat_written", channelId=channel, content="x", nonce="n")
        error = socket.next("error")
        assert (error["code"], error["nonce"]) == ("forbidden", "n")


class TestAtOnce:
    def test_open_connections_are_told_to_read_afresh(self, admin, bob, connect, channel):
        socket = connect(bob)
        override(admin, channel, {bob.id: DENY})
        assert socket.next("resync_required")["eventId"] >= socket.hello["eventId"]

    def test_a_channel_is_hidden_from_its_next_message_on(
            self, admin, bob, connect, channel, hidden, unique):
        elsewhere = admin.post("/api/channels", {"name": unique}).ok()["id"]
        socket = connect(bob)
        admin.say(elsewhere, "for all")
        socket.next_chat("for all")
        override(admin, elsewhere, {bob.id: DENY})
        admin.say(elsewhere, "not for bob")
        admin.say(admin.channel("general"), "for all again")
        assert socket.next("chat_sent")["chat"]["content"] == "for all again"

    def test_more_clients_than_buffers_are_told_and_none_is_lost(
            self, admin, alice, connect, channel):
        sockets = [connect(alice) for _ in range(60)]
        override(admin, channel, {alice.id: {"admin": False, "values": {"chat.delete": 1}}})
        for socket in sockets:
            socket.next("resync_required")
        alice.say(channel, "still here")
        for socket in sockets:
            socket.next_chat("still here")

    def test_a_right_that_is_taken_is_gone_with_the_answer(self, admin, server, channel, unique):
        member = Member.new(server.port, unique)
        rights = f"/api/users/{member.id}/rights"
        admin.request("PUT", rights, {"admin": False, "values": {"channel.manage": 1}}).ok()
        assert member.request("PATCH", f"/api/channels/{channel}", {"name": "x"}).status == 200
        admin.request("PUT", rights, {"admin": False, "values": {}}).ok()
        assert member.request("PATCH", f"/api/channels/{channel}", {"name": "y"}).status == 403
