"""Who may do what: every route and message, tried by everyone there is (protocol B1).

A row is a request and what each actor is answered. Without a word: 401 for those without a valid
token, 403 for those without the right, 200 for those who may.
"""

import itertools
import re

import jwt
import pytest
from support.descriptions import OPENAPI
from support.pictures import picture
from support.process import ADMIN_PASSWORD
from support.rest import API, MEMBER_PASSWORD, Member
from support.websocket import Client

OUTSIDERS = ["no token", "garbage", "expired", "revoked", "removed"]
INSIDERS = ["plain", "author", "by right", "by role", "denied", "admin"]
MANAGERS = {"by right": 200, "by role": 200, "admin": 200, "denied": 403, "plain": 403}
EVERYONE = dict.fromkeys(INSIDERS, 200)
# "denied" may not see the channel.
VIEWERS = EVERYONE | {"denied": 404}
# Who has the right `right`, in a channel that "denied" does not see.
IN_CHANNEL = MANAGERS | {"author": 403, "denied": 404}
EVERYWHERE = MANAGERS | {"author": 403}

numbers = itertools.count(1)


class Scene:
    """A server with one of each actor, and fresh things to act upon."""

    def __init__(self, server):
        self.server = server
        self.admin = Member(server.port, "admin", ADMIN_PASSWORD)
        members = {name: Member.new(server.port, name)
                   for name in ("plain", "author", "by right", "by role", "denied", "revoked",
                                "removed")}
        # As the server signs it, for one second of its life, which has passed.
        claims = {"sub": "plain", "id": members["plain"].id, "iat": 1, "exp": 2,
                  "iss": "Concord", "run": -9, "gen": 0}
        expired = jwt.encode(claims, (server.data / "token.key").read_bytes(), "HS256")
        alive = jwt.encode(claims | {"exp": 10**9}, (server.data / "token.key").read_bytes(),
                           "HS256")
        assert API(server.port, alive).get("/api/self").status == 200
        self.actors = {"no token": API(server.port), "garbage": API(server.port, "garbage"),
                       "expired": API(server.port, expired), "admin": self.admin, **members}
        members["revoked"].post(f"/api/users/{members['revoked'].id}/revoke-tokens")
        members["removed"].request("DELETE", "/api/self", {"password": MEMBER_PASSWORD})
        self.role = self.admin.post("/api/roles", {"name": "role"}).ok()["id"]
        self.admin.request(
            "PUT", f"/api/users/{members['by role'].id}/roles", {"roleIds": [self.role]}).ok()

    def give(self, right):
        """Exactly one right to those who are to have one."""
        rights = {"admin": False, "values": {right: 1} if right else {}}
        member = self.actors["by right"].id
        self.admin.request("PUT", f"/api/users/{member}/rights", rights).ok()
        self.admin.request("PATCH", f"/api/roles/{self.role}", {"rights": rights}).ok()

    def things(self):
        """New ones: a request may be the one that deletes them."""
        name = f"thing {next(numbers)}"
        admin, author = self.admin, self.actors["author"]
        channel = admin.post("/api/channels", {"name": name}).ok()["id"]
        chat = author.say(channel, name)["id"]
        denied = {str(self.actors["denied"].id): {"admin": False, "values": {"channel.view": -1}}}
        things = {
            "channel": channel, "chat": chat,
            "free": author.say(channel, name)["id"],
            "thread": author.post(f"/api/chats/{chat}/thread", {"name": name}).ok()["id"],
            "role": admin.post("/api/roles", {"name": name}).ok()["id"],
            "code": admin.post("/api/invites", {"uses": 1, "validForSeconds": 60}).ok()["code"],
            "image": admin.post("/api/self/avatar", PNG, headers=IMAGE).ok()["profile"]["avatarId"],
            "user": API(self.server.port).register(name).ok()["id"]}
        admin.request("PUT", f"/api/channels/{channel}/rights", {"users": denied, "roles": {}}).ok()
        return things

    def clean(self, things):
        self.admin.request("DELETE", f"/api/channels/{things['channel']}")
        self.admin.request("DELETE", f"/api/roles/{things['role']}")
        self.admin.request("DELETE", f"/api/users/{things['user']}")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    from conftest import factory
    starting = factory(tmp_path_factory)
    start = next(starting)
    server = start()
    yield Scene(server)
    next(starting, None)


