"""Members who write as fast as they are answered, and a reader who notes what was sent."""

import threading

from support.websocket import Client
from websockets.exceptions import ConnectionClosed

WRITERS = 3
IN_FLIGHT = 16


class Traffic:
    """Chats in one channel until `stop`, or until the server is gone.

    `seen` are the chats of all chat_sent that the reader got, in its order, and `event` is
    the newest eventId among them.
    """

    def __init__(self, member, channel, tag):
        self.seen = []
        self.event = 0
        self.channel = channel
        self.tag = tag
        self.stopping = threading.Event()
        self.room = threading.Semaphore(IN_FLIGHT)
        self.reader = Client(member.port, member.token)
        self.writers = [Client(member.port, member.token) for _ in range(WRITERS)]
        self.threads = [threading.Thread(target=self._read)] + [
            threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        try:
            while not self.stopping.is_set():
                try:
                    message = self.reader.receive(timeout=0.2)
                except TimeoutError:
                    continue
                if message["type"] == "chat_sent":
                    self.seen.append(message["chat"])
                    self.event = message["eventId"]
                    self.room.release()
        except (ConnectionClosed, EOFError):
            self.stopping.set()

    def _write(self, number):
        count = 0
        try:
            while not self.stopping.is_set():
                if not self.room.acquire(timeout=0.2):
                    continue
                count += 1
                self.writers[number].send(
                    type="chat_written", channelId=self.channel,
                    content=f"{self.tag} by writer {number}, number {count}")
        except ConnectionClosed:
            self.stopping.set()

    def stop(self):
        """Ends it, and returns what the reader saw."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(10)
        for client in (self.reader, *self.writers):
            client.connection.socket.close()
        return self.seen


def stored_chats(member, channel, after=0):
    """All chats of a channel that are newer than an id, oldest first."""
    chats, before = [], ""
    while page := member.get(
            f"/api/chats?channelId={channel}&size=200&afterId={after}&beforeId={before}").ok():
        chats += page
        before = page[-1]["id"]
    return chats[::-1]


def assert_kept(seen, stored):
    """All that was seen is stored, once, as it was and in its order."""
    ids = [chat["id"] for chat in stored]
    contents = [chat["content"] for chat in stored]
    assert ids == sorted(set(ids))
    assert len(set(contents)) == len(contents)
    known = {chat["id"] for chat in seen}
    assert [chat for chat in stored if chat["id"] in known] == seen
