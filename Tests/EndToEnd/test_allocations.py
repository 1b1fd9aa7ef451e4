"""After the first accept the server's own code allocates nothing (invariant 2 of the design)."""

import os
import random
import threading
import time

import pytest
from support.pictures import picture
from support.raw import Wire
from support.rest import Member
from support.terminal import Terminal
from support.websocket import Client

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("CONCORD_BUSY_SECONDS", "60"))
PATHS = ["/api/users", "/api/self", "/api/server", "/api/channels", "/api/chats?size=200",
         "/api/chats?query=word", "/api/chats/1", "/api/nothing", "/api/chats?size=0",
         "/api/tokens/recycle"]
PNG = picture(size=100_000)
NONSENSE = ["nonsense", "{}", '{"type":"x"}', '{"type":"chat_written","channelId":1}']


def chatter(member, channel, stop, seed):
    """A client that writes, reacts, types, errs and comes back again and again."""
    dice = random.Random(seed)
    after = ""
    while not stop.is_set():
        with Client(member.port, member.token, after) as socket:
            after = f"&after={socket.hello['eventId'] - dice.randrange(3)}"
            for _ in range(dice.randrange(1, 50)):
                kind = dice.randrange(6)
                if kind <= 2:
                    socket.send(type="chat_written", channelId=channel,
                                content="a word " * dice.randrange(1, 500),
                                nonce=f"{seed} {dice.randrange(10_000)}")
                    chat = socket.next("chat_sent")["chat"]
                elif kind == 3:
                    socket.send(type="chat_typing", channelId=channel)
                elif kind == 4:
                    socket.send(dice.choice(NONSENSE))
                elif "chat" in locals():
                    socket.send(type="chat_reaction", chatId=chat["id"], reaction="👍",
                                adding=dice.random() < 0.5)


def browser(member, channel, stop, seed):
    """A client of the REST interface that reads, writes, and sends what is refused."""
    dice = random.Random(seed)
    while not stop.is_set():
        member.get(dice.choice(PATHS))
        member.say(channel, "a word by HTTP")
        member.request(dice.choice(["HEAD", "OPTIONS", "PUT"]), "/api/self")
        with Wire(member.port) as wire:
            wire.send(dice.choice([b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01"]))
        if dice.random() < 0.05:
            Member.new(member.port, f"member{seed}-{dice.randrange(10**9)}")


def caretaker(admin, member, stop):
    """An administrator who changes everything that can be changed, again and again."""
    number = 0
    while not stop.is_set():
        number += 1
        channel = admin.post("/api/channels", {"name": f"c{number}"}).ok()["id"]
        below = admin.post(
            "/api/channels", {"name": "below", "parentChannelId": channel}).ok()["id"]
        admin.request("PATCH", f"/api/channels/{below}", {"name": "b", "ordinality": 2}).ok()
        role = admin.post("/api/roles", {"name": f"r{number}"}).ok()["id"]
        admin.request("PUT", f"/api/users/{member.id}/roles", {"roleIds": [role]}).ok()
        admin.request("PUT", f"/api/channels/{channel}/rights", {
            "users": {}, "roles": {str(role): {"admin": False, "values": {"channel.view": -1}}}}).ok()
        chat = admin.say(channel, "hidden from some")["id"]
        admin.request("PATCH", f"/api/chats/{chat}", {"content": "edited"}).ok()
        admin.post(f"/api/chats/{chat}/thread", {"name": "thread"}).ok()
        admin.post(f"/api/chats/{chat}/reactions", {"reaction": "x", "adding": True})
        code = admin.post("/api/invites", {"uses": 1, "validForSeconds": 60}).ok()["code"]
        icon = admin.post(
            "/api/server/icon", PNG, headers={"Content-Type": "image/png"}).ok()["iconId"]
        assert member.get(f"/api/images/{icon}").body == PNG
        for path in (f"/api/chats/{chat}/reactions", f"/api/channels/{channel}/threads",
                     f"/api/channels/{channel}/rights", "/api/roles", "/api/invites",
                     "/metrics", "/healthz", "/api/openapi.json"):
            assert admin.get(path).status == 200
        assert member.get(f"/api/chats/{chat}").status == 404
        admin.request("PATCH", "/api/self", {"nickname": f"n{number}"}).ok()
        admin.request("PUT", "/api/self/status",
                      {"onlineStatus": "AWAY" if number % 2 else "ONLINE"}).ok()
        admin.request("PATCH", "/api/server", {"description": f"d{number}"}).ok()
        admin.request("DELETE", f"/api/invites/{code}")
        admin.request("DELETE", f"/api/roles/{role}")
        admin.request("DELETE", f"/api/channels/{channel}")


def at_the_terminal(terminal, folder, stop):
    """The owner of the data, who administers it meanwhile, and backs it up."""
    number = 0
    while not stop.is_set():
        number += 1
        name = f"typed{number}"
        terminal.ok("user", "add", name, stdin="a password that is long enough")
        terminal.ok("user", "passwd", name, stdin="another one that is long enough")
        terminal.ok("user", "rights", name, "channel.manage=yes")
        terminal.ok("say", "general", "by", name, "--as", name)
        terminal.ok("token", "revoke", name)
        terminal.ok("channel", "add", name)
        terminal.ok("channel", "remove", name, "--yes")
        terminal.ok("invite", "create")
        terminal.ok("user", "list")
        terminal.ok("backup", folder / name)
        terminal.ok("user", "remove", name, "--yes")


def test_a_busy_minute_allocates_nothing(server, admin, alice, bob, channel, tmp_path):
    stop, failures = threading.Event(), []
    terminal = Terminal(server.data)

    def guarded(work, *arguments):
        try:
            work(*arguments)
        except Exception as failure:
            failures.append(failure)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(work, member, channel, stop, seed))
               for seed, (work, member) in enumerate(
                   [(chatter, alice), (chatter, bob), (chatter, alice), (browser, alice),
                    (browser, bob)])]
    threads.append(threading.Thread(target=guarded, args=(caretaker, admin, bob, stop)))
    threads.append(
        threading.Thread(target=guarded, args=(at_the_terminal, terminal, tmp_path, stop)))
    for thread in threads:
        thread.start()
    stop.wait(SECONDS)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert server.stats()["allocations"] == 0


def test_memory_stays_where_it_is(server, alice, channel):
    """Half the time to warm up, half the time to watch: all that is used was there before."""
    def exercise(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with Client(server.port, alice.token) as socket:
                for _ in range(100):
                    socket.send(type="chat_written", channelId=channel, content="x" * 4000)
                    socket.next("chat_sent")
            alice.get("/api/chats?size=200")

    exercise(SECONDS / 4)
    before = server.stats()["rss_bytes"]
    exercise(SECONDS / 4)
    assert server.stats()["rss_bytes"] - before < 1 << 20
