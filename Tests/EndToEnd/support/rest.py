"""The REST interface, seen from a client: standard library only."""

import http.client
import json
from dataclasses import dataclass

from support.descriptions import check_answer
from support.process import PATIENCE

MEMBER_PASSWORD = "a member's secret"


@dataclass
class Answer:
    """A whole response; header names are in lower case."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def ok(self):
        """The decoded result, which must be there."""
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return self.json


class API:
    """Requests to one server, with one member's token or without any."""

    def __init__(self, port, token=None):
        self.port = port
        self.token = token

    def request(self, method, path, body=None, headers=None, timeout=10 * PATIENCE):
        """Sends one request; a dict or list as `body` is sent as JSON, bytes as they are."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        if body is not None:
            fields["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, fields | (headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, names, response.read())
            check_answer(method, path, answer.status, names, answer.body)
            return answer
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def register(self, username, password=MEMBER_PASSWORD):
        return self.post("/api/users/register", {"username": username, "password": password})

    def log_in(self, username, password=MEMBER_PASSWORD):
        return self.post("/api/tokens", {"username": username, "password": password})

    def channel(self, name):
        """The id of the root channel of that name."""
        return next(c["id"] for c in self.get("/api/channels").ok() if c["name"] == name)


class Member(API):
    """A member who is logged in."""

    def __init__(self, port, username, password=MEMBER_PASSWORD):
        super().__init__(port)
        self.username = username
        self.password = password
        self.token = self.log_in(username, password).ok()["token"]
        self.id = self.get("/api/self").ok()["id"]

    @classmethod
    def new(cls, port, username, password=MEMBER_PASSWORD):
        """Registers the member first."""
        API(port).register(username, password).ok()
        return cls(port, username, password)

    def say(self, channel, content, **more):
        """Writes a chat and returns it."""
        return self.post(f"/api/channels/{channel}/chats", {"content": content} | more).ok()
