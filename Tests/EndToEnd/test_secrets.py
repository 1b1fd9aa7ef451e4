"""No token, password or key ever reaches the log."""

import pytest
from support.process import ADMIN_PASSWORD
from support.raw import Wire
from support.rest import API, Member


@pytest.fixture
def noisy(start_server, connect):
    """A server that has seen every kind of secret in every kind of place, and the secrets."""
    server = start_server()
    password, wrong = "a password to look for", "a mistaken one to look for"
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    member = Member.new(server.port, "member", password)
    api = API(server.port)
    api.log_in("member", wrong)
    api.post(f"/api/tokens?password={wrong.replace(' ', '+')}", b"{")
    api.register("member", wrong)
    API(server.port, member.token + "x").get("/api/self")
    connect(member).send("nonsense")
    connect(member).connection.socket.sendall(b"\x81\x01x")
    for request in (f"GET /client?token={member.token} HTTP/1.1\r\nHost: x\r\n\r\n",
                    f"GET /client?token={member.token} HTTP/9.1\r\nHost: x\r\n\r\n",
                    f"GET /api/{member.token} HTTP/1.1\r\nbad line {password}\r\n\r\n"):
        with Wire(server.port) as wire:
            wire.send(request.encode())
            wire.response()
    server.stats()
    server.terminate()
    secrets = [password, wrong, ADMIN_PASSWORD]
    for token in (admin.token, member.token):
        secrets += token.split(".")[1:]
    return server, secrets


def test_none_is_logged(noisy):
    server, secrets = noisy
    assert server.log.strip()
    assert [secret for secret in secrets if secret in server.log] == []


def test_no_password_is_stored_as_it_is(noisy):
    server, secrets = noisy
    for path in server.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [secret for secret in secrets[:3] if secret.encode() in content] == []


def test_no_error_repeats_a_secret(server, alice):
    password = "a password to look for"
    broken = f'{{"username":"alice","password":"{password}'.encode()
    for answer in (alice.log_in("alice", password), alice.register("alice", password),
                   alice.post("/api/tokens", broken),
                   alice.get(f"/api/users/x?token={alice.token}")):
        assert answer.status == 400
        assert password not in answer.body.decode() and alice.token not in answer.body.decode()
