"""Names that cannot be seen or told apart, and passwords that two keyboards write in two ways."""

import hashlib
import os
import sqlite3
import unicodedata

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member

INVISIBLE = ["\u200b", "admin\u00ad", "\u202eadmin", "a\u2066b", "\u3164", "x\u200d", "\ufeffx", "a\ufe0fb"]
MIXED = ["\u0430dmin", "adm\u0456n", "αdmin", "Anna Анна"]
LIKE_ADMIN = ["ADMIN", "Admin", "ａｄｍｉｎ", "adm1n", "admln", "admIn", "𝐚dmin"]
FINE = ["Åse", "李雷", "Николай", "👨‍👩‍👧", "می‌خواهم", "❤️", "burn", "bum"]
COMPOSED = "pässwörd-é"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize("name", INVISIBLE + MIXED + LIKE_ADMIN + ["everyone", "EveryOne", " anna"])
def test_no_account_gets_a_name_that_misleads(server, name):
    answer = API(server.port).register(name)
    assert answer.status == 400
    assert "username" in answer.json["message"]


@pytest.mark.parametrize("name", FINE)
def test_names_of_all_scripts_are_fine(server, name):
    assert API(server.port).register(name).status == 200
    assert API(server.port).log_in(name).status == 200


def test_a_username_is_stored_composed_and_found_in_either_form(server, unique):
    name = f"é{unique}"
    decomposed = unicodedata.normalize("NFD", name)
    assert API(server.port).register(decomposed).ok()["username"] == name
    assert API(server.port).log_in(name).status == 200
    assert API(server.port).log_in(decomposed).status == 200
    assert API(server.port).register(name).status == 400


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u3000 "])
def test_blanks_at_the_ends_are_dropped_at_login(server, alice, blank):
    assert API(server.port).log_in(f"{blank}alice{blank}").status == 200


@pytest.mark.parametrize("nickname", INVISIBLE + ["\u0430dmin"] + LIKE_ADMIN + ["admin"])
def test_no_nickname_passes_for_another_member(alice, nickname):
    assert alice.request("PATCH", "/api/self", {"nickname": nickname}).status == 400


def test_a_nickname_may_be_the_own_username_or_mix_scripts_between_words(alice):
    for nickname in ["Anna Анна", "alice", "Alice"]:
        assert alice.request("PATCH", "/api/self", {"nickname": nickname}).status == 200


@pytest.mark.parametrize("name", INVISIBLE + ["\u0430dmin"])
def test_channels_and_roles_have_names_that_can_be_seen(admin, name):
    assert admin.post("/api/channels", {"name": name}).status == 400
    assert admin.post("/api/roles", {"name": name}).status == 400


def test_a_name_from_before_stays(start_server):
    server = start_server()
    API(server.port).register("twin").ok()
    server.terminate()
    with sqlite3.connect(server.data / "concord.db") as database:
        database.execute("UPDATE users SET username = ?, nickname = ? WHERE username = 'twin'",
                         (b"adm\xc2\xadin".decode(), "a\u200bb"))
    server = start_server(data=server.data)
    twin = Member(server.port, "adm\u00adin")
    assert twin.request("PATCH", "/api/self", {"nickname": "a\u200bb", "bio": "b"}).status == 200
    assert twin.request("PATCH", "/api/self", {"nickname": "a\u200bc"}).status == 400


@pytest.mark.parametrize("first, second", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_password_is_the_same_in_either_form(server, unique, first, second):
    assert API(server.port).register(unique, first).status == 200
    for password in (first, second):
        assert API(server.port).log_in(unique, password).status == 200
    assert API(server.port).log_in(unique, COMPOSED + "x").status == 400
    member = Member(server.port, unique, second)
    changed = {"oldPassword": second, "newPassword": DECOMPOSED + "2"}
    assert member.post("/api/self/password", changed).status == 200
    assert API(server.port).log_in(unique, COMPOSED + "2").status == 200


@pytest.mark.parametrize("stored, sent", [(DECOMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)])
def test_a_hash_from_before_is_replaced_by_the_composed_one(start_server, stored, sent):
    server = start_server()
    API(server.port).register("anna").ok()
    server.terminate()
    salt = os.urandom(16)
    with sqlite3.connect(server.data / "concord.db") as database:
        rounds, = database.execute("SELECT rounds FROM users WHERE username = 'anna'").fetchone()
        database.execute("UPDATE users SET salt = ?, hash = ? WHERE username = 'anna'",
                         (salt, hashlib.pbkdf2_hmac("sha256", stored.encode(), salt, rounds)))
    server = start_server(data=server.data)
    assert API(server.port).log_in("anna", sent).status == 200
    assert API(server.port).log_in("admin", ADMIN_PASSWORD).status == 200  # behind the new hash
    server.terminate()
    with sqlite3.connect(server.data / "concord.db") as database:
        salt, rounds, key = database.execute(
            "SELECT salt, rounds, hash FROM users WHERE username = 'anna'").fetchone()
    assert key == hashlib.pbkdf2_hmac("sha256", COMPOSED.encode(), salt, rounds)
