"""Where the Java server errs, and what is right here: section B, row by row."""

import json
import os
import stat
import statistics
import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member

UNKNOWN = 4242


class TestBroadcast:
    def test_it_reaches_every_connection_of_a_member(self, alice, channel, connect):
        sockets = [connect(alice) for _ in range(5)]
        alice.say(channel, "to all devices")
        for socket in sockets:
            assert socket.next_chat("to all devices")

    def test_it_reaches_everybody_in_the_same_order(self, alice, bob, channel, connect):
        writers = connect(alice), connect(bob)
        readers = connect(alice), connect(bob)
        for number in range(50):
            for writer in writers:
                writer.send(type="chat_written", channelId=channel, content=str(number))
        orders = [[r.next("chat_sent")["chat"]["id"] for _ in range(100)] for r in readers]
        assert orders[0] == orders[1] == sorted(orders[0])


class TestUnknownChannel:
    def test_by_http_it_is_404(self, alice):
        assert alice.post(f"/api/channels/{UNKNOWN}/chats", {"content": "x"}).status == 404

    @pytest.mark.parametrize("kind", ["chat_written", "chat_typing"])
    def test_by_websocket_it_is_an_error_and_the_session_stays(self, alice, channel, connect, kind):
        socket = connect(alice)
        socket.send(type=kind, channelId=UNKNOWN, content="x")
        assert socket.next("error")["code"] == "not_found"
        socket.send(type="chat_written", channelId=channel, content="still here")
        assert socket.next_chat("still here")


class TestInvalidToken:
    def test_it_is_401_with_a_challenge_and_a_json_body(self, api):
        answer = api.get("/api/self", headers={"Authorization": "Bearer nonsense"})
        assert answer.status == 401
        assert answer.headers["www-authenticate"].split(" ")[0] == "Bearer"
        assert answer.json["status"] == 401

    def test_public_routes_ignore_it(self, api, alice, unique):
        headers = {"Authorization": "Bearer nonsense"}
        credentials = {"username": unique, "password": "long enough"}
        assert api.post("/api/users/register", credentials, headers=headers).status == 200
        assert api.post("/api/tokens", credentials, headers=headers).status == 200


class TestErrorBody:
    def test_it_has_every_attribute_in_order(self, alice):
        answer = alice.get("/api/users/1")
        assert answer.status == 404
        assert answer.headers["content-type"].split(";")[0] == "application/json"
        assert list(answer.json) == [
            "timestamp", "path", "status", "error", "message", "requestId"]

    def test_its_attributes_say_what_happened(self, alice):
        body = alice.get("/api/users/1").json
        assert type(body["timestamp"]) is int
        assert abs(body["timestamp"] - time.time() * 1000) < 5000
        assert body["status"] == 404 and body["error"] == "Not Found"
        assert body["message"] and body["requestId"]

    def test_its_path_is_without_the_query(self, alice):
        body = alice.get("/api/channels/1/chats/latest?size=5&secret=x").json
        assert body["path"] == "/api/channels/1/chats/latest"

    def test_no_two_have_the_same_request_id(self, alice):
        assert len({alice.get("/api/users/1").json["requestId"] for _ in range(20)}) == 20

    def test_a_strange_path_makes_no_strange_json(self, alice):
        answer = alice.get("/api/%22%5C%00x\"quoted\"")
        assert answer.status in (400, 404)
        json.loads(answer.body)

    def test_other_origins_may_read_it(self, api):
        answer = api.get("/api/self", headers={"Origin": "https://chat.example"})
        assert answer.status == 401
        assert answer.headers["access-control-allow-origin"] == "*"


