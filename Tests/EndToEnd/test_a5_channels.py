"""Protocol A5: changing, moving and deleting channels, and the server."""

import time

import pytest
from support.rest import Member


def children(member, channel):
    """(name, ordinality) of the channels below one, in the order of the tree."""
    def find(trees):
        for tree in trees:
            if tree["id"] == channel:
                return tree["children"]
            found = find(tree["children"])
            if found is not None:
                return found
        return None
    return [(child["name"], child["ordinality"]) for child in find(member.get("/api/channels").ok())]


def create(admin, name, parent, **more):
    return admin.post("/api/channels", {"name": name, "parentChannelId": parent} | more).ok()["id"]


class TestPatch:
    def test_what_is_absent_stays(self, admin, channel):
        before = admin.get(f"/api/channels/{channel}").ok()
        after = admin.request("PATCH", f"/api/channels/{channel}", {"description": "new"}).ok()
        assert after == before | {"description": "new"}
        assert admin.get(f"/api/channels/{channel}").ok() == after

    def test_null_removes_the_description(self, admin, channel):
        admin.request("PATCH", f"/api/channels/{channel}", {"description": "here"}).ok()
        after = admin.request("PATCH", f"/api/channels/{channel}", {"description": None}).ok()
        assert after["description"] is None

    @pytest.mark.parametrize("body, attribute", [
        ({"name": None}, "name"), ({"name": ""}, "name"), ({"name": 1}, "name"),
        ({"ordinality": None}, "ordinality"), ({"ordinality": "1"}, "ordinality"),
        ({"capabilities": None}, "capabilities"), ({"capabilities": [1]}, "capabilities"),
        ({"parentChannelId": 1}, "parentChannelId"), ({"parentChannelId": "1"}, "parentChannelId"),
        ({"description": 5}, "description")])
    def test_a_bad_attribute_is_named_and_changes_nothing(self, admin, channel, body, attribute):
        before = admin.get(f"/api/channels/{channel}").ok()
        answer = admin.request("PATCH", f"/api/channels/{channel}", body)
        assert answer.status == 400 and attribute in answer.json["message"]
        assert admin.get(f"/api/channels/{channel}").ok() == before

    def test_both_groups_of_siblings_are_renumbered_and_announced(self, admin, connect, channel):
        old = create(admin, "old", channel)
        new = create(admin, "new", channel, ordinality=1)
        one, two, three = [create(admin, name, old, ordinality=i)
                           for i, name in enumerate(("one", "two", "three"))]
        other = create(admin, "other", new)
        socket = connect(admin)
        admin.request(
            "PATCH", f"/api/channels/{one}", {"parentChannelId": new, "ordinality": 0}).ok()
        assert children(admin, old) == [("two", 0), ("three", 1)]
        assert children(admin, new) == [("other", 0), ("one", 1)]
        told = {}
        while one not in told:
            message = socket.next("channels_updated")
            told[message["channel"]["id"]] = message["channel"]["ordinality"]
        assert told == {two: 0, three: 1, one: 1}
        assert other not in told

    def test_a_tie_puts_the_newcomer_after_the_older(self, admin, channel):
        for i, name in enumerate("abc"):
            create(admin, name, channel, ordinality=i)
        ids = {c["name"]: c["id"] for c in next(
            t for t in admin.get("/api/channels").ok() if t["id"] == channel)["children"]}
        admin.request("PATCH", f"/api/channels/{ids['c']}", {"ordinality": 0}).ok()
        assert children(admin, channel) == [("a", 0), ("c", 1), ("b", 2)]

    def test_null_makes_it_a_root(self, admin, channel):
        below = create(admin, "below", channel)
        moved = admin.request("PATCH", f"/api/channels/{below}", {"parentChannelId": None}).ok()
        assert moved["parentChannelId"] is None
        assert below in [tree["id"] for tree in admin.get("/api/channels").ok()]

    def test_it_cannot_come_below_itself(self, admin, channel):
        below = create(admin, "below", channel)
        deep = create(admin, "deep", below)
        for parent in (channel, below, deep):
            answer = admin.request(
                "PATCH", f"/api/channels/{channel}", {"parentChannelId": parent})
            assert answer.status == 400 and "parentChannelId" in answer.json["message"]

    def test_no_move_makes_a_tree_too_deep(self, admin, channel):
        top, bottom = channel, channel
        for _ in range(70):
            bottom = create(admin, "deeper", bottom)
        other = create(admin, "other", None)
        deep = other
        for _ in range(70):
            deep = create(admin, "deeper", deep)
        answer = admin.request("PATCH", f"/api/channels/{other}", {"parentChannelId": bottom})
        assert answer.status == 400
        for root in (top, other):
            admin.request("DELETE", f"/api/channels/{root}")

    def test_only_who_may_manage_channels_changes_one(self, alice, channel):
        assert alice.request("PATCH", f"/api/channels/{channel}", {"name": "mine"}).status == 403
        assert alice.request("DELETE", f"/api/channels/{channel}").status == 403
        assert alice.request("PATCH", "/api/channels/1", {"name": "mine"}).status == 404
        assert alice.request("DELETE", "/api/channels/1").status == 404


