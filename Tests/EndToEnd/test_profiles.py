"""Profiles: sizes that go together, and what else is said going before them."""

import re
import subprocess

import pytest
from support.pictures import picture
from support.process import ADMIN_PASSWORD, BINARY, ROOT, environment
from support.program import IS_64_BIT
from support.rest import Member

DOCUMENT = ROOT / "Board" / "Profiles.md"
CLIENTS = {"zero": 64, "small": 256, "large": 4096}


def plan(*arguments, **variables):
    """What `concord plan` prints, by line: (count, bytes each) or the text of a single size."""
    result = subprocess.run(
        [BINARY, "plan", *arguments], capture_output=True, text=True, timeout=20,
        env=environment(**variables), check=False)
    assert result.returncode == 0, result.stderr
    lines = {}
    for line in result.stdout.splitlines()[1:]:
        name, rest = re.fullmatch(r"  (\S.*?)  +(.*)", line).groups()
        product = re.match(r"(\d+) x (\d+) bytes", rest)
        lines[name] = tuple(map(int, product.groups())) if product else rest
    return lines


# Places beside the clients': for those who are told that it is full, and the like.
RESERVE = plan("--set", "connections=100")["connections"][0] - 100


@pytest.mark.parametrize("profile, clients", CLIENTS.items())
def test_each_has_places_for_its_clients(profile, clients):
    assert plan("--profile", profile)["connections"][0] == clients + RESERVE


def test_each_but_the_largest_has_a_session_for_every_client():
    sessions = {profile: plan("--profile", profile)["TLS sessions"][0] for profile in CLIENTS}
    assert sessions == CLIENTS | {"large": 1024}


def test_small_is_the_default():
    assert plan() == plan("--profile", "small")


def test_each_is_larger_than_the_one_before():
    zero, small, large = (plan("--profile", profile) for profile in CLIENTS)
    for name in ("connections", "input buffers", "output buffers", "waiting logins",
                 "address limits"):
        assert zero[name][0] < small[name][0] < large[name][0], name
    assert zero["SQLite, at most"] == "6.0 MiB" and large["SQLite, at most"] == "64.0 MiB"


SAID = [["--set", "profile=zero", "--set", "input_buffers=40"],
        ["--set", "input_buffers=40", "--set", "profile=zero"],
        ["--set", "input_buffers=40", "--profile", "zero"]]


@pytest.mark.parametrize("arguments", SAID)
def test_a_setting_goes_before_the_profile_whatever_comes_first(arguments):
    lines = plan(*arguments)
    assert lines["input buffers"][0] == 40
    assert lines["connections"][0] == 64 + RESERVE


def test_so_it_does_wherever_it_is_said(tmp_path):
    file = tmp_path / "concord.conf"
    file.write_text("input_buffers = 40\noutput_buffers = 9\n")
    lines = plan("--config", file, "--profile", "zero", CONCORD_LOGIN_QUEUE="7")
    assert (lines["input buffers"][0], lines["output buffers"][0]) == (40, 9)
    assert lines["waiting logins"][0] == 7
    assert lines["address limits"][0] == 128


def test_a_default_that_is_said_is_a_setting_like_any_other():
    assert plan("--profile", "zero", "--set", "connections=256")["connections"][0] == 256 + RESERVE


def test_the_profile_of_the_environment_counts():
    assert plan(CONCORD_PROFILE="large")["connections"][0] == 4096 + RESERVE


def test_a_server_of_a_profile_has_its_plan(start_server):
    server = start_server(settings={"profile": "zero"})
    assert f"{64 + RESERVE} x" in server.log
    assert server.stats()["connections"] == 0


def test_a_profile_gives_way_to_limits_that_are_set():
    """Longer chats need a longer ring than the profile's."""
    lines = plan("--profile", "zero", "--set", "content_characters=10000")
    assert lines["broadcast ring"] == "1.0 MiB"


def test_the_smallest_profile_stores_the_largest_image(start_server):
    server = start_server(settings={"profile": "zero"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    image = picture(size=2 << 20)
    shorter = picture(size=(2 << 20) - 20)
    # What follows the end goes: the second is moved to where it fits.
    for sent, kept in ((image, image), (shorter + bytes(20), shorter)):
        answer = admin.request(
            "POST", "/api/self/avatar", sent, headers={"Content-Type": "image/png"}).ok()
        assert admin.get(f"/api/images/{answer['profile']['avatarId']}").body == kept


def test_the_smallest_profile_finds_what_was_said(start_server):
    server = start_server(settings={"profile": "zero"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    for number in range(300):
        admin.say(general, f"{number} " + "many words " * 300)
    assert len(admin.get("/api/chats?query=words&size=200").ok()) == 200
    assert [chat["content"][:3] for chat in admin.get("/api/chats?query=299").ok()] == ["299"]


def test_an_unknown_profile_is_refused_by_name():
    result = subprocess.run(
        [BINARY, "plan", "--profile", "huge"], capture_output=True, text=True, check=False)
    assert result.returncode == 78
    assert "huge" in result.stderr and "zero, small or large" in result.stderr


@pytest.mark.skipif(not IS_64_BIT, reason="the document has the plans of 64-bit builds")
def test_the_document_has_the_plans_of_this_program():
    text = DOCUMENT.read_text()
    for profile in CLIENTS:
        printed = subprocess.run(
            [BINARY, "plan", "--profile", profile], capture_output=True, text=True,
            env=environment(), check=True).stdout
        assert f"## {profile}\n" in text
        assert printed in text, f"make profiles writes {DOCUMENT.name} anew"