class TestSentAt:
    def now(self):
        return int(time.time() * 1000)

    def test_the_future_becomes_now(self, alice, channel):
        chat = alice.say(channel, "x", sentAt=self.now() + 3_600_000)
        assert abs(chat["createdAt"] - self.now()) < 5000

    def test_a_time_before_the_newest_chat_becomes_its_time(self, alice, channel):
        newest = alice.say(channel, "x")["createdAt"]
        assert alice.say(channel, "y", sentAt=newest - 60_000)["createdAt"] == newest

    def test_a_time_before_the_channel_becomes_the_channels(self, alice, channel):
        created = alice.get(f"/api/channels/{channel}").ok()["createdAt"]
        assert alice.say(channel, "x", sentAt=0)["createdAt"] == created

    def test_a_time_since_the_newest_chat_is_kept(self, alice, channel):
        newest = alice.say(channel, "x")["createdAt"]
        time.sleep(0.05)
        assert alice.say(channel, "y", sentAt=newest + 20)["createdAt"] == newest + 20

    @pytest.mark.parametrize("extreme", [-(2**63), 2**63 - 1, -1])
    def test_an_extreme_time_is_only_clamped(self, alice, channel, extreme):
        assert abs(alice.say(channel, "x", sentAt=extreme)["createdAt"] - self.now()) < 60_000


class TestIDs:
    EPOCH = 1_633_867_200_000

    def test_javascript_can_read_them(self, alice, channel):
        assert alice.say(channel, "x")["id"] < 2**53

    def test_they_hold_their_time(self, alice, channel):
        chat = alice.say(channel, "x")
        assert abs((chat["id"] >> 12) + self.EPOCH - chat["createdAt"]) < 5000

    def test_they_grow_over_the_whole_server(self, api, admin, alice, channel, unique):
        ids = [
            alice.say(channel, "x")["id"], admin.post("/api/channels", {"name": unique}).ok()["id"],
            api.register(unique).ok()["id"], alice.say(channel, "y")["id"],
        ]
        assert ids == sorted(set(ids))

    def test_they_grow_over_a_restart(self, start_server):
        first = start_server()
        admin = Member(first.port, "admin", ADMIN_PASSWORD)
        general = admin.channel("general")
        before = [admin.say(general, str(i))["id"] for i in range(200)][-1]
        first.terminate()
        second = start_server(data=first.data)
        assert Member(second.port, "admin", ADMIN_PASSWORD).say(general, "x")["id"] > before


class TestPresence:
    def status(self, api, member):
        return api.get(f"/api/users/{member.id}").ok()["status"]["onlineStatus"]

    def test_it_lasts_until_the_last_connection_closes(self, alice, bob, connect):
        watcher = connect(alice)
        first, second = connect(bob), connect(bob)
        first.close()
        assert self.status(alice, bob) == "ONLINE"
        second.close()
        watcher.next("user_status_updated", userId=bob.id, status="OFFLINE")
        assert self.status(alice, bob) == "OFFLINE"

    def test_after_a_crash_everybody_is_offline(self, start_server, connect):
        first = start_server()
        admin = Member(first.port, "admin", ADMIN_PASSWORD)
        connect(admin)
        assert self.status(admin, admin) == "ONLINE"
        first.kill()
        second = start_server(data=first.data)
        assert self.status(API(second.port, admin.token), admin) == "OFFLINE"


class TestLogin:
    def seconds(self, api, username):
        times = []
        for _ in range(9):
            began = time.perf_counter()
            api.log_in(username, "not the password")
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    @pytest.mark.alone
    def test_its_time_does_not_tell_which_usernames_exist(self, api, alice):
        known, unknown = self.seconds(api, "alice"), self.seconds(api, "nobody")
        assert 0.6 < known / unknown < 1.6, f"{known:.3f} s and {unknown:.3f} s"


class TestFirstStart:
    def test_it_creates_the_administrator_and_a_channel(self, start_server):
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        assert [user["username"] for user in admin.get("/api/users").ok()] == ["admin"]
        assert [channel["name"] for channel in admin.get("/api/channels").ok()] == ["general"]

    def test_without_a_terminal_the_password_is_in_a_private_file(self, start_server):
        server = start_server(password=None)
        path = server.data / "initial-admin-password"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert API(server.port).log_in("admin", path.read_text().strip()).status == 200

    def test_a_password_that_was_given_is_not_written_down(self, start_server):
        assert not (start_server().data / "initial-admin-password").exists()

    def test_a_restart_changes_no_password(self, start_server):
        first = start_server()
        first.terminate()
        second = start_server(data=first.data, password="another password")
        assert API(second.port).log_in("admin", ADMIN_PASSWORD).status == 200
        assert API(second.port).log_in("admin", "another password").status == 400