class TestDelete:
    def test_all_below_goes_deepest_first_and_is_announced(self, admin, connect, channel):
        below = create(admin, "below", channel)
        deep = create(admin, "deep", below)
        beside = create(admin, "beside", channel)
        chat = admin.say(deep, "gone")["id"]
        socket = connect(admin)
        answer = admin.request("DELETE", f"/api/channels/{channel}")
        assert (answer.status, answer.body) == (200, b"")
        order = [socket.next("channel_deleted")["channelId"] for _ in range(4)]
        assert order[0] == deep and order[-1] == channel and set(order[1:3]) == {below, beside}
        for gone in (channel, below, deep, beside):
            assert admin.get(f"/api/channels/{gone}").status == 404
            assert admin.get(f"/api/channels/{gone}/chats/latest").status == 404
            assert admin.post(f"/api/channels/{gone}/chats", {"content": "x"}).status == 404
        assert admin.get(f"/api/chats/{chat}").status == 404
        assert admin.get(f"/api/chats?channelId={deep}").ok() == []

    def test_the_chats_are_found_nowhere_afterwards(self, admin, channel, unique):
        for _ in range(300):
            admin.say(channel, f"vanishing {unique}")
        assert len(admin.get(f"/api/chats?query={unique}&size=200").ok()) == 200
        admin.request("DELETE", f"/api/channels/{channel}")
        assert admin.get(f"/api/chats?query={unique}").ok() == []
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            assert admin.get(f"/api/chats?query={unique}&size=200").ok() == []

    def test_a_default_channel_that_goes_is_none_and_that_is_announced(
            self, admin, connect, channel):
        old = admin.get("/api/server").ok()["defaultChannelId"]
        admin.request("PATCH", "/api/server", {"defaultChannelId": channel}).ok()
        socket = connect(admin)
        admin.request("DELETE", f"/api/channels/{channel}")
        assert socket.next("server_updated")["server"]["defaultChannelId"] is None
        assert admin.get("/api/server").ok()["defaultChannelId"] is None
        admin.request("PATCH", "/api/server", {"defaultChannelId": old}).ok()

    def test_what_was_deleted_stays_so_after_a_kill(self, start_server):
        server = start_server()
        admin = Member(server.port, "admin", "the first administrator's secret")
        channel = create(admin, "doomed", None)
        for number in range(400):
            admin.say(channel, f"doomed {number}")
        admin.request("DELETE", f"/api/channels/{channel}")
        server.kill()
        admin.port = start_server(data=server.data).port
        assert admin.get(f"/api/channels/{channel}").status == 404
        assert admin.get("/api/chats?query=doomed").ok() == []
        newer = create(admin, "newer", None)
        assert newer > channel

    def test_what_it_held_is_cleared_away_in_the_end(self, start_server):
        server = start_server()
        admin = Member(server.port, "admin", "the first administrator's secret")
        channel = create(admin, "doomed", None)
        for number in range(400):
            chat = admin.say(channel, f"doomed {number}")["id"]
        admin.post(f"/api/chats/{chat}/thread", {"name": "doomed"}).ok()
        admin.post(f"/api/chats/{chat}/reactions", {"reaction": "x", "adding": True})
        kept = admin.say(admin.channel("general"), "kept")["id"]
        admin.request("DELETE", f"/api/channels/{channel}")
        sql = """SELECT (SELECT group_concat(id) FROM chats), (SELECT count(*) FROM catalogue),
            (SELECT count(*) FROM threads), (SELECT count(*) FROM reactions)"""
        deadline = time.monotonic() + 10
        left = None
        while left != [(str(kept), 1, 0, 0)] and time.monotonic() < deadline:
            left = server.query(sql)
        assert left == [(str(kept), 1, 0, 0)]
        assert admin.get("/api/chats?query=kept").ok()[0]["id"] == kept


class TestServer:
    def test_its_name_and_description_change_and_are_announced(self, admin, connect):
        socket = connect(admin)
        changed = admin.request(
            "PATCH", "/api/server", {"name": "Home", "description": "our place"}).ok()
        assert (changed["name"], changed["description"]) == ("Home", "our place")
        assert socket.next("server_updated")["server"] == changed
        assert admin.get("/api/server").ok() == changed

    def test_what_changes_nothing_is_not_announced(self, admin, connect):
        server = admin.get("/api/server").ok()
        socket = connect(admin)
        for body in ({}, {"name": server["name"]}, {"description": server["description"]},
                     {"defaultChannelId": server["defaultChannelId"]}):
            assert admin.request("PATCH", "/api/server", body).ok() == server
        admin.say(admin.channel("general"), "behind them")
        assert "server_updated" not in [
            message["type"] for message in socket.until_chat("behind them")]

    def test_only_who_may_manage_the_server_changes_it(self, alice):
        assert alice.request("PATCH", "/api/server", {"name": "mine"}).status == 403

    @pytest.mark.parametrize("body, attribute", [
        ({"name": ""}, "name"), ({"name": None}, "name"), ({"description": None}, "description"),
        ({"defaultChannelId": 1}, "defaultChannelId")])
    def test_a_bad_attribute_is_named(self, admin, body, attribute):
        answer = admin.request("PATCH", "/api/server", body)
        assert answer.status == 400 and attribute in answer.json["message"]
