"""The web client: it offers what one may do, and says beforehand what the server would refuse."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import Site, chat, everything_sent, field, say
from support.process import ADMIN_PASSWORD
from support.rest import Member


def take(admin, member, channel, *rights):
    """Takes rights in a channel from a member; without any, gives all of them back."""
    taken = {"admin": False, "values": dict.fromkeys(rights, -1)}
    users = {str(member.id): taken} if rights else {}
    admin.request("PUT", f"/api/channels/{channel}/rights", {"users": users, "roles": {}}).ok()


# Rights

def test_who_may_not_write_is_told_so_where_one_writes(people, site, admin, unique, place):
    member = Member.new(site.port, unique)
    page = people.join(site, member, place[2])
    field(page, place[0]).fill("half a thought")
    take(admin, member, place[1], "chat.send")
    expect(page.get_by_text("You may read here, but not write.")).to_be_visible()
    expect(field(page, place[0])).to_be_hidden()
    page.reload()
    expect(page.get_by_text("You may read here, but not write.")).to_be_visible()
    take(admin, member, place[1])
    expect(field(page, place[0])).to_be_visible()
    expect(field(page, place[0])).to_have_value("half a thought")
    field(page, place[0]).press("Enter")
    expect(chat(page, "half a thought")).not_to_have_class(re.compile("waiting"))


def test_what_one_may_not_do_in_a_channel_is_not_offered_there(
        people, site, admin, unique, place):
    member = Member.new(site.port, unique)
    admin.say(place[1], "look at this")
    take(admin, member, place[1], "chat.react", "thread.create")
    page = people.join(site, member, place[2])
    say(page, place[0], "mine")
    everything_sent(page)
    chat(page, "mine").hover()
    tools = page.get_by_role("toolbar", name="Message").get_by_role("button")
    expect(tools).to_have_count(2)
    expect(tools.first).to_have_accessible_name("Edit")
    expect(tools.last).to_have_accessible_name("Delete")
    chat(page, "look at this").hover()
    expect(tools).to_have_count(0)
    # What is allowed while one points there comes at once.
    take(admin, member, place[1])
    expect(chat(page, "look at this").get_by_role("button", name="React")).to_be_visible()


def test_a_member_without_rights_causes_no_refused_request(people, site, alice, place):
    page = people.join(site, alice, place[2])
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    page.reload()
    expect(field(page, place[0])).to_be_visible()
    with page.expect_response("**/rights/self"):
        page.get_by_role("link", name="general").click()
    page.get_by_role("button", name="Members").click()
    expect(page.get_by_role("complementary", name="Members")).to_be_visible()
    assert refused == []


# Limits

@pytest.fixture(scope="module")
def strict(make_server):
    """A server whose limits are its own."""
    return make_server(settings={
        "content_characters": 300, "password_bytes_min": 12, "image_bytes": 1024,
        "registration": "invite"})


def test_how_much_room_is_left_is_told_before_it_is_too_much(people, strict):
    admin = Member(strict.port, "admin", ADMIN_PASSWORD)
    page = people.join(Site(strict), admin)
    box = field(page, "#general")
    left = page.locator(".composer .left")
    box.fill("x" * 99)
    expect(left).to_be_empty()
    # Characters are counted as the server counts them: what a script sees as two is one.
    box.fill("🎉" * 250)
    expect(left).to_have_text("50 left")
    box.fill("🎉" * 301)
    expect(left).to_have_text("1 too many")
    box.press("Enter")
    expect(box).to_have_value("🎉" * 301)
    expect(page.locator("#main li.chat")).to_have_count(0)
    box.press("Backspace")
    expect(left).to_have_text("0 left")
    box.press("Enter")
    expect(chat(page, "🎉" * 300)).not_to_have_class(re.compile("waiting"))
    expect(left).to_be_empty()


def test_the_door_says_what_this_server_asks_for(people, strict, site, start_server):
    page = people.visit(Site(strict))
    page.get_by_role("button", name="Make an account").click()
    expect(page.get_by_text("At least 12 characters.")).to_be_visible()
    expect(page.get_by_label("Invite")).to_have_js_property("required", True)
    page = people.visit(site)
    page.get_by_role("button", name="Make an account").click()
    expect(page.get_by_text("At least 8 characters.")).to_be_visible()
    expect(page.get_by_label("Invite")).to_have_count(0)
    page = people.visit(Site(start_server(settings={"registration": "closed"})))
    expect(page.get_by_text("This server takes no new members now.")).to_be_visible()
    expect(page.get_by_role("button", name="Make an account")).to_have_count(0)
