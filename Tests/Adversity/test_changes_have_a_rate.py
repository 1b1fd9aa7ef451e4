"""Every change of a member is paid for from one bucket, whichever way it comes."""

from support.process import ADMIN_PASSWORD
from support.rest import Member


def test_edits_reactions_profile_and_status_have_a_rate(start_server):
    server = start_server(settings={"rate_changes_per_minute": 20})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    other = Member.new(server.port, "other")
    general = admin.channel("general")
    chat = admin.say(general, "first")["id"]
    changes = [
        lambda i: admin.request("PATCH", f"/api/chats/{chat}", {"content": f"edit {i}"}),
        lambda i: admin.request("PATCH", "/api/self", {"nickname": f"name {i}"}),
        lambda i: admin.post(f"/api/channels/{general}/chats", {"content": f"chat {i}"}),
    ]
    statuses = [changes[i % len(changes)](i).status for i in range(40)]
    assert statuses.count(200) <= 21 and set(statuses) == {200, 429}
    assert other.say(general, "not held up")
