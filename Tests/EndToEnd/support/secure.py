"""Servers with certificates from files, and what clients ask of them."""

import json
import signal
import subprocess

import pytest
from websockets.sync.client import connect as open_websocket

from support.process import PATIENCE
from support.tls import Authority, connect, tls_port
from support.websocket import WAIT

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start_secure(start_server, authority):
    """Starts a server that speaks TLS on the port `tls`: start_secure(kind, setting=value)."""
    def start(kind="p256", arguments=(), **settings):
        server = start_server(
            settings=authority.settings(kind) | settings, arguments=arguments)
        server.tls = tls_port(server)
        return server

    return start


def curl(server, authority, path, *more):
    return subprocess.run(
        ["curl", "-sS", "--fail", "--cacert", authority.trusted, *more,
         f"https://localhost:{server.tls}{path}"],
        capture_output=True, text=True, timeout=20 * PATIENCE, check=True).stdout


def ask(connection, request=REQUEST):
    """Sends a request and returns the answer's status line."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = connection.recv(65536)
        if not more:
            raise EOFError(answer)
        answer += more
    return answer.split(b"\r\n")[0].decode()


def websocket(server, authority, token):
    """An open WebSocket whose hello has been read."""
    opened = open_websocket(
        f"wss://localhost:{server.tls}/client?token={token}", ssl=authority.context(),
        open_timeout=2 * WAIT, compression=None, proxy=None, ping_interval=None, legacy=True)
    assert json.loads(opened.recv(timeout=WAIT))["type"] == "hello"
    return opened


def next_chat(connection):
    while True:
        message = json.loads(connection.recv(timeout=WAIT))
        if message["type"] == "chat_sent":
            return message["chat"]["content"]


def reload(server):
    """Has the server read its files again; the line that it logs about them."""
    start = server.log_path.stat().st_size
    server.child.send_signal(signal.SIGHUP)
    return server.wait_for_log(r"reload: (the TLS .*)\n", 5, start).group(1)


def shown(server, authority):
    """The name in the certificate that a new peer is shown."""
    with connect(server.tls, authority.context()) as connection:
        return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]
