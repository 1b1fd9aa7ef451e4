"""The web client open more than once: tabs agree, and too many of them are told so."""

from playwright.sync_api import expect
from support.browser import (
    HeldAnswers, Site, by_each_scheme, chat, everything_sent, field, log_in, over_http_alone, say)
from support.rest import Member
from support.websocket import Client

server = by_each_scheme()


def test_two_tabs_agree(people, site, alice, bob, place):
    first = people.join(site, alice, place[2])
    second = people.open(first.context, site.origin + place[2])
    expect(field(second, place[0])).to_be_attached()
    say(first, place[0], "from the first")
    expect(chat(second, "from the first")).to_be_visible()
    say(second, place[0], "from the second")
    for tab in (first, second):
        expect(tab.locator("li.chat")).to_have_count(2)
        everything_sent(tab)
    # What one of them has read is read in the other.
    general = alice.channel("general")
    second.goto(site.origin + f"/#c{general}")
    first.bring_to_front()
    row = second.get_by_role("link", name=place[0][1:])
    bob.say(place[1], "is this new?")
    expect(chat(first, "is this new?")).to_be_visible()
    # Whoever has heard of this one has heard of that one too.
    bob.say(general, "and this?")
    expect(chat(second, "and this?")).to_be_visible()
    expect(row.locator(".badge")).to_have_count(0)


@over_http_alone
def test_a_tab_follows_another_that_logs_out_but_not_one_that_renews_the_login(
        people, site, alice, place):
    first = people.join(site, alice, place[2])
    second = people.open(first.context, site.origin + place[2])
    first.evaluate("window.isSamePage = true")
    renewed = alice.get("/api/tokens/recycle").ok()["token"]
    second.evaluate(
        "token => localStorage.setItem('concord.session', JSON.stringify({token, since: 1e15}))",
        renewed)
    say(first, place[0], "still here")
    expect(chat(second, "still here")).to_be_visible()
    assert first.evaluate("window.isSamePage")
    second.evaluate("localStorage.removeItem('concord.session')")
    expect(first.locator("#front")).to_contain_text("Log in")


def test_one_connection_too_many_ends_one_and_says_so(people, start_server):
    server = start_server(settings={"connections_per_user": 2})
    anna = Member.new(server.port, "anna")
    page = people.join(Site(server), anna)
    expect(page.locator("#banner")).to_be_hidden()
    with Client(server.port, anna.token), Client(server.port, anna.token):
        expect(page.locator("#banner")).to_contain_text("open in too many places")
    page.get_by_role("button", name="Connect here").click()
    expect(page.locator("#banner")).to_be_hidden()


def test_one_that_ends_while_everything_is_read_says_so_too(people, start_server):
    server = start_server(settings={"connections_per_user": 2})
    anna = Member.new(server.port, "anna")
    page = people.visit(Site(server), service_workers="block")
    held = HeldAnswers(page, "**/api/channels")
    log_in(page, "anna")
    held.wait()
    with Client(server.port, anna.token), Client(server.port, anna.token):
        expect(page.locator("#banner")).to_contain_text("open in too many places")
    held.release()
    expect(field(page, "#general")).to_be_visible()
    page.get_by_role("button", name="Connect here").click()
    expect(page.locator("#banner")).to_be_hidden()
