"""One write to a reader has many pieces: a started frame, a pong, and runs of the ring around hidden
frames, one of them cut by the ring's end. A reader can bring that about; the server must send it."""

import socket
import struct

from support.cut import CutClient
from support.process import ADMIN_PASSWORD
from support.raw import Wire
from support.rest import Member

PING = struct.pack("!BBI", 0x89, 0x84, 0) + b"ping"
# More than the sockets hold, and less than the ring, so the reader stalls but does not fall behind.
STALLING_CHATS = 250
LENGTH = 3900
ROUNDS = 4


def upgrade(member):
    """A WebSocket with a small receive buffer. Only the handshake is read."""
    wire = Wire.__new__(Wire)
    wire.unread = b""
    wire.socket = socket.socket()
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.socket.settimeout(10)
    wire.socket.connect(("127.0.0.1", member.port))
    wire.send(f"GET /client?token={member.token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    assert wire.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")
    return wire


def read_all(wire):
    """The chats that came, up to the last of a round and the pong."""
    data, chats, pongs = wire.unread, [], 0
    while not (pongs and chats and chats[-1].startswith("last")):
        while frame := CutClient.next_frame(data):
            message, data = frame
            pongs += message["type"] == "control"
            if message["type"] == "chat_sent":
                chats.append(message["chat"]["content"])
        if pongs and chats and chats[-1].startswith("last"):
            break
        more = wire.socket.recv(65536)
        assert more, "the connection ended"
        data += more
    wire.unread = data
    return chats


def test_a_slow_reader_with_hidden_frames_a_ping_and_a_wrap_is_sent_everything(
        start_server, connect):
    server = start_server(settings={"ring_bytes": 1 << 21})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    bob = Member.new(server.port, "bob")
    open_one = admin.post("/api/channels", {"name": "open"}).ok()["id"]
    hidden = admin.post("/api/channels", {"name": "hidden"}).ok()["id"]
    denied = {"admin": False, "values": {"channel.view": -1}}
    admin.request("PUT", f"/api/channels/{hidden}/rights", {
        "users": {str(bob.id): denied}, "roles": {}}).ok()
    writer = connect(admin)
    wire = upgrade(bob)

    def say(channel, text, length):
        writer.send(type="chat_written", channelId=channel, content=f"{text} ".ljust(length, "x"))
        writer.next("chat_sent")

    # Each round stalls the reader elsewhere in the ring, so that some write holds the wrap.
    for round_ in range(ROUNDS):
        expected = []
        for number in range(STALLING_CHATS):
            expected.append(f"{round_}.{number}")
            say(open_one, expected[-1], LENGTH)
        for number in range(6):
            say(hidden, "secret", LENGTH)
            expected.append(f"{round_}.run{number}")
            say(open_one, expected[-1], LENGTH)
        wire.send(PING)
        expected.append(f"last{round_}")
        say(open_one, expected[-1], 40)
        received = [chat.split()[0] for chat in read_all(wire)]
        assert received == expected
    assert server.child.poll() is None
    wire.close()
