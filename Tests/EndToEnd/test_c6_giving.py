"""Protocol C6: nobody gives rights that they do not have, to anyone or to themselves, in whatever way."""

import itertools

import pytest
from support.rest import Member

NOTHING = {"admin": False, "values": {}}
numbers = itertools.count(1)


def rights(**values):
    return {"admin": False, "values": {name.replace("_", "."): value
                                       for name, value in values.items()}}


def put(member, path, body):
    return member.request("PUT", path, body).status


@pytest.fixture
def make_member(admin, server):
    """A new member with these rights everywhere."""
    def make(**values):
        member = Member.new(server.port, f"giver{next(numbers)}")
        admin.request("PUT", f"/api/users/{member.id}/rights", rights(**values)).ok()
        return member
    return make


@pytest.fixture
def make_role(admin):
    def make(given=NOTHING):
        return admin.post("/api/roles", {"name": f"role{next(numbers)}", "rights": given}).ok()["id"]
    return make


def override(admin, channel, users=None, roles=None):
    admin.request("PUT", f"/api/channels/{channel}/rights",
                  {"users": users or {}, "roles": roles or {}}).ok()


def give_roles(admin, member, *roles):
    admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": list(roles)}).ok()


class TestByRoles:
    @pytest.mark.parametrize("said", [{"admin": True, "values": {}}, rights(chat_delete=5)])
    def test_one_that_a_channel_gives_more_to_is_not_given(
            self, admin, make_member, make_role, channel, said):
        giver, role = make_member(user_manage=1), make_role()
        override(admin, channel, roles={role: said})
        assert put(giver, f"/api/users/{giver.id}/roles", {"roleIds": [role]}) == 403

    def test_one_that_says_nothing_more_is_given(self, make_member, make_role):
        giver, role = make_member(user_manage=1), make_role(rights(chat_send=1))
        assert put(giver, f"/api/users/{giver.id}/roles", {"roleIds": [role]}) == 200

    def test_one_that_forbids_is_not_taken_off_by_whom_it_forbids(
            self, admin, make_member, make_role, channel):
        giver, role = make_member(user_manage=1), make_role()
        override(admin, channel, roles={role: rights(channel_view=-5)})
        give_roles(admin, giver, role)
        assert put(giver, f"/api/users/{giver.id}/roles", {"roleIds": []}) == 403
        assert giver.get(f"/api/channels/{channel}").status == 404

    def test_one_that_forbids_is_taken_off_another(self, admin, alice, make_member, make_role):
        giver, role = make_member(user_manage=1), make_role(rights(chat_send=-5))
        give_roles(admin, alice, role)
        assert put(giver, f"/api/users/{alice.id}/roles", {"roleIds": []}) == 200

    @pytest.mark.parametrize("method, body", [("PATCH", {"rights": NOTHING}), ("DELETE", None)])
    def test_one_that_forbids_is_not_changed_or_deleted_by_whom_it_forbids(
            self, admin, make_member, make_role, method, body):
        giver, role = make_member(role_manage=1), make_role(rights(chat_send=-5))
        give_roles(admin, giver, role)
        assert giver.request(method, f"/api/roles/{role}", body).status == 403


class TestByOnesOwnRights:
    def test_what_was_forbidden_is_not_lifted(self, make_member):
        giver = make_member(user_manage=1, chat_send=-5)
        assert put(giver, f"/api/users/{giver.id}/rights", rights(user_manage=1)) == 403

    def test_it_may_be_made_worse(self, make_member):
        giver = make_member(user_manage=1, chat_send=-5)
        assert put(giver, f"/api/users/{giver.id}/rights",
                   rights(user_manage=1, chat_send=-9)) == 200


class TestByChannels:
    @pytest.mark.parametrize("users", [{}, {"me": NOTHING}])
    def test_what_was_forbidden_there_is_not_lifted(self, admin, make_member, channel, users):
        giver = make_member(channel_manage=1)
        override(admin, channel, users={giver.id: rights(chat_send=-5)})
        body = {"users": {giver.id: given for given in users.values()}, "roles": {}}
        assert put(giver, f"/api/channels/{channel}/rights", body) == 403

    def test_what_is_forbidden_to_another_is_lifted(self, admin, alice, make_member, channel):
        giver = make_member(channel_manage=1)
        override(admin, channel, users={alice.id: rights(chat_send=-5)})
        assert put(giver, f"/api/channels/{channel}/rights", {"users": {}, "roles": {}}) == 200

    def test_a_move_does_not_leave_behind_what_was_forbidden(self, admin, make_member, channel):
        mover = make_member(channel_manage=1)
        below = admin.post("/api/channels", {"name": "x", "parentChannelId": channel}).ok()["id"]
        override(admin, channel, users={mover.id: rights(chat_send=-5)})
        assert mover.request(
            "PATCH", f"/api/channels/{below}", {"parentChannelId": None}).status == 403
        assert mover.request("PATCH", f"/api/channels/{below}", {"name": "y"}).status == 200

    def test_a_move_to_where_one_has_no_more_is_made(self, admin, make_member, channel):
        mover = make_member(channel_manage=1)
        below = admin.post("/api/channels", {"name": "x", "parentChannelId": channel}).ok()["id"]
        assert mover.request(
            "PATCH", f"/api/channels/{below}", {"parentChannelId": None}).status == 200


def test_whoever_may_not_write_does_not_edit_either(admin, alice, channel):
    chat = alice.say(channel, "before")["id"]
    override(admin, channel, users={alice.id: rights(chat_send=-1)})
    assert alice.request("PATCH", f"/api/chats/{chat}", {"content": "after"}).status == 403
