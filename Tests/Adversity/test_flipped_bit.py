"""A bit of the write-ahead log that a card has flipped: what is lost with it must be said."""

import shutil
import subprocess

from support.process import ADMIN_PASSWORD, BINARY, environment
from support.rest import Member

CHATS = 200
FRAME, HEADER = 2048 + 24, 32


def doctor(data):
    return subprocess.run([BINARY, "doctor", "--data", data], capture_output=True, text=True,
                          env=environment(), check=False).stdout


def cut_off(start_server, data):
    """The data of a server that was killed behind so many chats, its log as it stood."""
    server = start_server(data=data)
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    channel = admin.channel("general")
    for number in range(CHATS):
        admin.say(channel, f"chat {number}")
    server.kill()
    return channel


def kept_chats(server, channel):
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    return len(admin.get(f"/api/chats?channelId={channel}&size=200").ok())


def test_what_is_lost_is_said_and_the_damaged_file_kept(start_server, tmp_path):
    data = tmp_path / "data"
    channel = cut_off(start_server, data)
    log = data / "concord.db-wal"
    content = bytearray(log.read_bytes())
    frames = [at for at in range(HEADER, len(content) - FRAME, FRAME)
              if content[at + 8:at + 16] == content[16:24]]
    content[frames[len(frames) // 3] + 1_000] ^= 4
    log.write_bytes(content)
    assert "log is damaged" in doctor(shutil.copytree(
        data, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock")))

    server = start_server(data=data)
    server.wait_for_log("the database's log is damaged: the last .* is kept as ")
    (kept,) = data.glob("concord.db-wal.damaged-*")
    assert kept.read_bytes() == bytes(content) and kept.stat().st_mode & 0o077 == 0
    assert kept_chats(server, channel) < CHATS


def test_a_log_torn_at_its_end_is_no_damage(start_server, tmp_path):
    data = tmp_path / "data"
    channel = cut_off(start_server, data)
    log = data / "concord.db-wal"
    content = log.read_bytes()
    frames = [at for at in range(HEADER, len(content) - FRAME, FRAME)
              if content[at + 8:at + 16] == content[16:24]]
    with open(log, "r+b") as file:
        file.truncate(frames[-1] + 100)
    server = start_server(data=data)
    assert "damaged" not in server.log
    assert not list(data.glob("*.damaged-*"))
    assert kept_chats(server, channel) in (CHATS - 1, CHATS)
