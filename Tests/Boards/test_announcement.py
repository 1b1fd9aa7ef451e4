"""The network is told of the server: a second machine on the same cable finds it with avahi."""

import subprocess

import pytest
from machine import started
from packages import NATIVE, PACKAGES

pytestmark = pytest.mark.packages

# What is announced, and the port of each.
SERVICES = {"_http._tcp": 8080, "_https._tcp": 8443, "_concord._tcp": 8080}


@pytest.fixture(scope="module")
def cable(tmp_path_factory):
    """Two Debians with avahi: one that the server is installed on, and its neighbour."""
    with (started(tmp_path_factory.mktemp("server"), PACKAGES[NATIVE]) as server,
          started(tmp_path_factory.mktemp("neighbour"), PACKAGES[NATIVE]) as neighbour):
        for machine, name in ((server, "attic"), (neighbour, "cellar")):
            machine.run("hostname", name)
        server.connect(neighbour)
        for machine in (server, neighbour):
            machine.run("systemctl", "restart", "avahi-daemon")
        server.run("dpkg", "--install", "/root/concord.deb")
        server.wait_until(server.is_active)
        yield server, neighbour


def found(machine, service):
    """What it is called, where it is, and its port: avahi-browse's ninth field and those before."""
    lines = machine.run("avahi-browse", "--resolve", "--terminate", "--parsable", service).stdout
    rows = [line.split(";") for line in lines.splitlines() if line.startswith("=;eth0;IPv4;")]
    return [(row[6], row[7], int(row[8])) for row in rows]


@pytest.mark.parametrize("service", SERVICES)
def test_a_neighbour_finds_it(cable, service):
    _, neighbour = cable
    neighbour.wait_until(lambda: found(neighbour, service))
    assert found(neighbour, service) == [("attic.local", "10.0.0.1", SERVICES[service])]


def test_what_a_neighbour_finds_answers(cable):
    _, neighbour = cable
    neighbour.wait_until(lambda: found(neighbour, "_concord._tcp"))
    ((_, address, port),) = found(neighbour, "_concord._tcp")
    answer = subprocess.run([*neighbour.curl, f"http://{address}:{port}/healthz"], check=False)
    assert answer.returncode == 0


def test_a_removed_server_is_no_longer_found(cable):
    server, neighbour = cable
    server.run("dpkg", "--remove", "concord")
    server.run("dpkg", "--purge", "concord")
    neighbour.wait_until(lambda: not found(neighbour, "_concord._tcp"))
