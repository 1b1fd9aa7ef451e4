"""Protocol C5 and B: one's own profile, status and password, and how accounts end."""

import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, MEMBER_PASSWORD, Member
from support.websocket import Client

NEW = "another good password"


@pytest.fixture
def member(server, unique):
    return Member.new(server.port, unique)


class TestProfile:
    def test_what_is_absent_stays_and_everyone_is_told(self, member, bob, connect):
        socket = connect(bob)
        changed = member.request("PATCH", "/api/self", {"nickname": "Nick"}).ok()
        assert changed["profile"]["nickname"] == "Nick"
        assert socket.next("user_updated")["user"] == changed
        changed = member.request("PATCH", "/api/self", {"bio": "about\nme"}).ok()
        assert (changed["profile"]["nickname"], changed["profile"]["bio"]) == ("Nick", "about\nme")
        assert member.request("PATCH", "/api/self", {"bio": None}).ok()["profile"]["bio"] is None
        assert bob.get(f"/api/users/{member.id}").ok() == member.get("/api/self").ok()

    def test_what_changes_nothing_is_not_announced(self, member, connect):
        socket = connect(member)
        member.request("PATCH", "/api/self", {"nickname": member.username}).ok()
        member.request("PATCH", "/api/self", {}).ok()
        member.request("PATCH", "/api/self", {"nickname": "at last"}).ok()
        assert socket.next("user_updated")["user"]["profile"]["nickname"] == "at last"

    @pytest.mark.parametrize("body, attribute", [
        ({"nickname": ""}, "nickname"), ({"nickname": None}, "nickname"),
        ({"nickname": "x" * 65}, "nickname"), ({"nickname": "(removed)"}, "nickname"), ({"bio": "x" * 513}, "bio"), ({"bio": 1}, "bio")])
    def test_a_bad_attribute_is_named(self, member, body, attribute):
        answer = member.request("PATCH", "/api/self", body)
        assert answer.status == 400 and attribute in answer.json["message"]


class TestStatus:
    def test_it_is_seen_while_one_is_connected(self, member, bob, connect):
        watcher = connect(bob)
        socket = connect(member)
        assert watcher.next("user_status_updated", userId=member.id)["status"] == "ONLINE"
        answer = member.request("PUT", "/api/self/status", {"onlineStatus": "AWAY"}).ok()
        assert answer["status"] == {"onlineStatus": "AWAY"}
        assert watcher.next("user_status_updated", userId=member.id)["status"] == "AWAY"
        socket.close()
        assert watcher.next("user_status_updated", userId=member.id)["status"] == "OFFLINE"
        connect(member)
        assert watcher.next("user_status_updated", userId=member.id)["status"] == "AWAY"

    def test_offline_hides_who_is_there(self, member, bob, connect):
        connect(member)
        member.request("PUT", "/api/self/status", {"onlineStatus": "OFFLINE"}).ok()
        status = bob.get(f"/api/users/{member.id}").ok()["status"]
        assert status == {"onlineStatus": "OFFLINE"}

    @pytest.mark.parametrize("body", [{}, {"onlineStatus": "BUSY"}, {"onlineStatus": None}])
    def test_a_bad_one_is_400(self, member, body):
        answer = member.request("PUT", "/api/self/status", body)
        assert answer.status == 400 and "onlineStatus" in answer.json["message"]


class TestPassword:
    def change(self, member, old=MEMBER_PASSWORD, new=NEW):
        return member.post("/api/self/password", {"oldPassword": old, "newPassword": new})

    def test_the_new_one_logs_in_and_the_old_one_no_longer(self, server, member):
        answer = self.change(member)
        assert (answer.status, answer.body) == (200, b"")
        api = API(server.port)
        assert api.log_in(member.username, MEMBER_PASSWORD).status == 400
        assert api.log_in(member.username, NEW).status == 200

    def test_every_other_token_is_void_and_ones_own_is_not(self, server, member, connect):
        other = Member(server.port, member.username)
        mine, theirs = connect(member), connect(other)
        assert self.change(member).status == 200
        assert theirs.close_code() == 4001
        assert other.get("/api/self").status == 401
        assert member.get("/api/self").status == 200
        mine.send(type="chat_typing", channelId=member.channel("general"))
        mine.next("chat_typing")
        fresh = member.get("/api/tokens/recycle").ok()["token"]
        assert API(server.port, fresh).get("/api/self").status == 200
        member.post(f"/api/users/{member.id}/revoke-tokens")
        assert member.get("/api/self").status == 401

    def test_a_wrong_old_one_changes_nothing(self, server, member):
        answer = self.change(member, old="not the password")
        assert answer.status == 400 and "oldPassword" in answer.json["message"]
        assert API(server.port).log_in(member.username).status == 200

    @pytest.mark.parametrize("body, attribute", [
        ({"newPassword": NEW}, "oldPassword"), ({"oldPassword": "x"}, "newPassword"),
        ({"oldPassword": "x", "newPassword": "short"}, "newPassword"),
        ({"oldPassword": "x", "newPassword": "x" * 257}, "newPassword")])
    def test_a_bad_attribute_is_named(self, member, body, attribute):
        answer = member.post("/api/self/password", body)
        assert answer.status == 400 and attribute in answer.json["message"]

    def test_the_old_one_may_be_left_out_where_the_setting_says_so(self, start_server):
        server = start_server(settings={"password_change_requires_old": "false"})
        member = Member.new(server.port, "someone")
        assert member.post("/api/self/password", {"newPassword": NEW}).status == 200
        assert API(server.port).log_in("someone", NEW).status == 200

    def test_the_file_with_the_first_password_goes_with_it(self, start_server):
        server = start_server(password=None)
        file = server.data / "initial-admin-password"
        admin = Member(server.port, "admin", file.read_text().strip())
        other = Member.new(server.port, "other")
        assert self.change(other).status == 200 and file.exists()
        assert self.change(admin, old=admin.password).status == 200
        assert not file.exists()


