"""Protocol E6: whoever holds one right of many gains, and gives, nothing else by it."""

import itertools

import pytest
from support.rest import Member

NOTHING = {"admin": False, "values": {}}
numbers = itertools.count(1)


def rights(**values):
    return {"admin": False, "values": {name.replace("_", "."): value
                                       for name, value in values.items()}}


@pytest.fixture
def make_member(admin, server):
    def make(**values):
        member = Member.new(server.port, f"partial{next(numbers)}")
        admin.request("PUT", f"/api/users/{member.id}/rights", rights(**values)).ok()
        return member
    return make


@pytest.fixture
def make_channel(admin):
    def make(parent=None, users=None, roles=None):
        channel = admin.post("/api/channels", {
            "name": f"partial{next(numbers)}", "parentChannelId": parent}).ok()["id"]
        override(admin, channel, users, roles)
        return channel
    return make


@pytest.fixture
def make_role(admin):
    def make(*members, **values):
        role = admin.post(
            "/api/roles", {"name": f"role{next(numbers)}", "rights": rights(**values)}).ok()["id"]
        for member in members:
            admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        return role
    return make


def override(member, channel, users=None, roles=None):
    return member.request("PUT", f"/api/channels/{channel}/rights",
                          {"users": users or {}, "roles": roles or {}})


def move(member, channel, parent):
    return member.request("PATCH", f"/api/channels/{channel}", {"parentChannelId": parent}).status


def test_who_manages_users_does_not_open_hidden_channels(make_member, make_channel):
    giver = make_member(user_manage=1)
    hidden = make_channel(users={giver.id: rights(channel_view=-5)})
    wanted = rights(user_manage=1, channel_view=1000)
    assert giver.request("PUT", f"/api/users/{giver.id}/rights", wanted).status == 403
    assert giver.get(f"/api/channels/{hidden}").status == 404


def test_who_manages_users_does_not_open_them_to_others(make_member, make_channel):
    giver, other = make_member(user_manage=1), make_member()
    hide = rights(channel_view=-5)
    hidden = make_channel(users={giver.id: hide, other.id: hide})
    assert giver.request(
        "PUT", f"/api/users/{other.id}/rights", rights(channel_view=1000)).status == 403
    assert other.get(f"/api/channels/{hidden}").status == 404


def test_who_manages_users_gives_what_opens_nothing(make_member, make_channel):
    giver, other = make_member(user_manage=1), make_member()
    make_channel(users={make_member().id: rights(channel_view=-5)})
    assert giver.request(
        "PUT", f"/api/users/{other.id}/rights", rights(channel_view=1000)).status == 200


def test_who_manages_roles_does_not_open_hidden_channels(make_member, make_channel, make_role):
    giver = make_member(role_manage=1)
    role = make_role(giver)
    hidden = make_channel(roles={role: rights(channel_view=-5)})
    assert giver.request(
        "PATCH", f"/api/roles/{role}", {"rights": rights(channel_view=1000)}).status == 403
    assert giver.get(f"/api/channels/{hidden}").status == 404


def test_raising_view_in_a_parent_does_not_open_hidden_children(make_member, make_channel):
    giver = make_member(channel_manage=1)
    parent = make_channel()
    hidden = make_channel(parent, users={giver.id: rights(channel_view=-5)})
    assert override(giver, parent, {giver.id: rights(channel_view=1000)}).status == 403
    assert giver.get(f"/api/channels/{hidden}").status == 404


def test_moving_below_a_channel_that_speaks_for_one_opens_nothing(make_member, make_channel):
    mover = make_member(channel_manage=1)
    opening = make_channel(users={mover.id: rights(channel_view=5)})
    parent = make_channel()
    hidden = make_channel(parent, users={mover.id: rights(channel_view=-3)})
    assert move(mover, parent, opening) == 403
    assert mover.get(f"/api/channels/{hidden}").status == 404


def test_moving_does_not_give_others_what_the_mover_does_not_hold(make_member, make_channel):
    mover, ruler = make_member(channel_manage=1), make_member()
    place, moved = make_channel(users={ruler.id: rights(chat_delete=1)}), make_channel()
    assert move(mover, moved, place) == 403
    administrators = make_channel(users={ruler.id: {"admin": True, "values": {}}})
    assert move(mover, moved, administrators) == 403
    assert move(mover, moved, make_channel()) == 200


def test_a_parent_of_what_one_cannot_see_is_not_deleted(admin, make_member, make_channel):
    manager = make_member(channel_manage=1)
    parent = make_channel()
    hidden = make_channel(parent, users={manager.id: rights(channel_view=-5)})
    assert manager.request("DELETE", f"/api/channels/{parent}").status == 403
    assert admin.get(f"/api/channels/{hidden}").status == 200
    assert admin.request("DELETE", f"/api/channels/{hidden}").status == 200
    assert manager.request("DELETE", f"/api/channels/{parent}").status == 200


def test_what_is_raised_must_be_held_even_if_it_affects_nobody(make_member, make_channel):
    giver = make_member(role_manage=1)
    assert giver.post("/api/roles", {"name": "nobody's", "rights": rights(chat_delete=1)}).status == 403
    assert giver.post(
        "/api/roles", {"name": "nobody's", "rights": {"admin": True, "values": {}}}).status == 403


def test_an_administrator_of_the_server_does_all(admin, make_member, make_channel):
    member = make_member()
    hidden = make_channel(users={member.id: rights(channel_view=-5)})
    admin.request("PUT", f"/api/users/{member.id}/rights", rights(channel_view=1000)).ok()
    assert member.get(f"/api/channels/{hidden}").status == 200
