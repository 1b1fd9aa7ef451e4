"""Tokens, as section A3 of the protocol promises them."""

import base64
import json
import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_says_who_and_for_how_long(alice):
    header, claims, _ = alice.token.split(".")
    assert decode(header)["alg"] == "HS256"
    claims = decode(claims)
    assert claims["sub"] == "alice"
    assert claims["id"] == alice.id
    assert claims["iss"] == "Concord"
    assert abs(claims["exp"] - (time.time() + 30 * 86400)) < 60


def test_a_recycled_token_is_valid(server, alice):
    token = alice.get("/api/tokens/recycle").ok()["token"]
    assert API(server.port, token).get("/api/self").ok()["id"] == alice.id


def test_a_recycled_token_leaves_the_old_one_valid(alice):
    alice.get("/api/tokens/recycle").ok()
    assert alice.get("/api/self").status == 200


def test_the_name_of_the_scheme_is_case_insensitive(api, alice):
    answer = api.get("/api/self", headers={"Authorization": f"bearer {alice.token}"})
    assert answer.status == 200


def tampered(token):
    header, claims, signature = token.split(".")
    richer = encode(decode(claims) | {"id": 1})
    unsigned = encode({"alg": "none", "typ": "JWT"})
    other = signature[:9] + ("A" if signature[9] != "A" else "B") + signature[10:]
    return {
        "no signature": f"{header}.{claims}.",
        "two parts": f"{header}.{claims}",
        "another signature": f"{header}.{claims}.{other}",
        "a shorter signature": f"{header}.{claims}.{signature[:-4]}",
        "more behind the signature": f"{token}AAAA",
        "a fourth part": f"{token}.{signature}",
        "other claims": f"{header}.{richer}.{signature}",
        "no algorithm": f"{unsigned}.{claims}.",
        "no algorithm, old signature": f"{unsigned}.{claims}.{signature}",
        "only dots": "..",
        "not Base64": f"{header}.!!!!.{signature}",
        "long": "x" * 4000,
        "nothing": "",
    }


@pytest.mark.parametrize("how", tampered("e30.e30.AAAAAAAAAAAA"))
def test_a_forged_token_is_401(api, alice, how):
    answer = api.get("/api/self", headers={"Authorization": f"Bearer {tampered(alice.token)[how]}"})
    assert answer.status == 401
    assert answer.headers["www-authenticate"].split(" ")[0] == "Bearer"


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Token x", ""])
def test_another_scheme_is_401(api, value):
    assert api.get("/api/self", headers={"Authorization": value}).status == 401


def test_a_request_without_a_token_is_401(api):
    assert api.get("/api/self").status == 401


def test_a_token_of_another_server_is_401(start_server, server):
    other = start_server()
    stranger = Member(other.port, "admin", ADMIN_PASSWORD)
    assert API(server.port, stranger.token).get("/api/self").status == 401


def test_a_token_outlives_a_restart(start_server):
    first = start_server()
    admin = Member(first.port, "admin", ADMIN_PASSWORD)
    first.terminate()
    second = start_server(data=first.data)
    assert API(second.port, admin.token).get("/api/self").ok()["id"] == admin.id


def test_a_websocket_takes_the_token_from_the_query(alice, connect):
    assert connect(alice).hello["userId"] == alice.id