REACTION = {"reaction": "x", "adding": True}
RIGHTS = {"admin": False, "values": {}}
PNG = picture()
IMAGE = {"Content-Type": "image/png"}
ROWS = [
    # method, path, body, the right that it takes, what insiders are answered
    ("GET", "/api/tokens/recycle", None, None, EVERYONE),
    ("GET", "/api/users", None, None, EVERYONE),
    ("GET", "/api/users/{user}", None, None, EVERYONE),
    ("DELETE", "/api/users/{user}", None, "user.manage", EVERYWHERE),
    ("GET", "/api/users/{user}/roles", None, "user.manage", EVERYWHERE),
    ("PUT", "/api/users/{user}/roles", {"roleIds": []}, "user.manage", EVERYWHERE),
    ("GET", "/api/users/{user}/rights", None, "user.manage", EVERYWHERE),
    ("PUT", "/api/users/{user}/rights", RIGHTS, "user.manage", EVERYWHERE),
    ("POST", "/api/users/{user}/revoke-tokens", None, "user.manage", EVERYWHERE),
    ("GET", "/api/self", None, None, EVERYONE),
    ("PATCH", "/api/self", {"bio": "x"}, None, EVERYONE),
    ("PUT", "/api/self/status", {"onlineStatus": "ONLINE"}, None, EVERYONE),
    ("POST", "/api/self/password", {"oldPassword": "wrong", "newPassword": "long enough"}, None,
     dict.fromkeys(INSIDERS, 400)),
    ("DELETE", "/api/self", {"password": "wrong"}, None, dict.fromkeys(INSIDERS, 403)),
    ("POST", "/api/self/avatar", PNG, None, EVERYONE),
    ("GET", "/api/images/{image}", None, None, EVERYONE),
    ("POST", "/api/server/icon", PNG, "server.manage", EVERYWHERE),
    ("GET", "/api/server", None, None, EVERYONE),
    ("PATCH", "/api/server", {"description": "x"}, "server.manage", EVERYWHERE),
    ("GET", "/api/channels", None, None, EVERYONE),
    ("POST", "/api/channels", {"name": "x"}, "channel.manage", EVERYWHERE),
    ("GET", "/api/channels/{channel}", None, None, VIEWERS),
    ("PATCH", "/api/channels/{channel}", {"name": "x"}, "channel.manage", IN_CHANNEL),
    ("DELETE", "/api/channels/{channel}", None, "channel.manage", IN_CHANNEL),
    ("GET", "/api/channels/{channel}/chats/latest", None, None, VIEWERS),
    ("POST", "/api/channels/{channel}/chats", {"content": "x"}, None, VIEWERS),
    ("GET", "/api/channels/{channel}/threads", None, None, VIEWERS),
    ("GET", "/api/channels/{channel}/rights", None, "channel.manage", IN_CHANNEL),
    ("PUT", "/api/channels/{channel}/rights", {"users": {}, "roles": {}}, "channel.manage",
     IN_CHANNEL),
    ("GET", "/api/channels/{channel}/rights/self", None, None, VIEWERS),
    ("GET", "/api/chats", None, None, EVERYONE),
    ("GET", "/api/chats/{chat}", None, None, VIEWERS),
    ("PATCH", "/api/chats/{chat}", {"content": "x"}, "chat.delete",
     dict.fromkeys(INSIDERS, 403) | {"author": 200, "denied": 404}),
    ("DELETE", "/api/chats/{chat}", None, "chat.delete", IN_CHANNEL | {"author": 200}),
    ("GET", "/api/chats/{chat}/reactions", None, None, VIEWERS),
    ("POST", "/api/chats/{chat}/reactions", REACTION, None, VIEWERS),
    ("POST", "/api/chats/{free}/thread", {"name": "x"}, None, VIEWERS),
    ("GET", "/api/threads/{thread}", None, None, VIEWERS),
    ("GET", "/api/roles", None, None, EVERYONE),
    ("POST", "/api/roles", {"name": "x"}, "role.manage", EVERYWHERE),
    ("PATCH", "/api/roles/{role}", {"name": "x"}, "role.manage", EVERYWHERE),
    ("DELETE", "/api/roles/{role}", None, "role.manage", EVERYWHERE),
    ("GET", "/api/invites", None, None, EVERYONE),
    ("POST", "/api/invites", {"uses": 1, "validForSeconds": 1}, "invite.create", EVERYWHERE),
    ("DELETE", "/api/invites/{code}", None, "user.manage",
     dict.fromkeys(INSIDERS, 404) | {"by right": 200, "by role": 200, "admin": 200}),
]


