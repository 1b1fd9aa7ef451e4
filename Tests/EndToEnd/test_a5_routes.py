"""The routes of section A5, in its order."""

import time

import pytest

UNKNOWN = 4242


class TestTokens:
    def test_right_credentials_give_a_token(self, api, alice):
        assert api.log_in("alice").status == 200

    def test_a_wrong_password_is_400(self, api, alice):
        assert api.log_in("alice", "not the password").status == 400

    def test_an_unknown_user_is_400(self, api):
        assert api.log_in("nobody").status == 400

    def test_nothing_tells_an_unknown_user_from_a_wrong_password(self, api, alice):
        answers = [api.log_in("alice", "not the password").json, api.log_in("nobody").json]
        assert answers[0]["message"] == answers[1]["message"]

    def test_user_names_are_compared_byte_by_byte(self, api, alice):
        assert api.log_in("Alice").status == 400


class TestRegister:
    def test_a_new_user_can_log_in(self, api, unique):
        api.register(unique).ok()
        assert api.log_in(unique).status == 200

    def test_a_taken_username_is_400(self, api, alice):
        assert api.register("alice").status == 400

    def test_a_username_in_other_case_is_taken(self, api, unique):
        assert api.register(unique).status == 200
        assert api.register(unique.upper()).status == 400

    def test_composed_and_decomposed_letters_are_one_name(self, api, unique):
        assert api.register(unique + "é").status == 200
        assert api.register(unique + "e\u0301").status == 400


class TestUsers:
    def test_they_are_listed_oldest_first(self, alice, bob):
        users = alice.get("/api/users").ok()
        assert users[0]["username"] == "admin"
        ids = [user["id"] for user in users]
        assert ids == sorted(ids) and {alice.id, bob.id} <= set(ids)

    def test_one_is_found_by_id(self, alice, bob):
        assert alice.get(f"/api/users/{bob.id}").ok()["username"] == "bob"

    def test_an_unknown_one_is_404(self, alice):
        assert alice.get(f"/api/users/{UNKNOWN}").status == 404

    def test_self_is_the_owner_of_the_token(self, alice, bob):
        assert alice.get("/api/self").ok()["username"] == "alice"
        assert bob.get("/api/self").ok()["username"] == "bob"


class TestChannels:
    def names(self, member, parent=None):
        channels = member.get("/api/channels").ok()
        if parent is not None:
            channels = next(c for c in channels if c["id"] == parent)["children"]
        return [c["name"] for c in channels]

    def create(self, admin, name, **more):
        return admin.post("/api/channels", {"name": name} | more).ok()

    def test_the_first_start_creates_general(self, alice):
        assert "general" in self.names(alice)

    def test_a_new_one_is_listed(self, admin, alice, unique):
        self.create(admin, unique)
        assert unique in self.names(alice)

    def test_a_new_one_has_what_was_asked_for(self, admin, channel, unique):
        wanted = {"description": "What it is for", "parentChannelId": channel,
                  "ordinality": 0, "capabilities": ["text", "voice"]}
        assert wanted.items() <= self.create(admin, unique, **wanted).items()

    def test_optional_attributes_may_be_null(self, admin, unique):
        channel = self.create(admin, unique, description=None, parentChannelId=None)
        assert channel["description"] is None and channel["parentChannelId"] is None

    def test_one_is_found_by_id(self, alice, admin, unique):
        channel = self.create(admin, unique)
        assert alice.get(f"/api/channels/{channel['id']}").ok() == channel

    def test_an_unknown_one_is_404(self, alice):
        assert alice.get(f"/api/channels/{UNKNOWN}").status == 404

    def test_children_are_listed_at_any_depth(self, admin, channel, unique):
        parent = channel
        for depth in range(5):
            parent = self.create(admin, f"{unique}-{depth}", parentChannelId=parent)["id"]
        level = next(c for c in admin.get("/api/channels").ok() if c["id"] == channel)
        for depth in range(5):
            level = level["children"][0]
            assert level["name"] == f"{unique}-{depth}"

    def test_siblings_are_ordered_by_ordinality(self, admin, channel):
        for name, ordinality in (("b", 0), ("c", 1), ("a", 2)):
            self.create(admin, name, parentChannelId=channel, ordinality=ordinality)
        assert self.names(admin, channel) == ["b", "c", "a"]

    def test_a_tie_puts_the_newcomer_after_the_older(self, admin, channel):
        for name in ("first", "second", "third"):
            self.create(admin, name, parentChannelId=channel)
        assert self.names(admin, channel) == ["first", "third", "second"]

    def test_siblings_are_renumbered_without_gaps(self, admin, channel):
        for name, ordinality in (("a", 10), ("b", -3), ("c", 500)):
            self.create(admin, name, parentChannelId=channel, ordinality=ordinality)
        parent = next(c for c in admin.get("/api/channels").ok() if c["id"] == channel)
        assert [(c["name"], c["ordinality"]) for c in parent["children"]] == [
            ("b", 0), ("a", 1), ("c", 2)]

    def test_a_member_may_not_create_one(self, alice, unique):
        assert alice.post("/api/channels", {"name": unique}).status == 403
        assert unique not in self.names(alice)

    def test_an_unknown_parent_is_400(self, admin, unique):
        answer = admin.post("/api/channels", {"name": unique, "parentChannelId": UNKNOWN})
        assert answer.status == 400
        assert "parentChannelId" in answer.json["message"]


