"""Hashing a password is slow by intent; it is slow for nobody but the one who logs in (invariant 6)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.process import ADMIN_PASSWORD, PATIENCE
from support.rest import API, Member

WAITING = 8

pytestmark = pytest.mark.alone


@pytest.fixture
def slow_hashes(start_server):
    """A server on which one login takes a good while."""
    rounds = 1_000_000 // PATIENCE
    return start_server(settings={"password_rounds": rounds, "login_queue": WAITING})


def test_chats_cross_while_logins_are_hashed(slow_hashes, connect):
    admin = Member(slow_hashes.port, "admin", ADMIN_PASSWORD)
    writer, reader = connect(admin), connect(admin)
    channel = admin.get("/api/channels").ok()[0]["id"]
    with ThreadPoolExecutor(WAITING) as pool:
        began = time.monotonic()
        logins = [pool.submit(API(slow_hashes.port).log_in, "admin", "wrong password")
                  for _ in range(4)]
        crossings = []
        while not all(login.done() for login in logins):
            sent = time.monotonic()
            writer.send(type="chat_written", channelId=channel, content=str(sent))
            reader.next_chat(str(sent))
            crossings.append(time.monotonic() - sent)
        one_login = (time.monotonic() - began) / len(logins)
    assert {login.result().status for login in logins} == {400}
    # Were a chat to wait for a hash, its crossing would take as long as the login.
    assert len(crossings) > 4 * len(logins)
    assert sorted(crossings)[len(crossings) // 2] < one_login / 10


def test_logins_beyond_the_queue_are_503_and_told_when_to_return(slow_hashes):
    with ThreadPoolExecutor(3 * WAITING) as pool:
        answers = list(pool.map(
            lambda _: API(slow_hashes.port).request(
                "POST", "/api/tokens", {"username": "nobody", "password": "wrong password"},
                timeout=60 * PATIENCE),
            range(2 * WAITING)))
    refused = [answer for answer in answers if answer.status == 503]
    assert refused and all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert [answer.status for answer in answers].count(400) >= WAITING


def test_a_weaker_hash_is_renewed_at_the_next_login(start_server):
    weak = start_server(settings={"password_rounds": 100_000})
    weak.terminate()
    strong = start_server(data=weak.data, settings={"password_rounds": 300_000})
    assert rounds_of_admin(strong) == 100_000
    API(strong.port).log_in("admin", ADMIN_PASSWORD).ok()
    # It is hashed once more behind the answer.
    deadline = time.monotonic() + 10 * PATIENCE
    while rounds_of_admin(strong) != 300_000:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert API(strong.port).log_in("admin", ADMIN_PASSWORD).status == 200


def rounds_of_admin(server):
    [(rounds,)] = server.query("SELECT rounds FROM users WHERE username = 'admin'")
    return rounds