@pytest.mark.parametrize("method, path, body, right, insiders", ROWS,
                         ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_a_route(scene, method, path, body, right, insiders):
    scene.give(right)
    expected = dict.fromkeys(OUTSIDERS, 401) | insiders
    answered = {}
    things = scene.things()
    for actor in expected:
        answer = scene.actors[actor].request(
            method, path.format(**things), body, headers=IMAGE if body == PNG else None)
        answered[actor] = answer.status
        if answer.status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
        # Whoever was let in may have used them up.
        if answer.status == 200 and method != "GET":
            scene.clean(things)
            things = scene.things()
    scene.clean(things)
    assert answered == expected


MESSAGES = [
    ({"type": "chat_written", "content": "x"}, "channel", "chat.send"),
    ({"type": "chat_typing"}, "channel", "chat.send"),
    ({"type": "chat_reaction", "reaction": "x", "adding": True}, "chat", "chat.react"),
]


@pytest.mark.parametrize("message, target, right", MESSAGES, ids=[m[0]["type"] for m in MESSAGES])
def test_a_message(scene, message, target, right):
    for actor in OUTSIDERS:
        with pytest.raises(Exception, match="401"):
            Client(scene.server.port, scene.actors[actor].token or "")
    things = scene.things()
    no_right = {"admin": False, "values": {right: -1}}
    for actor in INSIDERS:
        with Client(scene.server.port, scene.actors[actor].token) as socket:
            socket.send(message | {target + "Id": things[target]})
            message_back = {"chat_written": "chat_sent", "chat_typing": "chat_typing",
                            "chat_reaction": "chat_reactions_updated"}[message["type"]]
            if actor == "denied":
                assert socket.next("error")["code"] == "not_found"
            else:
                socket.next(message_back)
            if message["type"] == "chat_reaction" and actor != "denied":
                socket.send(message | {target + "Id": things[target], "adding": False})
                socket.next(message_back)
    plain = scene.actors["plain"]
    scene.admin.request("PUT", f"/api/channels/{things['channel']}/rights",
                        {"users": {str(plain.id): no_right}, "roles": {}}).ok()
    with Client(scene.server.port, plain.token) as socket:
        socket.send(message | {target + "Id": things[target]})
        assert socket.next("error")["code"] == "forbidden"
    scene.clean(things)


def test_no_route_is_left_out(scene):
    """Whatever the description names is tried here, or needs no token."""
    tried = {(method, re.sub(r"\{\w+\}", "{id}", path)) for method, path, *_ in ROWS}
    for path, operations in OPENAPI["paths"].items():
        for method, operation in operations.items():
            if method.upper() not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                continue
            if operation.get("security") == []:
                continue
            row = (method.upper(), re.sub(r"\{\w+\}", "{id}", path))
            assert row in tried, row


DENIED = [
    # What everyone may do until it is denied to them, here by an override of the channel.
    ("POST", "/api/channels/{channel}/chats", {"content": "x"}, "chat.send"),
    ("POST", "/api/chats/{chat}/reactions", REACTION, "chat.react"),
    ("POST", "/api/chats/{free}/thread", {"name": "x"}, "thread.create"),
    ("DELETE", "/api/chats/{chat}", None, "chat.delete"),
    ("PATCH", "/api/channels/{channel}", {"name": "x"}, "channel.manage"),
    ("DELETE", "/api/channels/{channel}", None, "channel.manage"),
    ("PUT", "/api/channels/{channel}/rights", {"users": {}, "roles": {}}, "channel.manage"),
]


@pytest.mark.parametrize("method, path, body, right", DENIED, ids=[f"{r[0]} {r[1]}" for r in DENIED])
@pytest.mark.parametrize("whom", ["the user", "the role"])
def test_an_override_of_the_channel_denies_what_is_given_everywhere(
        scene, method, path, body, right, whom):
    scene.give(right)
    actor = scene.actors["by right" if whom == "the user" else "by role"]
    things = scene.things()
    deny = {"admin": False, "values": {right: -5}}
    subject = str(actor.id if whom == "the user" else scene.role)
    key = "users" if whom == "the user" else "roles"
    scene.admin.request(
        "PUT", f"/api/channels/{things['channel']}/rights",
        {"users": {}, "roles": {}} | {key: {subject: deny}}).ok()
    assert actor.request(method, path.format(**things), body).status == 403
    scene.admin.request(
        "PUT", f"/api/channels/{things['channel']}/rights", {"users": {}, "roles": {}}).ok()
    assert actor.request(method, path.format(**things), body).status == 200
    scene.clean(things)
