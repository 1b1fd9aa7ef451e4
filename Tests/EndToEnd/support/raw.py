"""HTTP as bytes, for requests that no client library would send."""

import socket
import time

from support.process import PATIENCE
from support.rest import Answer


class Wire:
    """A TCP connection that speaks bytes and reads whole responses."""

    def __init__(self, port, timeout=5 * PATIENCE):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def send(self, data, pause=None):
        """Sends everything at once, or byte by byte with a pause after each."""
        if pause is None:
            self.socket.sendall(data)
            return
        for byte in data:
            self.socket.sendall(bytes([byte]))
            time.sleep(pause)

    def fill(self):
        """Reads some more; False at the end of the stream."""
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            more = b""
        self.unread += more
        return bool(more)

    def read_until(self, mark):
        while mark not in self.unread:
            if not self.fill():
                raise EOFError(f"ended after {self.unread!r}")
        taken, _, self.unread = self.unread.partition(mark)
        return taken

    def response(self, head_only=False):
        """The next response, framed as RFC 9112 §6.3 says."""
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Answer(status, headers, b"" if head_only else self._body(status, headers))

    def _body(self, status, headers):
        if status < 200 or status in (204, 304):
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.read_until(b"\r\n").split(b";")[0], 16):
                body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            while self.read_until(b"\r\n"):
                pass
            return body
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        while self.fill():
            pass
        body, self.unread = self.unread, b""
        return body

    def _exactly(self, count):
        while len(self.unread) < count:
            if not self.fill():
                raise EOFError(f"{count} bytes were announced, {len(self.unread)} came")
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def closes(self, within=5):
        """Whether the peer ends the connection in that time, whatever it sends before."""
        deadline = time.monotonic() + within
        try:
            while self.fill():
                self.socket.settimeout(max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            return False
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def exchange(port, data):
    """The first response to these bytes, on a connection of their own."""
    with Wire(port) as wire:
        wire.send(data)
        return wire.response()
