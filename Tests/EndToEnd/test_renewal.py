"""The server's certificate is renewed while it runs, and nobody notices but newcomers."""

import json
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from support.clock import BINARY, needs_clock
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.trust import Trusting

pytestmark = needs_clock

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL: the tests' own clock is the machine's.
NO_CHECK_TIME = 0x200000
RENEWED = r"the server has a new certificate, (.*); it is valid until (\S+)"


@pytest.fixture
def start(clock):
    with clock.servers(tls="auto") as start:
        yield start


def look_again(server, start):
    """Has the server see to its certificate now, not in a quarter of a minute."""
    server.child.send_signal(signal.SIGHUP)
    return server.wait_for_log(RENEWED, 20, start)


def say(socket, general, content):
    """Sends a chat and waits until it comes back."""
    socket.send(json.dumps({"type": "chat_written", "channelId": general, "content": content}))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        message = json.loads(socket.recv(10))
        if message["type"] == "chat_sent" and message["chat"]["content"] == content:
            return
    raise AssertionError(content)


def day(text):
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def test_it_is_renewed_by_itself_and_an_open_connection_stays(clock, start, tmp_path):
    clock.set("2026-12-01 00:00:00")
    server = start()
    trusting = Trusting(server, tmp_path)
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    before = trusting.leaf()
    assert before.not_valid_after_utc.date() == day("2027-11-01").date()
    with trusting.open(admin.token) as socket:
        say(socket, general, "before")
        clock.set("2027-08-20 00:00:00")
        # By its own timer: nobody asks.
        reason, until = server.wait_for_log(RENEWED, 40).groups()
        assert reason == "for the one before was running out"
        say(socket, general, "after")
        after = trusting.leaf()
    assert after.serial_number != before.serial_number
    assert after.public_key() != before.public_key()
    assert after.not_valid_after_utc.date() == day(until).date()
    assert after.not_valid_after_utc - day("2027-08-20") > timedelta(days=330)
    assert (server.data / "tls-server.pem").stat().st_mode & 0o777 == 0o600
    # The same authority vouches for it.
    timeless = trusting.context
    timeless.verify_flags |= NO_CHECK_TIME
    with trusting.open(admin.token, timeless) as socket:
        say(socket, general, "newcomer")
    kept = (server.data / "tls-server.pem").read_bytes()
    assert x509.load_pem_x509_certificate(kept) == after
    server.terminate()
    start()
    assert (server.data / "tls-server.pem").read_bytes() == kept


def test_a_board_whose_clock_is_not_set_is_trusted_by_those_whose_clock_is(
        clock, start, tmp_path):
    clock.set("1970-01-01 00:00:10")
    server = start()
    trusting = Trusting(server, tmp_path)
    token = Member(server.port, "admin", ADMIN_PASSWORD).token
    with trusting.open(token) as socket:
        assert json.loads(socket.recv(5))["type"] == "hello"
    serial = trusting.leaf().serial_number
    clock.set("2026-12-01 00:00:00")
    server.child.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert trusting.leaf().serial_number == serial, "what was made without a clock is still good"


def test_a_clock_that_jumps_ahead_and_back_leaves_a_good_certificate(clock, start, tmp_path):
    clock.set("2026-12-01 00:00:00")
    server = start()
    trusting = Trusting(server, tmp_path)
    authority = (server.data / "tls-ca.pem").read_bytes()
    clock.set("2031-01-01 00:00:00")
    look_again(server, 0)
    ahead = trusting.leaf()
    assert ahead.not_valid_before_utc > day("2030-01-01")
    start_of_rest = len(server.log)
    clock.set("2026-12-01 00:01:00")
    assert "the clock was ahead" in look_again(server, start_of_rest).group(1)
    back = trusting.leaf()
    assert back.not_valid_before_utc < day("2026-12-01") < back.not_valid_after_utc
    assert (server.data / "tls-ca.pem").read_bytes() == authority


def test_a_clock_that_keeps_jumping_causes_no_storm(clock, start):
    clock.set("2026-12-01 00:00:00")
    server = start()
    for number in range(12):
        clock.set("2031-01-01 00:00:00" if number % 2 == 0 else "2026-12-01 00:00:00")
        server.child.send_signal(signal.SIGHUP)
        time.sleep(0.3)
    assert len(re.findall(RENEWED, server.log)) == 4


def test_an_authority_that_ends_is_told_of_in_good_time(clock, start):
    clock.set("2026-12-01 00:00:00")
    server = start()
    assert "the certificate authority" not in server.log
    assert server.terminate() == 0
    for date, words in (("2036-05-01", None), ("2036-07-01", "ends on 2036-12-01, in 153 days"),
                        ("2036-12-02", "ended on 2036-12-01")):
        clock.set(f"{date} 00:00:00")
        shown = subprocess.run(
            [*clock.environment, BINARY, "tls", "show", "--data", server.data],
            capture_output=True, text=True, check=True).stdout
        again = start()
        told = f"the certificate authority {server.data}/tls-ca.pem {words}"
        assert (told in again.log and f"it {words}" in shown) == (words is not None)
        assert again.terminate() == 0
