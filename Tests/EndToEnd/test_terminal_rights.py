"""What the terminal says of who may do what, and of what goes with an account."""

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.terminal import Terminal


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def admin(server):
    return Member(server.port, "admin", ADMIN_PASSWORD)


@pytest.fixture
def bob(server):
    return Member.new(server.port, "bob")


def role(admin, name, rights, *members):
    created = admin.post("/api/roles", {"name": name, "rights": rights}).ok()
    for member in members:
        admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [created["id"]]}).ok()
    return created["id"]


RULES = {"admin": True, "values": {}}


def listed(terminal, name):
    return {row["NAME"]: row["RIGHTS"] for row in terminal.rows("user", "list")}[name]


def test_the_list_names_who_rules_by_a_role(terminal, admin, bob):
    role(admin, "Captains", RULES, bob)
    assert listed(terminal, "bob") == "administrator by role Captains"
    assert listed(terminal, "admin") == "administrator"


def test_the_list_names_other_roles_and_what_is_given_beside_them(terminal, admin, bob):
    role(admin, "Crew", {"admin": False, "values": {"chat.delete": 1}}, bob)
    terminal.ok("user", "rights", "bob", "invite.create=yes")
    assert listed(terminal, "bob") == "some of their own, role Crew"


@pytest.mark.parametrize("by_role", [False, True])
def test_the_list_names_who_rules_in_a_channel(terminal, admin, bob, by_role):
    general = admin.channel("general")
    subject = role(admin, "Crew", {"admin": False, "values": {}}, bob) if by_role else bob.id
    given = {"users": {}, "roles": {}} | {"roles" if by_role else "users": {str(subject): RULES}}
    admin.request("PUT", f"/api/channels/{general}/rights", given).ok()
    assert listed(terminal, "bob").endswith("administrator in general")


def test_a_members_rights_name_the_roles_that_give_or_take_them(terminal, admin, bob):
    role(admin, "Crew", {"admin": True, "values": {"chat.delete": 1, "chat.send": -1}}, bob)
    shown = {row["RIGHT"]: row["BY ROLES"] for row in terminal.rows("user", "rights", "bob")}
    assert shown["admin"] == "yes (Crew)" and shown["chat.delete"] == "yes (Crew)"
    assert shown["chat.send"] == "no (Crew)" and shown["chat.react"] == "-"


def test_who_stays_an_administrator_by_a_role_is_said(terminal, admin, bob):
    terminal.ok("user", "rights", "bob", "admin")
    assert terminal.run("user", "rights", "bob", "no-admin").stderr == ""
    role(admin, "Captains", RULES, bob)
    said = terminal.run("user", "rights", "bob", "no-admin").stderr
    assert said == "bob is still an administrator, by the role Captains\n"


def test_invites_that_go_with_an_account_are_counted(terminal, admin, bob):
    terminal.ok("user", "rights", "bob", "invite.create=yes")
    for _ in range(2):
        bob.post("/api/invites", {"uses": 1, "validForSeconds": 3600}).ok()
    terminal.ok("invite", "create")
    result = terminal.run("user", "remove", "bob", "--yes")
    assert result.returncode == 0 and "2 invites of theirs are void now" in result.stderr
    assert len(terminal.rows("invite", "list")) == 1


def test_with_the_first_account_its_passwords_file_goes(start_server):
    server = start_server(password=None)
    terminal = Terminal(server.data)
    file = server.data / "initial-admin-password"
    terminal.ok("user", "add", "eve", "--admin", stdin="a secret of eve")
    assert file.exists()
    terminal.ok("user", "remove", "admin", "--yes")
    assert not file.exists()
