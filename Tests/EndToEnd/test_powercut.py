"""Power cuts: a copy of the disk as it is at one moment holds all that anybody saw by then.

The data folder lies on an ext4 image that is never written back by itself (commit=600): what
the server did not sync is not in the image. `kill -9` alone cannot show that.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import closing, contextmanager

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.traffic import Traffic, assert_kept, stored_chats

pytestmark = [pytest.mark.powercut, pytest.mark.slow]

CUTS = 25
IMAGE_BYTES = 256 << 20


@contextmanager
def mounted(image, folder):
    """An ext4 image, mounted; skips the test where that is impossible."""
    folder.mkdir(exist_ok=True)
    mount = subprocess.run(["mount", "-o", "loop,commit=600", image, folder],
                           capture_output=True, text=True)
    if mount.returncode:
        pytest.skip(f"loop mounts are impossible here: {mount.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def image(tmp_path):
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip("loop mounts need root and mkfs.ext4")
    path = tmp_path / "image"
    with open(path, "wb") as file:
        file.truncate(IMAGE_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", path], check=True)
    return path


def cut(server, traffic, image):
    """Copies the disk as a power cut at this moment would leave it.

    Returns what had been seen by then, and the copy.
    """
    server.child.send_signal(signal.SIGSTOP)
    time.sleep(0.05)  # for what is on its way to the reader
    seen, left = list(traffic.seen), image.with_name("left")
    subprocess.run(["cp", "--sparse=always", image, left], check=True)
    server.child.send_signal(signal.SIGCONT)
    return seen, left


def cuts(start_server, image, number, settings):
    """Cuts the power so many times under load; yields what was seen and what was stored."""
    dice = random.Random(1)
    with mounted(image, image.with_name("disk")) as disk:
        server = start_server(data=disk / "data", settings=settings)
        member = Member(server.port, "admin", ADMIN_PASSWORD)
        general = member.channel("general")
        subprocess.run(["sync"], check=True)
        traffic = Traffic(member, general, "under load")
        try:
            for _ in range(number):
                time.sleep(dice.uniform(0.05, 0.3))
                seen, left = cut(server, traffic, image)
                with mounted(left, image.with_name("left-disk")) as copy:
                    yield seen, survivors(start_server, copy / "data", general)
        finally:
            traffic.stop()
            server.kill()


def survivors(start_server, data, channel):
    """The chats that a server finds in that data folder."""
    server = start_server(data=data)
    try:
        return stored_chats(Member(server.port, "admin", ADMIN_PASSWORD), channel)
    finally:
        server.kill()


def test_no_power_cut_takes_back_what_was_seen(start_server, image):
    most = 0
    with closing(cuts(start_server, image, CUTS, {"durability": "full"})) as outcomes:
        for seen, stored in outcomes:
            assert_kept(seen, stored)
            most = max(most, len(seen))
    assert most > CUTS


def test_this_way_of_cutting_shows_what_relaxed_durability_loses(start_server, image):
    with closing(cuts(start_server, image, 5, {"durability": "relaxed"})) as outcomes:
        assert any(len(stored) < len(seen) for seen, stored in outcomes)
