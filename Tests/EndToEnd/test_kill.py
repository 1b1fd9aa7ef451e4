"""kill -9 under load: what anybody saw is there afterwards, once and in order."""

import random
import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import API, Member
from support.traffic import Traffic, assert_kept, stored_chats
from support.websocket import Client

pytestmark = pytest.mark.slow

KILLS = 50


def test_no_kill_takes_back_what_was_seen(start_server):
    dice = random.Random(1)
    server = start_server()
    member = Member(server.port, "admin", ADMIN_PASSWORD)
    general = member.channel("general")
    everything, event = [], 0
    for number in range(KILLS):
        traffic = Traffic(member, general, f"round {number}")
        time.sleep(dice.uniform(0.02, 0.3))
        server.kill()
        seen = traffic.stop()
        server = start_server(data=server.data)
        member.port = server.port
        newest = everything[-1]["id"] if everything else 0
        assert_kept(seen, stored_chats(member, general, after=newest))
        everything += seen
        event = max(event, traffic.event)
        with Client(member.port, member.token) as socket:
            assert socket.hello["eventId"] >= event
    assert len(everything) > KILLS
    assert_kept(everything, stored_chats(member, general))


def test_what_an_answer_promised_outlives_a_kill(start_server):
    server = start_server()
    member = Member(server.port, "admin", ADMIN_PASSWORD)
    user = API(server.port).register("member").ok()
    channel = member.post("/api/channels", {"name": "kept"}).ok()
    server.kill()
    member.port = start_server(data=server.data).port
    assert member.get(f"/api/users/{user['id']}").ok()["username"] == "member"
    assert member.get(f"/api/channels/{channel['id']}").ok() == channel
