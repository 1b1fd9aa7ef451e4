"""One member opens as many WebSockets as there are output buffers, pings, and reads nothing."""

import socket
import struct

from support.raw import Wire
from support.rest import API, Member

BUFFERS = 8  # of the smallest profile


def pinging(member):
    """A WebSocket that has sent 360 KB of pings and reads no answer."""
    wire = Wire.__new__(Wire)
    wire.unread = b""
    wire.socket = socket.socket()
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.socket.settimeout(5)
    wire.socket.connect(("127.0.0.1", member.port))
    wire.send(f"GET /client?token={member.token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    ping = struct.pack("!BB", 0x89, 0x80 | 100) + bytes(4) + b"p" * 100
    wire.socket.settimeout(0.5)
    try:
        wire.socket.sendall(ping * 6000)
    except OSError:
        pass  # the server reads no more of them, or has hung up
    return wire


def test_everyone_else_is_answered(start_server):
    server = start_server(settings={"profile": "zero"})
    greedy = Member.new(server.port, "greedy")
    held = [pinging(greedy) for _ in range(2 * BUFFERS)]
    api = API(server.port)
    for _ in range(20):
        assert api.get("/healthz", timeout=2).status == 200
        assert api.get("/api/limits", timeout=2).status == 200
    assert "output_buffers" in server.log
    for wire in held:
        wire.close()
