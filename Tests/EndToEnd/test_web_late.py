"""The web client: an answer that comes late undoes nothing of what was told since."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import (
    Held, HeldAnswers, chat, dialog, drawn, expect_contents, field, log_in, react, say, wait_until)
from support.rest import MEMBER_PASSWORD, Member

WAITING = re.compile("waiting")


@pytest.fixture
def page(people, site, alice, place):
    page = people.join(site, alice, place[2], service_workers="block")
    expect(field(page, place[0])).to_be_visible()
    return page


def let_come(page, held, pattern):
    """Has the oldest answer come; what it leads to is on the screen then."""
    with page.expect_response(pattern):
        held.waiting.pop(0)()
    drawn(page)


def expect_to_stay(shown, page, held, pattern):
    """What is shown is so, and still is when the oldest answer has come."""
    expect(shown).to_be_visible()
    let_come(page, held, pattern)
    expect(shown).to_be_visible()


def person_renamed(page, member):
    """Chooses another name; @returns who has it on the page."""
    nickname = f"Nick of {member.username}"
    member.request("PATCH", "/api/self", {"nickname": nickname}).ok()
    return page.locator(".person", has_text=nickname)


def test_of_a_message_that_others_have_reacted_to_or_deleted(page, place, admin, alice, bob):
    held = HeldAnswers(page, "**/chats")
    say(page, place[0], "one")
    expect(chat(page, "one")).not_to_have_class(WAITING)
    react(bob, alice.get(f"/api/channels/{place[1]}/chats/latest").ok()[0], "👍")
    chip = page.get_by_role("button", name="👍 1: bob")
    expect(chip).to_be_visible()
    say(page, place[0], "two")
    held.release()
    # It is sent when the answer of the one before it is there.
    expect(chat(page, "two")).not_to_have_class(WAITING)
    drawn(page)
    expect(chip).to_be_visible()
    said = alice.get(f"/api/channels/{place[1]}/chats/latest").ok()[0]
    assert admin.request("DELETE", f"/api/chats/{said['id']}").status == 200
    expect(chat(page, "two")).to_have_count(0)
    say(page, place[0], "three")
    held.release()
    expect(chat(page, "three")).not_to_have_class(WAITING)
    expect_contents(page, ["one", "three"])


def test_of_a_newcomer_who_has_chosen_a_name_since(page, site, unique):
    page.get_by_role("button", name="Members").click()
    held = HeldAnswers(page, "**/api/users/*")
    newcomer = Member.new(site.port, unique)
    held.wait()
    expect_to_stay(person_renamed(page, newcomer), page, held, "**/api/users/*")


def test_of_all_members_of_whom_one_has_chosen_a_name_since(page, site, unique):
    member = Member.new(site.port, unique)
    page.get_by_role("button", name="Members").click()
    expect(page.locator(".person", has_text=unique)).to_be_visible()
    # Who is there is read again whenever the connection is back.
    held = HeldAnswers(page, "**/api/users")
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("No connection")
    page.context.set_offline(False)
    held.wait()
    expect_to_stay(person_renamed(page, member), page, held, "**/api/users")


def test_of_what_is_new_where_the_channel_that_is_shown_has_gone_since(
        people, site, admin, alice, place):
    page = people.open(people.context(service_workers="block"), site.origin + place[2])
    held = HeldAnswers(page, re.compile(r"/api/chats\?size=1$"))
    log_in(page, alice.username)
    held.wait()
    expect(field(page, place[0])).to_be_visible()
    assert admin.request("DELETE", f"/api/channels/{place[1]}").status == 200
    held.release()
    gone = "The channel that you were in is not there any more."
    expect(page.locator("#toasts p")).to_have_text([gone])


def test_of_what_was_asked_before_ones_account_was_removed(people, site, place, unique):
    page = people.join(site, Member.new(site.port, unique), service_workers="block")
    threads = Held(page, "**/threads")
    page.get_by_role("link", name=place[0][1:]).click()
    threads.wait()
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_role("button", name="Remove my account…").click()
    removal = dialog(page, "Remove your account?")
    removal.get_by_label("Password").fill(MEMBER_PASSWORD)
    removed = HeldAnswers(page, "**/api/self")
    removal.get_by_role("button", name="Remove for good").click()
    removed.wait()
    with page.expect_response("**/threads") as refusal:
        threads.release()
    assert refusal.value.status == 401
    drawn(page)
    removed.release()
    expect(page.locator("#front")).to_contain_text("Your account is removed.")


def give(admin, member, channel, **values):
    """Gives rights of these values in a channel: `chat_send` is for chat.send."""
    values = {name.replace("_", "."): value for name, value in values.items()}
    given = {str(member.id): {"admin": False, "values": values}}
    admin.request("PUT", f"/api/channels/{channel}/rights", {"users": given, "roles": {}}).ok()


def two_of(page, held, causes):
    """Does two things, each of which makes the page ask; the answer to the second comes first."""
    for number, cause in enumerate(causes, 1):
        cause()
        wait_until(page, lambda: len(held.waiting) == number, "what it asks then")
    held.waiting.pop()()


def test_of_all_channels_of_which_one_has_been_hidden_since(page, admin, alice, unique):
    hidden = admin.post("/api/channels", {"name": f"{unique}-hidden"}).ok()["id"]
    row = page.get_by_role("link", name=f"{unique}-hidden")
    expect(row).to_be_visible()
    held = HeldAnswers(page, "**/api/channels")
    two_of(page, held, [
        lambda: give(admin, alice, hidden, chat_react=-1),
        lambda: give(admin, alice, hidden, channel_view=-1)])
    expect(row).to_have_count(0)
    # Rights are read last.
    let_come(page, held, "**/api/roles")
    expect(row).to_have_count(0)


def test_of_rights_of_which_one_has_been_taken_since(page, admin, alice, place):
    held = HeldAnswers(page, "**/rights/self")
    two_of(page, held, [
        lambda: give(admin, alice, place[1], chat_react=-1),
        lambda: give(admin, alice, place[1], chat_send=-1)])
    refusal = page.get_by_text("You may read here, but not write.")
    expect_to_stay(refusal, page, held, "**/rights/self")