class TestRemoval:
    def test_one_removes_oneself_with_the_password(self, server, member, bob, connect):
        watcher, mine = connect(bob), connect(member)
        assert member.request("DELETE", "/api/self", {"password": "wrong one"}).status == 403
        assert member.request("DELETE", "/api/self", {}).status == 400
        answer = member.request("DELETE", "/api/self", {"password": MEMBER_PASSWORD})
        assert (answer.status, answer.body) == (200, b"")
        assert watcher.next("user_left")["userId"] == member.id
        assert mine.close_code() == 4001
        assert member.get("/api/self").status == 401
        assert API(server.port).log_in(member.username).status == 400
        assert bob.get(f"/api/users/{member.id}").status == 404

    def test_who_has_chats_stays_as_removed(self, admin, member, bob, channel):
        chat = member.say(channel, "I was here")["id"]
        member.request("PATCH", "/api/self", {"bio": "private"}).ok()
        member.request("DELETE", "/api/self", {"password": MEMBER_PASSWORD})
        listed = next(u for u in bob.get("/api/users").ok() if u["id"] == member.id)
        assert listed["profile"]["nickname"] == "(removed)" and listed["profile"]["bio"] is None
        assert bob.get(f"/api/chats/{chat}").ok()["authorId"] == member.id
        assert API(bob.port).register(member.username).status == 400
        admin.request("DELETE", f"/api/chats/{chat}")
        assert member.id not in [u["id"] for u in bob.get("/api/users").ok()]

    def test_who_manages_users_removes_others(self, admin, member, bob, unique):
        assert bob.request("DELETE", f"/api/users/{member.id}").status == 403
        assert admin.request("DELETE", "/api/users/1").status == 404
        assert admin.request("DELETE", f"/api/users/{member.id}").status == 200
        assert admin.request("DELETE", f"/api/users/{member.id}").status == 404
        assert member.get("/api/self").status == 401

    def test_the_last_administrator_cannot_go(self, admin):
        answer = admin.request("DELETE", "/api/self", {"password": ADMIN_PASSWORD})
        assert answer.status == 403
        assert admin.request("DELETE", f"/api/users/{admin.id}").status == 403
        assert admin.get("/api/self").status == 200

    @pytest.mark.alone
    def test_a_login_under_way_fails_once_the_account_is_gone(self, server, admin, unique):
        member = Member.new(server.port, unique)
        member.say(member.channel("general"), "stays")
        assert admin.request("DELETE", f"/api/users/{member.id}").status == 200
        start = time.monotonic()
        assert API(server.port).log_in(unique).status == 400
        gone = time.monotonic() - start
        start = time.monotonic()
        assert API(server.port).log_in("never was").status == 400
        assert gone > (time.monotonic() - start) / 3, "its absence shows in the time"


class TestRevoking:
    def test_by_oneself(self, server, member, connect):
        socket = connect(member)
        assert member.post(f"/api/users/{member.id}/revoke-tokens").status == 200
        assert socket.close_code() == 4001
        assert member.get("/api/self").status == 401
        assert Member(server.port, member.username).get("/api/self").status == 200

    def test_by_who_manages_users_and_nobody_else(self, admin, member, bob):
        path = f"/api/users/{member.id}/revoke-tokens"
        assert bob.post(path).status == 403
        assert admin.post(path).status == 200
        assert member.get("/api/self").status == 401
        with pytest.raises(Exception, match="401"):
            Client(member.port, member.token)
