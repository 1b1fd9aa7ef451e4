"""Settings at their edges, and settings that change while the data stays."""

import stat

from support.process import ADMIN_PASSWORD
from support.raw import Wire
from support.rest import API, Member

LARGE = {"content_characters": 10_000, "ws_message_bytes": 65_536}
SMALL = {"content_characters": 10, "reaction_bytes": 1, "description_characters": 1}


def test_what_larger_limits_let_in_is_served_under_smaller_ones(start_server):
    server = start_server(settings=LARGE)
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    content = "😀" * 5_000
    chat = admin.post(f"/api/channels/{general}/chats", {"content": content}).ok()["id"]
    server.terminate()
    smaller = Member(
        start_server(data=server.data, settings=SMALL).port, "admin", ADMIN_PASSWORD)
    assert smaller.get(f"/api/chats/{chat}").ok()["content"] == content
    assert [each["id"] for each in smaller.get("/api/chats").ok()] == [chat]


def test_a_long_list_is_whole_with_the_largest_buffers(start_server):
    server = start_server(settings=LARGE | {"request_head_bytes": 32_768})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    for number in range(60):
        admin.post(f"/api/channels/{general}/chats", {"content": f"{number} " + "x" * 1_500}).ok()
    assert len(admin.get("/api/chats?size=200").ok()) == 60


def test_one_address_has_only_its_share_of_the_connections(start_server):
    server = start_server(settings={"connections_per_address": 5})
    held = [Wire(server.port) for _ in range(5)]
    newcomer = Wire(server.port)
    assert held[0].closes(5)
    newcomer.close()
    for wire in held:
        wire.close()
    server.wait_until_alone()
    assert API(server.port).get("/api/self").status == 401


def test_what_it_writes_is_its_owners_alone(start_server, tmp_path):
    folder = tmp_path / "made before"
    folder.mkdir(mode=0o755)
    server = start_server(data=folder)
    for path in server.data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
