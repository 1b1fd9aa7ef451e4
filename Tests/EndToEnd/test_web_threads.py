"""The web client: the list of threads tells where something goes on, and what is new."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def threads(alice, place):
    """Three threads of the channel, in the order in which they were begun: name → id."""
    made = {}
    for name in ("Roof", "Cellar", "Garden"):
        root = alice.say(place[1], f"about the {name}")
        made[name] = alice.post(f"/api/chats/{root['id']}/thread", {"name": name}).ok()["id"]
    return made


def open_threads(page):
    """Opens the list; @returns its entries."""
    page.locator("#head [data-key=threads]").click()
    return page.locator(".threads .result")


def names(page):
    return page.locator(".threads strong")


def test_the_thread_that_was_written_in_last_comes_first(people, site, alice, bob, place, threads):
    bob.say(place[1], "the chimney", threadId=threads["Roof"])
    page = people.join(site, alice, place[2])
    entries = open_threads(page)
    expect(names(page)).to_have_text(["Roof", "Garden", "Cellar"])
    expect(entries.first).to_contain_text("begun by alice, last written in ")
    expect(entries.last).not_to_contain_text("last written in")
    # Also by oneself, elsewhere, while the list is open.
    said = alice.say(place[1], "the wine", threadId=threads["Cellar"])
    expect(names(page)).to_have_text(["Cellar", "Roof", "Garden"])
    # What is deleted was not said last.
    assert alice.request("DELETE", f"/api/chats/{said['id']}").status == 200
    expect(names(page)).to_have_text(["Roof", "Garden", "Cellar"])


def test_what_is_new_in_a_thread_is_marked_as_it_is_for_channels(
        people, site, alice, bob, place, threads):
    page = people.join(site, alice, place[2])
    entries = open_threads(page)
    expect(names(page)).to_have_text(["Garden", "Cellar", "Roof"])
    bob.say(place[1], "the chimney", threadId=threads["Roof"])
    bob.say(place[1], "the wine, @alice", threadId=threads["Cellar"])
    bob.say(place[1], "and the cheese", threadId=threads["Cellar"])
    badges = page.locator(".threads .badge")
    expect(badges).to_have_text(["2 new, 1 for you", "1 new"])
    expect(badges.first).to_have_class(re.compile("mention-badge"))
    expect(entries.filter(has_text="Cellar")).to_have_class("result new")
    expect(entries.filter(has_text="Garden")).to_have_class("result")
    # It is remembered, and goes when it is read.
    page.reload()
    open_threads(page)
    expect(badges).to_have_text(["2 new, 1 for you", "1 new"])
    expect(names(page)).to_have_text(["Cellar", "Roof", "Garden"])
    entries.first.click()
    expect(page.get_by_role("complementary", name="Cellar")).to_contain_text("and the cheese")
    open_threads(page)
    expect(badges).to_have_text(["1 new"])
    expect(names(page)).to_have_text(["Cellar", "Roof", "Garden"])
