"""The clients that people use, unmodified: curl, Node, Java, aiohttp; and what Java sends."""

import asyncio
import json
import shutil
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest
from support.raw import Wire

CLIENTS = Path(__file__).with_name("clients")


def run(*command):
    """Runs a client to its end and returns what it printed."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                            timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


class TestCurl:
    def curl(self, member, path, *options):
        return run("curl", "-sS", "--max-time", "10", "-H", f"Authorization: Bearer {member.token}",
                   *options, f"http://127.0.0.1:{member.port}{path}")

    @pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
    def test_every_version_it_may_ask_for_is_answered(self, alice, version):
        assert json.loads(self.curl(alice, "/api/self", version))["username"] == "alice"

    def test_it_gets_the_head(self, alice):
        assert self.curl(alice, "/api/self", "-I").startswith("HTTP/1.1 200 ")

    @pytest.mark.parametrize("options", [
        [], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"], ["--http2"],
    ], ids=["plain", "expecting", "chunked", "h2c"])
    def test_its_bodies_are_read(self, alice, channel, options):
        text = "from curl " * 300
        answer = self.curl(alice, f"/api/channels/{channel}/chats", *options, "-H",
                           "Content-Type: application/json", "-d", json.dumps({"content": text}))
        assert json.loads(answer)["content"] == text

    def test_one_connection_serves_many_urls(self, alice):
        url = f"http://127.0.0.1:{alice.port}/api/self"
        connects = self.curl(alice, "/api/self", "-o", "/dev/null", "-o", "/dev/null",
                             "-w", "%{num_connects} ", url)
        assert connects.split() == ["1", "0"]

    def test_a_body_that_is_too_large_is_told(self, alice, tmp_path):
        (tmp_path / "body").write_bytes(b"x" * 5_000_000)
        status = self.curl(alice, "/api/channels/1/chats", "-d", f"@{tmp_path / 'body'}",
                           "-o", "/dev/null", "-w", "%{http_code}")
        assert status == "413"


class TestJavaStyle:
    """Java's HttpClient asks for h2c on every request, and sends the body by itself."""

    UPGRADE = ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
               "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n")

    def head(self, member, method, path, more=""):
        return (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{member.port}\r\n{self.UPGRADE}"
                f"Authorization: Bearer {member.token}\r\nUser-Agent: Java-http-client/17\r\n"
                f"{more}\r\n").encode()

    def test_the_upgrade_is_ignored(self, alice):
        with Wire(alice.port) as wire:
            for _ in range(3):
                wire.send(self.head(alice, "GET", "/api/self"))
                response = wire.response()
                assert response.status == 200
                assert "upgrade" not in response.headers

    def test_head_and_body_may_be_segments_apart(self, alice, channel):
        body = json.dumps({"content": "from a body of its own"}).encode()
        fields = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n"
        with Wire(alice.port) as wire:
            for _ in range(3):
                wire.send(self.head(alice, "POST", f"/api/channels/{channel}/chats", fields))
                time.sleep(0.05)
                wire.send(body)
                assert wire.response().status == 200

    def test_a_body_of_unknown_length_is_read(self, alice, channel):
        body = json.dumps({"content": "in chunks"}).encode()
        with Wire(alice.port) as wire:
            wire.send(self.head(alice, "POST", f"/api/channels/{channel}/chats",
                                "Transfer-Encoding: chunked\r\n"))
            time.sleep(0.05)
            wire.send(b"%x\r\n%s\r\n" % (len(body), body))
            time.sleep(0.05)
            wire.send(b"0\r\n\r\n")
            assert wire.response().status == 200


def test_java_talks(server, alice):
    printed = run("java", CLIENTS / "Talk.java", server.port, "alice", alice.password)
    assert printed == "from Java\n"


def test_node_talks(server, alice):
    printed = run("node", "--no-warnings", "--experimental-websocket", CLIENTS / "talk.mjs",
                  server.port, "alice", alice.password)
    assert printed == "from node\n"


def test_aiohttp_talks(server, alice, channel):
    async def talk():
        base = f"http://127.0.0.1:{server.port}"
        async with aiohttp.ClientSession(base) as session:
            async with session.ws_connect(f"/client?token={alice.token}", heartbeat=1) as socket:
                assert (await socket.receive_json())["type"] == "hello"
                await socket.send_json(
                    {"type": "chat_written", "channelId": channel, "content": "from aiohttp"})
                while (message := await socket.receive_json())["type"] != "chat_sent":
                    pass
                return message["chat"]["content"]

    assert asyncio.run(asyncio.wait_for(talk(), 10)) == "from aiohttp"


def test_websockets_talks(alice, channel, connect):
    socket = connect(alice)
    socket.send(type="chat_written", channelId=channel, content="from websockets")
    assert socket.next_chat("from websockets")


def test_a_compressing_client_is_served_without_compression(server, alice):
    from websockets.sync.client import connect
    with connect(f"ws://127.0.0.1:{server.port}/client?token={alice.token}", proxy=None) as socket:
        assert socket.protocol.extensions == []
        assert json.loads(socket.recv(timeout=5))["type"] == "hello"
