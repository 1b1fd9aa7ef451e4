"""`redirect_to_tls`: what comes without TLS is sent on to where it is spoken."""

import json
import subprocess

import pytest
from support.process import ADMIN_PASSWORD, BINARY, environment
from support.trust import Trusting, fetch


@pytest.fixture(scope="module")
def redirecting(make_server):
    return make_server(settings={"tls": "auto", "redirect_to_tls": "true"})


@pytest.mark.parametrize("method, path", [
    ("GET", "/"), ("GET", "/api/self?x=1&y=%20"), ("POST", "/api/tokens"), ("HEAD", "/nowhere"),
    ("GET", "/client?token=x"), ("DELETE", "/api/self")])
def test_what_came_without_tls_is_sent_on(redirecting, tmp_path, method, path):
    status, fields, body = fetch(redirecting.port, path, method)
    port = Trusting(redirecting, tmp_path).port
    assert (status, body) == (308, b"")
    assert fields["location"] == f"https://127.0.0.1:{port}{path}"


def test_the_longest_request_is_sent_on(redirecting):
    path = "/" + "x" * 7_000 + "?" + "y" * 1_000
    status, fields, _ = fetch(redirecting.port, path)
    assert status == 308
    assert fields["location"].endswith(path)


def test_curl_follows_it_with_method_and_body(redirecting, tmp_path):
    trusting = Trusting(redirecting, tmp_path)
    answer = subprocess.run(
        ["curl", "-sS", "-L", "--cacert", trusting.ca, "-d",
         json.dumps({"username": "admin", "password": ADMIN_PASSWORD}),
         f"http://localhost:{redirecting.port}/api/tokens"], capture_output=True, text=True,
        check=True).stdout
    assert json.loads(answer)["token"]


@pytest.mark.parametrize("path", ["/trust", "/trust/concord-ca.crt", "/healthz", "/metrics"])
def test_what_needs_no_trust_stays(redirecting, path):
    assert fetch(redirecting.port, path)[0] == 200


def test_a_preflight_is_answered(redirecting):
    assert fetch(redirecting.port, "/api/self", "OPTIONS")[0] == 200


def test_it_needs_tls():
    result = subprocess.run(
        [BINARY, "check-config", "--set", "tls=off", "--set", "redirect_to_tls=true"],
        capture_output=True, text=True, env=environment(), check=False)
    assert result.returncode == 78
    assert "redirect_to_tls" in result.stderr
