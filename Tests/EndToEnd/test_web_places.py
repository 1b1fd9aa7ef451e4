"""The web client: an address that leads nowhere is told, and keeps nobody from going on."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import chat, drawn, field

NO_CHANNEL = "There is no such channel here, or none that you may see."
NO_THREAD = "There is no such thread here."

BEYOND = 10**15


def follow(page, fragment):
    """Follows a link within the page."""
    page.evaluate("fragment => { location.hash = fragment }", fragment)


@pytest.fixture
def page(people, site, alice, place):
    page = people.join(site, alice, place[2])
    expect(field(page, place[0])).to_be_visible()
    return page


@pytest.mark.parametrize(
    "fragment", [f"#c{BEYOND}", f"#c{10**20}", f"#c{BEYOND}/t1", f"#c{BEYOND}/m1"])
def test_a_link_to_no_channel_is_told_once(page, place, fragment):
    follow(page, fragment)
    expect(page.locator("#toasts p")).to_have_text([NO_CHANNEL])
    expect(field(page, "#general")).to_be_visible()
    # Back is where one was.
    expect(page).to_have_url(re.compile("/#$"))
    page.go_back()
    expect(field(page, place[0])).to_be_visible()
    expect(page.locator("#toasts p")).to_have_text([NO_CHANNEL])


def test_a_channel_that_one_may_not_see_is_told_as_none(page, admin, alice, unique):
    hidden = admin.post("/api/channels", {"name": f"{unique}-hidden"}).ok()["id"]
    row = page.get_by_role("link", name=f"{unique}-hidden")
    expect(row).to_be_visible()
    taken = {"users": {str(alice.id): {"admin": False, "values": {"channel.view": -1}}}}
    admin.request("PUT", f"/api/channels/{hidden}/rights", taken | {"roles": {}}).ok()
    # As long as the page takes it to be there, it is one that goes, not one that is not there.
    expect(row).to_have_count(0)
    follow(page, f"#c{hidden}")
    expect(page.locator("#toasts p")).to_have_text([NO_CHANNEL])


def test_back_to_a_channel_that_went_meanwhile_is_told(page, admin, place):
    page.get_by_role("link", name="general").click()
    expect(field(page, "#general")).to_be_visible()
    assert admin.request("DELETE", f"/api/channels/{place[1]}").status == 200
    expect(page.get_by_role("link", name=place[0][1:])).to_have_count(0)
    assert page.locator("#toasts p").count() == 0
    page.go_back()
    expect(page.locator("#toasts p")).to_have_text([NO_CHANNEL])
    expect(field(page, "#general")).to_be_visible()


def test_back_to_a_channel_that_went_before_ones_eyes_is_told(page, admin, place):
    row = page.get_by_role("link", name=place[0][1:])
    page.get_by_role("link", name="general").click()
    expect(field(page, "#general")).to_be_visible()
    row.click()
    expect(field(page, place[0])).to_be_visible()
    assert admin.request("DELETE", f"/api/channels/{place[1]}").status == 200
    gone = "The channel that you were in is not there any more."
    expect(page.locator("#toasts p")).to_have_text([gone])
    for _ in range(2):
        page.go_back()
    expect(page.locator("#toasts p").last).to_have_text(NO_CHANNEL)
    expect(field(page, "#general")).to_be_visible()


def test_a_link_to_no_thread_is_told_and_back_leads_on(page, place, alice):
    root = alice.say(place[1], "root")
    thread = alice.post(f"/api/chats/{root['id']}/thread", {"name": "Side"}).ok()["id"]
    follow(page, f"#c{place[1]}/t{thread}")
    expect(field(page, "Side")).to_be_visible()
    follow(page, f"#c{place[1]}/t{BEYOND}")
    expect(page.locator("#toasts p")).to_have_text([NO_THREAD])
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(field(page, place[0])).to_be_visible()
    page.go_back()
    expect(field(page, "Side")).to_be_visible()


def test_a_link_to_a_message_that_was_deleted_leads_to_its_channel_and_is_told(
        page, admin, alice, unique):
    other = admin.post("/api/channels", {"name": f"{unique}-other"}).ok()["id"]
    said = alice.say(other, "thought better of it")["id"]
    alice.say(other, "what stayed")
    assert alice.request("DELETE", f"/api/chats/{said}").status == 200
    follow(page, f"#c{other}/m{said}")
    expect(page.locator("#toasts p")).to_have_text(["This message is not there any more."])
    expect(chat(page, "what stayed")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"#c{other}$"))


@pytest.fixture
def deaf(people, site, alice):
    """Alice's page, which hears nothing more of the stream and does not know that."""
    page = people.join(site, alice)
    expect(field(page, "#general")).to_be_visible()
    page.evaluate("""() => {
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function () { this.onmessage = null; };
      document.dispatchEvent(new Event("visibilitychange"));
      WebSocket.prototype.send = send;
    }""")
    return page


def test_what_the_stream_has_yet_to_tell_of_is_opened_all_the_same(deaf, admin, unique):
    made = admin.post("/api/channels", {"name": unique}).ok()["id"]
    follow(deaf, f"#c{made}")
    expect(field(deaf, f"#{unique}")).to_be_visible(timeout=4_000)


def test_what_is_found_in_what_the_stream_has_yet_to_tell_of_stays(deaf, admin, unique):
    made = [admin.post("/api/channels", {"name": f"{unique}-{name}"}).ok()["id"] for name in "ab"]
    admin.say(made[0], f"{unique}-word")
    deaf.locator("#head").get_by_role("button", name="Search").click()
    deaf.get_by_label("Search messages").fill(f'"{unique}-word"')
    deaf.get_by_label("Search messages").press("Enter")
    found = deaf.locator(".search [role=status]")
    expect(found).to_have_text("1 found.")
    # It hears of another.
    follow(deaf, f"#c{made[1]}")
    expect(field(deaf, f"#{unique}-b")).to_be_visible()
    drawn(deaf)
    expect(found).to_have_text("1 found.")


def test_a_message_in_what_the_stream_has_yet_to_tell_of_is_led_to(deaf, admin, unique):
    made = admin.post("/api/channels", {"name": unique}).ok()["id"]
    said = admin.say(made, "look at this")["id"]
    follow(deaf, f"#c{made}/m{said}")
    expect(chat(deaf, "look at this")).to_be_focused(timeout=4_000)
    expect(deaf).to_have_url(re.compile(rf"#c{made}$"))