@pytest.fixture(scope="module")
def full(admin, alice):
    """A channel with 60 chats in it, and the chats."""
    channel = admin.post("/api/channels", {"name": "latest"}).ok()["id"]
    return channel, [alice.say(channel, f"number {i}") for i in range(60)]


class TestLatestChats:
    def latest(self, member, channel, query=""):
        return member.get(f"/api/channels/{channel}/chats/latest{query}").ok()

    def test_the_newest_come_first(self, alice, full):
        channel, chats = full
        assert self.latest(alice, channel, "?size=10") == chats[:-11:-1]

    def test_there_are_50_unless_asked_otherwise(self, alice, full):
        channel, chats = full
        assert self.latest(alice, channel) == chats[:-51:-1]

    def test_there_are_as_many_as_asked_for(self, alice, full):
        channel, chats = full
        assert len(self.latest(alice, channel, "?size=1")) == 1
        assert len(self.latest(alice, channel, "?size=200")) == 60

    @pytest.mark.parametrize("size", ["0", "201", "-1", "x", "1.5", "99999999999999999999"])
    def test_a_size_out_of_range_is_400(self, alice, full, size):
        answer = alice.get(f"/api/channels/{full[0]}/chats/latest?size={size}")
        assert answer.status == 400
        assert "size" in answer.json["message"]

    def test_an_empty_size_counts_as_absent(self, alice, full):
        assert len(self.latest(alice, full[0], "?size=")) == 50

    def test_a_new_channel_has_none(self, alice, channel):
        assert self.latest(alice, channel) == []

    def test_an_unknown_channel_is_404(self, alice):
        assert alice.get(f"/api/channels/{UNKNOWN}/chats/latest").status == 404


class TestNewChat:
    def test_content_alone_is_enough(self, alice, channel):
        assert alice.post(f"/api/channels/{channel}/chats", {"content": "x"}).status == 200

    def test_null_is_as_good_as_absent(self, alice, channel):
        assert alice.say(channel, "x", sentAt=None, threadId=None)["threadId"] is None

    def test_a_chat_without_sent_at_is_of_now(self, alice, channel):
        assert abs(alice.say(channel, "x")["createdAt"] - time.time() * 1000) < 5000

    def test_an_unknown_channel_is_404(self, alice):
        assert alice.post(f"/api/channels/{UNKNOWN}/chats", {"content": "x"}).status == 404

    def test_an_unknown_thread_is_400(self, alice, channel):
        answer = alice.post(f"/api/channels/{channel}/chats", {"content": "x", "threadId": UNKNOWN})
        assert answer.status == 400
        assert "threadId" in answer.json["message"]

    def test_a_refused_chat_is_not_stored(self, alice, channel):
        alice.post(f"/api/channels/{channel}/chats", {"content": "x", "threadId": UNKNOWN})
        assert alice.get(f"/api/channels/{channel}/chats/latest").ok() == []


class TestOneChat:
    def test_it_is_found_by_id(self, alice, bob, channel):
        chat = alice.say(channel, "find me")
        assert bob.get(f"/api/chats/{chat['id']}").ok() == chat

    def test_an_unknown_one_is_404(self, alice):
        assert alice.get(f"/api/chats/{UNKNOWN}").status == 404
