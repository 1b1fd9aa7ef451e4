"""Tokens, as section A3 of the protocol promises them."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import jwt
import pytest
from conftest import factory
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from support.keys import new_ec, new_rsa, public_pem, write
from support.process import ADMIN_PASSWORD, BINARY, environment
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


# Tokens signed with a key pair of the owner's choice (token_key).

KEYS = {"RS256": new_rsa(), "ES256": new_ec()}


@pytest.fixture(scope="module", params=sorted(KEYS))
def pair(request, tmp_path_factory):
    """A server that signs with a key pair, the algorithm, the key, and its administrator."""
    path = write(tmp_path_factory.mktemp("key"), KEYS[request.param])
    starting = factory(tmp_path_factory)
    server = next(starting)(settings={"token_key": path})
    yield (server, request.param, KEYS[request.param],
           Member(server.port, "admin", ADMIN_PASSWORD))
    next(starting, None)


def status(server, token):
    return API(server.port, token).get("/api/self").status


def test_others_can_check_a_token_with_the_public_key(pair):
    _, algorithm, key, admin = pair
    claims = jwt.decode(admin.token, public_pem(key), [algorithm], issuer="Concord")
    assert (claims["sub"], claims["id"]) == ("admin", admin.id)
    assert abs(claims["exp"] - (time.time() + 30 * 86400)) < 60
    assert jwt.get_unverified_header(admin.token) == {"alg": algorithm, "typ": "JWT"}


def test_a_token_that_another_library_signed_with_the_key_is_valid(pair):
    server, algorithm, key, admin = pair
    claims = decode(admin.token.split(".")[1])
    for _ in range(5):
        assert status(server, jwt.encode(claims, key, algorithm)) == 200


def test_a_token_of_another_algorithm_is_401(pair):
    server, algorithm, key, admin = pair
    header, claims, _ = admin.token.split(".")
    other = next(name for name in KEYS if name != algorithm)
    secret = hmac.new(public_pem(key), f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{claims}".encode(),
                      hashlib.sha256).digest()
    confused = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    content = decode(claims)
    forged = {
        "none": jwt.encode(content, None, "none"),
        "the other": jwt.encode(content, KEYS[other], other),
        "a secret": jwt.encode(content, "x" * 64, "HS256"),
        "the public key as a secret": f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{claims}.{confused}",
        "the same header": f"{header}.{claims}.{confused}",
        "a foreign key": jwt.encode(
            content, new_rsa() if algorithm == "RS256" else new_ec(), algorithm),
        "other claims": f"{header}.{encode(content | {'id': 1})}.{admin.token.split('.')[2]}",
    }
    if algorithm == "RS256":
        forged |= {name: jwt.encode(content, key, name) for name in ("RS384", "PS256")}
    assert {name: status(server, token) for name, token in forged.items()} == \
        dict.fromkeys(forged, 401)


def test_a_token_of_the_other_key_is_401_after_the_key_was_changed(start_server, tmp_path):
    first = start_server()
    admin = Member(first.port, "admin", ADMIN_PASSWORD)
    first.terminate()
    second = start_server(
        data=first.data, settings={"token_key": write(tmp_path, KEYS["ES256"])})
    assert status(second, admin.token) == 401
    assert status(second, Member(second.port, "admin", ADMIN_PASSWORD).token) == 200


@pytest.mark.parametrize("form", ["PKCS#8", "traditional"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
@pytest.mark.parametrize("algorithm", sorted(KEYS))
def test_a_key_may_come_in_every_form(start_server, tmp_path, algorithm, encoding, form):
    path = write(tmp_path, KEYS[algorithm], encoding, form)
    server = start_server(settings={"token_key": path})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    jwt.decode(admin.token, public_pem(KEYS[algorithm]), [algorithm])


def test_the_largest_key_signs_and_verifies_without_allocating(start_server, tmp_path):
    server = start_server(settings={"token_key": write(tmp_path, new_rsa(4096))})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    for _ in range(20):
        admin.token = admin.get("/api/tokens/recycle").ok()["token"]
        assert status(server, admin.token[:-4] + "AAAA") == 401
    assert server.stats()["allocations"] == 0


def refused(path):
    ended = subprocess.run(
        [BINARY, "check-config", "--set", f"token_key={path}"],
        capture_output=True, text=True, check=False, env=environment())
    assert ended.returncode == 78
    lines = ended.stderr.splitlines()
    assert len(lines) == 1
    assert f'token_key = "{path}"' in lines[0]
    return lines[0]


def test_a_key_that_cannot_serve_is_refused_with_the_remedy(tmp_path):
    def folder(name):
        made = tmp_path / name
        made.mkdir()
        return made

    text = folder("text") / "key"
    text.write_text("no key")
    text.chmod(0o600)
    assert "No such file" in refused(tmp_path / "missing")
    assert refused(folder("folder"))
    assert "openssl genpkey" in refused(text)
    assert "openssl pkey" in refused(write(folder("a"), KEYS["ES256"], password=b"secret"))
    assert "openssl pkey" in refused(
        write(folder("b"), KEYS["RS256"], Encoding.DER, password=b"secret"))
    assert "2048 to 4096" in refused(write(folder("c"), new_rsa(1024)))
    assert "P-256" in refused(write(folder("d"), new_ec(ec.SECP384R1)))
    assert "P-256" in refused(write(folder("e"), new_ec(ec.SECP256K1)))
    assert "chmod 600" in refused(write(folder("f"), KEYS["ES256"], mode=0o644))


def test_the_server_does_not_start_with_such_a_key(start_server, tmp_path):
    server = start_server(settings={"token_key": tmp_path / "missing"}, ready=None)
    assert server.wait() == 78
    assert not server.data.exists()
