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

    def log_in():
        started = cpu(strong.pid)
        API(strong.port).log_in("admin", ADMIN_PASSWORD).ok()
        return cpu_at_rest(strong.pid) - started

    first, second = log_in(), log_in()
    # The first login hashes by the old rounds, then once more by the new: four parts to three.
    assert first > second
    assert API(strong.port).log_in("admin", ADMIN_PASSWORD).status == 200


def cpu(pid):
    """CPU nanoseconds of a process so far (clock_getcpuclockid(3))."""
    return time.clock_gettime_ns(~pid << 3 | 2)


def cpu_at_rest(pid):
    """The same once the process has nothing more to do."""
    before = cpu(pid)
    while True:
        time.sleep(0.5 * PATIENCE)
        before, last = cpu(pid), before
        if before - last < 5_000_000:
            return before
