"""The web client: what a search has found stays true while it is shown."""

import pytest
from playwright.sync_api import expect
from support.browser import field


def search(page, query, found):
    """Searches, and waits for how much is found; @returns the results."""
    page.locator("#head").get_by_role("button", name="Search").click()
    page.get_by_label("Search messages").fill(query)
    page.get_by_label("Search messages").press("Enter")
    expect_found(page, found)
    return page.locator(".result")


def expect_found(page, text):
    expect(page.locator(".search [role=status]")).to_have_text(text)


@pytest.fixture
def page(people, site, alice, place):
    page = people.join(site, alice, place[2])
    expect(field(page, place[0])).to_be_visible()
    return page


def test_what_is_edited_or_deleted_meanwhile_is_so_among_the_results(page, place, bob, unique):
    said = [bob.say(place[1], f"{unique}-word number {number}")["id"] for number in range(3)]
    results = search(page, f'"{unique}-word"', "3 found.")
    bob.request("PATCH", f"/api/chats/{said[1]}", {"content": "thought better of it"}).ok()
    expect(results.locator(".content")).to_have_text(
        [f"{unique}-word number 2", "thought better of it", f"{unique}-word number 0"])
    results.nth(1).focus()
    assert bob.request("DELETE", f"/api/chats/{said[0]}").status == 200
    expect_found(page, "2 found.")
    expect(results.filter(has_text="thought better of it")).to_be_focused()
    # Whoever is at the one that goes is not lost.
    assert bob.request("DELETE", f"/api/chats/{said[1]}").status == 200
    expect(results.locator(".content")).to_have_text([f"{unique}-word number 2"])
    expect(page.get_by_label("Search messages")).to_be_focused()
    assert bob.request("DELETE", f"/api/chats/{said[2]}").status == 200
    expect_found(page, "Nothing found.")


def test_what_may_not_be_seen_any_more_goes_from_the_results(page, place, admin, alice, unique):
    other = admin.post("/api/channels", {"name": f"{unique}-other"}).ok()["id"]
    admin.say(other, f"{unique}-word over there")
    admin.say(place[1], f"{unique}-word over here")
    results = search(page, f'"{unique}-word"', "2 found.")
    taken = {"users": {str(alice.id): {"admin": False, "values": {"channel.view": -1}}}}
    admin.request("PUT", f"/api/channels/{other}/rights", taken | {"roles": {}}).ok()
    expect(results.locator(".content")).to_have_text([f"{unique}-word over here"])
    expect_found(page, "1 found.")


def test_more_goes_on_where_the_last_one_was_whatever_came_and_went(page, place, bob, unique):
    said = [bob.say(place[1], f"{unique}-word {number}")["id"] for number in range(40)]
    results = search(page, f'"{unique}-word"', "25 or more found.")
    assert bob.request("DELETE", f"/api/chats/{said[39]}").status == 200
    expect_found(page, "24 or more found.")
    for number in (40, 41):
        bob.say(place[1], f"{unique}-word {number}")
    page.get_by_role("button", name="More").click()
    expect(results.locator(".content")).to_have_text(
        [f"{unique}-word {number}" for number in range(38, -1, -1)])
    expect_found(page, "39 found.")
