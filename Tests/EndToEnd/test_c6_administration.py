"""Protocol C6: roles, rights, and who may give them."""

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member

NONE = {"admin": False, "values": {}}


def give(admin, member, admin_too=False, **values):
    rights = {"admin": admin_too, "values": {k.replace("_", "."): v for k, v in values.items()}}
    return admin.request("PUT", f"/api/users/{member.id}/rights", rights)


@pytest.fixture
def member(server, unique):
    return Member.new(server.port, unique)


@pytest.fixture
def role(admin, unique):
    role = admin.post("/api/roles", {"name": unique}).ok()["id"]
    yield role
    admin.request("DELETE", f"/api/roles/{role}")


class TestRoles:
    def test_one_is_made_listed_changed_and_deleted(self, admin, member, unique):
        rights = {"admin": False, "values": {"chat.delete": 3}}
        made = admin.post(
            "/api/roles", {"name": unique, "ordinality": 2, "rights": rights}).ok()
        assert made == {"id": made["id"], "name": unique, "ordinality": 2, "rights": rights}
        assert made in member.get("/api/roles").ok()
        path = f"/api/roles/{made['id']}"
        changed = admin.request("PATCH", path, {"rights": NONE}).ok()
        assert changed == made | {"rights": NONE}
        assert admin.request("PATCH", path, {"name": "other"}).ok()["ordinality"] == 2
        assert admin.request("DELETE", path).status == 200
        assert made["id"] not in [r["id"] for r in admin.get("/api/roles").ok()]
        assert admin.request("DELETE", path).status == 404

    def test_its_rights_are_its_members(self, admin, member, role, channel):
        chat = admin.say(channel, "x")["id"]
        admin.request("PATCH", f"/api/roles/{role}",
                      {"rights": {"admin": False, "values": {"chat.delete": 1}}}).ok()
        assert member.request("DELETE", f"/api/chats/{chat}").status == 403
        given = admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        assert given == {"roleIds": [role]}
        assert member.get(f"/api/users/{member.id}/roles").ok() == given
        assert member.request("DELETE", f"/api/chats/{chat}").status == 200
        assert admin.request(
            "PUT", f"/api/users/{member.id}/roles", {"roleIds": []}).ok() == {"roleIds": []}

    def test_a_deleted_role_is_nobodys(self, admin, member, unique):
        role = admin.post("/api/roles", {"name": unique}).ok()["id"]
        admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        admin.request("DELETE", f"/api/roles/{role}")
        assert admin.get(f"/api/users/{member.id}/roles").ok() == {"roleIds": []}

    @pytest.mark.parametrize("body, attribute", [
        ({}, "name"), ({"name": ""}, "name"), ({"name": "x", "ordinality": "1"}, "ordinality"),
        ({"name": "x", "rights": {"values": {}}}, "admin"),
        ({"name": "x", "rights": {"admin": False}}, "values"),
        ({"name": "x", "rights": {"admin": 1, "values": {}}}, "admin"),
        ({"name": "x", "rights": {"admin": False, "values": {"chat.fly": 1}}}, "values"),
        ({"name": "x", "rights": {"admin": False, "values": {"chat.send": "1"}}}, "chat.send"),
        ({"name": "x", "rights": {"admin": False, "values": {"chat.send": 10**7}}}, "chat.send"),
        ({"name": "x", "rights": 1}, "rights")])
    def test_a_bad_attribute_is_named(self, admin, body, attribute):
        answer = admin.post("/api/roles", body)
        assert answer.status == 400 and attribute in answer.json["message"]

    def test_an_unknown_role_is_400_in_a_list_and_404_by_id(self, admin, member):
        answer = admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [1]})
        assert answer.status == 400 and "roleIds" in answer.json["message"]
        assert admin.request("PATCH", "/api/roles/1", {}).status == 404


