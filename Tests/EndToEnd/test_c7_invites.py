"""Protocol C7: invites."""

import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server where registration is by invite, and its administrator."""
    from conftest import factory
    starting = factory(tmp_path_factory)
    server = next(starting)(settings={"registration": "invite"})
    yield Member(server.port, "admin", ADMIN_PASSWORD)
    next(starting, None)


def register(admin, name, invite=None):
    body = {"username": name, "password": "a good password"}
    return API(admin.port).post("/api/users/register", body | ({"invite": invite} if invite else {}))


def make(admin, uses=1, seconds=3600):
    return admin.post("/api/invites", {"uses": uses, "validForSeconds": seconds}).ok()


def test_an_invite_lets_as_many_in_as_it_says(closed, unique):
    invite = make(closed, uses=2)
    assert list(invite) == ["code", "uses", "expiresAt"] and invite["uses"] == 2
    assert register(closed, unique + "a", invite["code"]).status == 200
    assert closed.get("/api/invites").ok()[-1]["uses"] in (1, 2)
    assert register(closed, unique + "b", invite["code"]).status == 200
    assert register(closed, unique + "c", invite["code"]).status == 403
    assert invite["code"] not in [i["code"] for i in closed.get("/api/invites").ok()]


@pytest.mark.parametrize("code", [None, "wrong", "x" * 200])
def test_without_a_valid_one_nobody_gets_in(closed, unique, code):
    assert register(closed, unique, code).status == 403


def test_a_name_that_is_taken_does_not_use_it_up(closed):
    invite = make(closed)
    assert register(closed, "admin", invite["code"]).status == 400
    assert register(closed, "after the taken one", invite["code"]).status == 200


def test_it_expires(closed, unique):
    invite = make(closed, seconds=1)
    time.sleep(1.2)
    assert register(closed, unique, invite["code"]).status == 403
    assert invite["code"] not in [i["code"] for i in closed.get("/api/invites").ok()]


def test_it_can_be_taken_back(closed, unique):
    invite = make(closed)
    assert closed.request("DELETE", f"/api/invites/{invite['code']}").status == 200
    assert register(closed, unique, invite["code"]).status == 403
    assert closed.request("DELETE", f"/api/invites/{invite['code']}").status == 404


@pytest.mark.parametrize("body, attribute", [
    ({"validForSeconds": 1}, "uses"), ({"uses": 1}, "validForSeconds"),
    ({"uses": 0, "validForSeconds": 1}, "uses"), ({"uses": 1001, "validForSeconds": 1}, "uses"),
    ({"uses": 1, "validForSeconds": 0}, "validForSeconds"),
    ({"uses": 1, "validForSeconds": 10**9}, "validForSeconds"),
    ({"uses": "1", "validForSeconds": 1}, "uses")])
def test_a_bad_attribute_is_named(closed, body, attribute):
    answer = closed.post("/api/invites", body)
    assert answer.status == 400 and attribute in answer.json["message"]


def test_members_need_the_right_and_see_only_their_own(closed, unique):
    invite = make(closed)["code"]
    register(closed, unique, invite)
    member = Member(closed.port, unique, "a good password")
    assert member.post("/api/invites", {"uses": 1, "validForSeconds": 60}).status == 403
    closed.request("PUT", f"/api/users/{member.id}/rights",
                   {"admin": False, "values": {"invite.create": 1}}).ok()
    others = make(closed)["code"]
    mine = make(member)["code"]
    assert [i["code"] for i in member.get("/api/invites").ok()] == [mine]
    assert {mine, others} <= {i["code"] for i in closed.get("/api/invites").ok()}
    assert member.request("DELETE", f"/api/invites/{others}").status == 404
    assert closed.request("DELETE", f"/api/invites/{mine}").status == 200


def test_many_are_listed_whole(closed):
    codes = {make(closed)["code"] for _ in range(300)}
    assert codes <= {i["code"] for i in closed.get("/api/invites").ok()}
    assert len(codes) == 300
