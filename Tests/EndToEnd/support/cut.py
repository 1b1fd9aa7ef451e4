"""A client whose connection breaks at any byte."""

import base64
import json
import os
import struct

from support.descriptions import check_message
from support.process import PATIENCE
from support.raw import Wire


class CutClient:
    """Reads so many bytes of a WebSocket and hangs up in the midst of whatever comes."""

    def __init__(self, port, token, after):
        self.wire = Wire(port)
        key = base64.b64encode(os.urandom(16)).decode()
        query = f"/client?token={token}" + (f"&after={after}" if after is not None else "")
        self.wire.send(
            f"GET {query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        assert self.wire.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")

    def messages(self, cut=None, until=None, patience=10 * PATIENCE):
        """All whole messages among the next `cut` bytes, or up to an event."""
        data, messages = self.wire.unread, []
        self.wire.socket.settimeout(patience)
        while True:
            while frame := self.next_frame(data):
                message, data = frame
                messages.append(message)
                if until and message.get("eventId", 0) >= until and message["type"] != "hello":
                    return messages
            if cut is not None and cut <= 0:
                return messages
            more = self.wire.socket.recv(65536 if cut is None else max(1, min(cut, 65536)))
            if not more:
                return messages
            data += more
            cut = None if cut is None else cut - len(more)

    @staticmethod
    def next_frame(data):
        if len(data) < 2:
            return None
        assert data[0] in (0x81, 0x88, 0x89, 0x8A), data[:4]
        length, start = data[1], 2
        if length == 126:
            if len(data) < 4:
                return None
            length, start = struct.unpack(">H", data[2:4])[0], 4
        elif length == 127:
            if len(data) < 10:
                return None
            length, start = struct.unpack(">Q", data[2:10])[0], 10
        if len(data) < start + length:
            return None
        payload, rest = data[start:start + length], data[start + length:]
        if data[0] != 0x81:
            return {"type": "control"}, rest
        message = json.loads(payload)
        check_message(message)
        return message, rest
