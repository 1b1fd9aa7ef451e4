"""Protocol C8: one member, many devices, and the codes by which a connection ends.

4002, for whoever falls behind, is in test_slow.py; 1009 in test_limits.py.
"""

import time

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member


@pytest.fixture
def limited(start_server):
    """An administrator who may have three WebSockets."""
    server = start_server(settings={"connections_per_user": 3})
    member = Member(server.port, "admin", ADMIN_PASSWORD)
    member.server = server
    return member


def test_every_device_gets_everything(alice, channel, connect):
    devices = [connect(alice) for _ in range(5)]
    devices[0].send(type="chat_written", channelId=channel, content="to all of mine")
    for device in devices:
        assert device.next_chat("to all of mine")["authorId"] == alice.id


def test_one_too_many_closes_the_oldest_with_4000(limited, connect):
    devices = []
    for _ in range(4):
        devices.append(connect(limited))
        time.sleep(0.01)
    assert devices[0].close_code() == 4000
    general = limited.channel("general")
    devices[3].send(type="chat_written", channelId=general, content="still here")
    for device in devices[1:]:
        assert device.next_chat("still here")


def test_another_members_devices_do_not_count(limited, connect):
    other = Member.new(limited.port, "other")
    devices = [connect(member) for member in (limited, other) for _ in range(3)]
    devices[0].send(type="chat_written", channelId=limited.channel("general"), content="all six")
    for device in devices:
        assert device.next_chat("all six")


def test_the_place_of_a_device_that_left_is_free(limited, connect):
    devices = [connect(limited) for _ in range(3)]
    devices[2].close()
    devices.append(connect(limited))
    devices[3].send(type="chat_written", channelId=limited.channel("general"), content="three")
    for device in (devices[0], devices[1], devices[3]):
        assert device.next_chat("three")


@pytest.mark.parametrize("frame, code", [
    (b"\x82\x81\x00\x00\x00\x00x", 1003), (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
    (b"\x81\x01x", 1002), (b"\x83\x80\x00\x00\x00\x00", 1002)],
    ids=["binary", "not UTF-8", "unmasked", "unknown opcode"])
def test_what_breaks_the_protocol_is_named_by_its_code(alice, connect, frame, code):
    socket = connect(alice)
    socket.connection.socket.sendall(frame)
    assert socket.close_code() == code


def test_a_shutdown_is_1001(limited, connect):
    socket = connect(limited)
    limited.server.terminate()
    assert socket.close_code() == 1001


def test_a_revoked_token_is_4001(limited, connect):
    socket = connect(limited)
    limited.post(f"/api/users/{limited.id}/revoke-tokens")
    assert socket.close_code() == 4001