class TestWhoMay:
    def test_plain_members_may_not(self, alice, bob, role, channel):
        for method, path, body in [
                ("POST", "/api/roles", {"name": "x"}),
                ("PATCH", f"/api/roles/{role}", {"name": "x"}),
                ("DELETE", f"/api/roles/{role}", None),
                ("PUT", f"/api/users/{bob.id}/roles", {"roleIds": []}),
                ("PUT", f"/api/users/{bob.id}/rights", NONE),
                ("GET", f"/api/users/{bob.id}/rights", None),
                ("GET", f"/api/users/{bob.id}/roles", None),
                ("GET", f"/api/channels/{channel}/rights", None),
                ("PUT", f"/api/channels/{channel}/rights", {"users": {}, "roles": {}})]:
            assert alice.request(method, path, body).status == 403, (method, path)

    def test_everybody_learns_what_they_may_do_in_a_channel(self, admin, member, channel):
        path = f"/api/channels/{channel}/rights/self"
        usual = {
            "channel.view": 1, "chat.send": 1, "chat.react": 1, "thread.create": 1,
            "image.upload": 1, "chat.delete": -1, "channel.manage": -1, "server.manage": -1,
            "user.manage": -1, "role.manage": -1, "invite.create": -1}
        assert member.get(path).ok() == {"admin": False, "values": usual}
        given = {"admin": False, "values": {"chat.delete": 7, "chat.send": -3}}
        admin.request("PUT", f"/api/channels/{channel}/rights", {
            "users": {member.id: given}, "roles": {}}).ok()
        assert member.get(path).ok()["values"] == usual | {"chat.delete": 1, "chat.send": -1}
        assert admin.get(path).ok() == {"admin": True, "values": dict.fromkeys(usual, 1)}

    def test_nobody_gives_what_they_do_not_have(self, admin, member, bob, role, channel):
        give(admin, member, user_manage=1, role_manage=1, channel_manage=1).ok()
        assert give(member, bob, chat_delete=1).status == 403
        assert give(member, bob, admin_too=True).status == 403
        assert give(member, bob, channel_manage=1).status == 200
        assert give(member, bob).status == 200
        rights = {"admin": False, "values": {"server.manage": 1}}
        assert member.post("/api/roles", {"name": "x", "rights": rights}).status == 403
        assert member.request("PATCH", f"/api/roles/{role}", {"rights": rights}).status == 403
        override = {"users": {bob.id: {"admin": True, "values": {}}}, "roles": {}}
        assert member.request("PUT", f"/api/channels/{channel}/rights", override).status == 403

    def test_a_role_that_holds_more_cannot_be_given(self, admin, member, bob, role):
        rights = {"admin": False, "values": {"server.manage": 1}}
        admin.request("PATCH", f"/api/roles/{role}", {"rights": rights}).ok()
        give(admin, member, user_manage=1).ok()
        answer = member.request("PUT", f"/api/users/{bob.id}/roles", {"roleIds": [role]})
        assert answer.status == 403

    def test_only_administrators_touch_administrators(self, admin, member):
        give(admin, member, user_manage=1).ok()
        assert give(member, admin).status == 403
        assert member.request("PUT", f"/api/users/{admin.id}/roles", {"roleIds": []}).status == 403

    def test_the_last_administrator_stays_one(self, start_server):
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        other = Member.new(server.port, "other")
        assert give(admin, admin).status == 403
        assert admin.get(f"/api/users/{admin.id}/rights").ok()["admin"]
        give(admin, other, admin_too=True).ok()
        assert give(admin, admin).status == 200
        assert give(other, other).status == 403

    def test_an_administrator_by_role_counts_and_the_role_stays(self, start_server):
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        other = Member.new(server.port, "other")
        role = admin.post(
            "/api/roles", {"name": "admins", "rights": {"admin": True, "values": {}}}).ok()["id"]
        admin.request("PUT", f"/api/users/{other.id}/roles", {"roleIds": [role]}).ok()
        assert give(admin, admin).status == 200
        assert other.request("DELETE", f"/api/roles/{role}").status == 403
        assert other.request("PATCH", f"/api/roles/{role}", {"rights": NONE}).status == 403
        assert other.request("PUT", f"/api/users/{other.id}/roles", {"roleIds": []}).status == 403
        give(other, admin, admin_too=True).ok()
        assert other.request("DELETE", f"/api/roles/{role}").status == 200


class TestChannelRights:
    def test_a_put_replaces_the_whole_and_answers_it(self, admin, alice, role, channel):
        body = {"users": {str(alice.id): {"admin": False, "values": {"chat.delete": 1}}},
                "roles": {str(role): {"admin": False, "values": {"chat.send": -1}}}}
        path = f"/api/channels/{channel}/rights"
        assert admin.request("PUT", path, body).ok() == body
        assert admin.get(path).ok() == body
        empty = {"users": {}, "roles": {}}
        assert admin.request("PUT", path, empty).ok() == empty
        assert admin.get(path).ok() == empty

    @pytest.mark.parametrize("body, attribute", [
        ({"users": {}}, "roles"), ({"roles": {}}, "users"),
        ({"users": [], "roles": {}}, "users"), ({"users": {"x": NONE}, "roles": {}}, "users"),
        ({"users": {"1": NONE}, "roles": {}}, "users"),
        ({"users": {}, "roles": {"1": NONE}}, "roles"),
        ({"users": {"1": {"admin": False}}, "roles": {}}, "values")])
    def test_a_bad_attribute_is_named_and_nothing_changes(self, admin, alice, channel, body,
                                                          attribute):
        path = f"/api/channels/{channel}/rights"
        before = admin.request("PUT", path, {"users": {str(alice.id): {
            "admin": False, "values": {"chat.delete": 1}}}, "roles": {}}).ok()
        answer = admin.request("PUT", path, body)
        assert answer.status == 400 and attribute in answer.json["message"]
        assert admin.get(path).ok() == before

    def test_many_are_listed_whole(self, admin, start_server):
        server = start_server()
        root = Member(server.port, "admin", ADMIN_PASSWORD)
        general = root.channel("general")
        users = [root.post("/api/users/register",
                           {"username": f"user{i}", "password": "password"}).ok()["id"]
                 for i in range(120)]
        everything = {right: -1 for right in (
            "chat.send", "chat.react", "thread.create", "image.upload", "chat.delete")}
        body = {"users": {str(user): {"admin": False, "values": everything} for user in users},
                "roles": {}}
        path = f"/api/channels/{general}/rights"
        assert root.request("PUT", path, body).ok() == body
        assert root.get(path).ok() == body
