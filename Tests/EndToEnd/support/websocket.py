"""A member's WebSocket, seen from a client."""

import json
import time

from support.descriptions import check_message
from support.process import PATIENCE
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

# Seconds in which what must come does.
WAIT = 5 * PATIENCE


class Client:
    """One connection to /client. The greeting is read on opening and kept in `hello`."""

    def __init__(self, port, token, query=""):
        self.connection = connect(
            f"ws://127.0.0.1:{port}/client?token={token}{query}", open_timeout=2 * WAIT,
            close_timeout=2, compression=None, proxy=None, ping_interval=None, max_size=None,
            max_queue=None, legacy=True)
        self.hello = self.receive()

    def send(self, message=None, **attributes):
        """Sends a message: a dict, or attributes, or text or bytes as they are."""
        message = attributes if message is None else message
        self.connection.send(json.dumps(message) if isinstance(message, dict) else message)

    def receive(self, timeout=WAIT):
        """The next message, whatever it is."""
        message = json.loads(self.receive_text(timeout))
        check_message(message)
        return message

    def receive_text(self, timeout=WAIT):
        return self.connection.recv(timeout=timeout)

    def next(self, kind, timeout=WAIT, **attributes):
        """The next message of that type with those attributes; others are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.receive(max(0, deadline - time.monotonic()))
            if message["type"] == kind and attributes.items() <= message.items():
                return message

    def next_chat(self, content, timeout=WAIT):
        """The chat of the next chat_sent with that content."""
        while True:
            chat = self.next("chat_sent", timeout)["chat"]
            if chat["content"] == content:
                return chat

    def until_chat(self, content, timeout=WAIT):
        """All messages up to the chat_sent with that content, which is left out."""
        messages = []
        while True:
            message = self.receive(timeout)
            if message["type"] == "chat_sent" and message["chat"]["content"] == content:
                return messages
            messages.append(message)

    def close_code(self, timeout=WAIT):
        """Reads until the server closes, and returns the code of its close frame."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.connection.recv(timeout=max(0, deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
