"""The web client: a notification leads to the message that it is about."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import chat, wait_until

# As desktops are; the notification shown last is kept.
AS_AT_A_DESK = """() => {
  localStorage.setItem("concord.notify", "true");
  window.Notification = class {
    static permission = "granted";
    constructor() { window.shown = this; }
    close() {}
  };
}"""

# As phones are: a page may not show notifications, its service worker may.
AS_ON_A_PHONE = """() => {
  localStorage.setItem("concord.notify", "true");
  window.Notification = class {
    static permission = "granted";
    constructor() { throw new TypeError("Illegal constructor"); }
  };
}"""

# A tap, as the worker hears of it. What a script makes up may keep no worker awake and open no
# window: the two are done in its place.
TAP = """async (title) => {
  const [notification] = (await registration.getNotifications())
    .filter((shown) => shown.title === title);
  if (!notification) return null;
  const event = new NotificationEvent("notificationclick", { notification });
  const opened = [];
  clients.openWindow = async (address) => { opened.push(address); };
  let done;
  event.waitUntil = (promise) => { done = promise; };
  dispatchEvent(event);
  await done.catch((error) => { if (error.name !== "InvalidAccessError") throw error; });
  return opened;
}"""


SHOWN = """(title) => navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((shown) => shown.some((notification) => notification.title === title))"""


@pytest.fixture
def phone(people, site, alice):
    page = people.join(site, alice, permissions=["notifications"])
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.evaluate(AS_ON_A_PHONE)
    return page


def tapped(page, title):
    """Taps the notification of that title; @returns the addresses that were opened anew."""
    context = page.context
    wait_until(page, lambda: context.service_workers, "a service worker")
    found = []

    def tap():
        found[:] = [context.service_workers[0].evaluate(TAP, title)]
        return found != [None]
    wait_until(page, tap, f"a notification that says {title}")
    return found[0]


def mention_among_others(bob, channel, **place):
    """A mention with a screenful and more behind it."""
    said = bob.say(channel, "dear @alice, look", **place)
    for number in range(40):
        bob.say(channel, f"and {number}", **place)
    return said


def expect_shown(page):
    expect(chat(page, "dear @alice, look")).to_be_in_viewport()
    expect(chat(page, "dear @alice, look")).to_be_focused()


def test_a_tap_leads_the_open_page_to_the_message(phone, bob, place):
    mention_among_others(bob, place[1])
    assert tapped(phone, f"bob in {place[0]}") == []
    expect_shown(phone)
    # The address is that of the channel: Back and reload do not lead there again.
    expect(phone).to_have_url(re.compile(f"{re.escape(place[2])}$"))


def test_a_click_leads_to_the_message(people, site, alice, bob, place):
    page = people.join(site, alice)
    page.evaluate(AS_AT_A_DESK)
    mention_among_others(bob, place[1])
    wait_until(page, lambda: page.evaluate("window.shown !== undefined"), "a notification")
    page.evaluate("window.shown.onclick()")
    expect_shown(page)


def test_a_tap_leads_into_a_thread(phone, bob, place):
    root = bob.say(place[1], "root")
    thread = bob.post(f"/api/chats/{root['id']}/thread", {"name": "Side"}).ok()["id"]
    mention_among_others(bob, place[1], threadId=thread)
    assert tapped(phone, f"bob in {place[0]}") == []
    expect_shown(phone)
    expect(phone).to_have_url(re.compile(f"{re.escape(place[2])}/t{thread}$"))


def test_a_tap_opens_the_page_at_the_message_where_none_is_open(people, site, phone, bob, place):
    said = mention_among_others(bob, place[1])
    context = phone.context
    # A page that is left before it is shown shows none.
    wait_until(phone, lambda: phone.evaluate(SHOWN, f"bob in {place[0]}"), "a notification")
    # Another page of the server is none that could lead there.
    phone.goto(f"{site.origin}/api/openapi.json")
    opened = tapped(phone, f"bob in {place[0]}")
    assert opened == [f"{place[2]}/m{said['id']}"]
    page = people.open(context, site.origin + opened[0])
    expect_shown(page)
    expect(page).to_have_url(re.compile(f"{re.escape(place[2])}$"))
