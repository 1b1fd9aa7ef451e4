"""Whoever empties the data folder under a running server must hear of it before more is lost."""

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member


@pytest.mark.parametrize("removed", ["concord.db*", "concord.db-wal"])
def test_nothing_more_is_taken(start_server, removed):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    channel = admin.channel("general")
    admin.say(channel, "kept")
    for path in server.data.glob(removed):
        path.unlink()
    answer = admin.post(f"/api/channels/{channel}/chats", {"content": "lost"})
    assert answer.status == 503
    server.wait_for_log("removed from the data folder while in use")
    assert [chat["content"] for chat in admin.get(f"/api/channels/{channel}/chats/latest").ok()] == [
        "kept"]
    assert server.terminate() == 0
