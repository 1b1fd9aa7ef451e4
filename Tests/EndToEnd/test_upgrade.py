"""Data of earlier versions goes on as it was.

`fixtures/version1.db.gz` was written by a server of schema 1: admin and anna, #general with a
channel below, 300 messages, of which some were not catalogued yet.
"""

import gzip
from pathlib import Path

import pytest
from support.rest import Member

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def upgraded(start_server, tmp_path):
    data = tmp_path / "old"
    data.mkdir(mode=0o700)
    with gzip.open(FIXTURES / "version1.db.gz") as packed:
        (data / "concord.db").write_bytes(packed.read())
    return start_server(data=data)


def test_members_log_in_to_data_of_version_1(upgraded):
    anna = Member(upgraded.port, "anna", "anna-password")
    assert [user["username"] for user in anna.get("/api/users").ok()] == ["admin", "anna"]


def test_the_administrator_of_version_1_still_is_one(upgraded):
    admin = Member(upgraded.port, "admin", "correct-horse")
    admin.post("/api/channels", {"name": "new"}).ok()
    anna = Member(upgraded.port, "anna", "anna-password")
    assert anna.post("/api/channels", {"name": "newer"}).status == 403


def test_messages_of_version_1_are_listed_and_found(upgraded):
    anna = Member(upgraded.port, "anna", "anna-password")
    general = anna.channel("general")
    newest = anna.get("/api/chats?size=2").ok()
    assert newest[1]["content"] == "old message number 298 über"
    assert len(anna.get("/api/chats?size=200").ok()) == 200
    found = anna.get("/api/chats?query=uber&size=200&page=1").ok()
    assert len(found) == 100
    anna.say(general, "and a new one")
