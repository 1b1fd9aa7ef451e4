"""The web client: what members do with it, two people at two browsers."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import (
    People, by_each_scheme, chat, contents, dialog, expect_contents, field, leave_dialog, log_in,
    react, say, use, wheel_until)
from support.rest import MEMBER_PASSWORD, Member

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63606060000000040001f61738550000000049454e44ae426082")

server = by_each_scheme()


@pytest.fixture(scope="module")
def pair(chromium, site, alice, bob):
    """Alice's page and Bob's, for all tests."""
    people = People(chromium)
    yield [people.join(site, member) for member in (alice, bob)]
    people.close()


@pytest.fixture
def two(pair, site, place):
    """The two, both in a channel of the test's own."""
    for page in pair:
        page.goto(site.origin + place[2])
        expect(page.get_by_text(f"This is the beginning of {place[0]}.")).to_be_visible()
    yield pair
    assert [problem for page in pair for problem in page.problems] == []


# Coming and going

def test_a_newcomer_makes_an_account_and_stays_logged_in(people, site, unique):
    page = people.visit(site)
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_label("Password", exact=True).fill(MEMBER_PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    expect(field(page, "#general")).to_be_focused()
    page.reload()
    expect(page.locator(".own")).to_contain_text(unique)


def test_who_logs_out_is_out_in_every_tab_and_leaves_nothing_behind(people, site, alice):
    page = people.visit(site)
    log_in(page, "alice", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.I))
    log_in(page, "alice")
    expect(page.locator(".own")).to_contain_text("alice")
    other = people.open(page.context, site.origin)
    expect(other.locator(".own")).to_contain_text("alice")
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_role("button", name="Log out here").click()
    for tab in (page, other):
        expect(tab.get_by_role("button", name="Log in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_revoked_login_leads_to_the_door_and_says_why(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    member.post(f"/api/users/{member.id}/revoke-tokens")
    expect(page.locator("#front")).to_contain_text("Your login has ended")


def test_the_token_is_in_no_address_of_the_page(people, site, alice):
    page = people.join(site, alice)
    assert alice.token not in page.url
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.reload()
    expect(page.locator(".own")).to_be_attached()
    assert requested and not any(alice.token in url for url in requested)


# Talking

def test_what_one_says_the_other_reads_at_once(two, place):
    anna, ben = two
    say(anna, place[0], "Tea at four?")
    expect(chat(ben, "Tea at four?")).to_be_visible()
    say(ben, place[0], "Yes, please")
    expect(chat(anna, "Yes, please")).to_be_visible()
    expect(anna.locator("#live")).to_contain_text("bob: Yes, please")
    expect(ben.locator("#live")).not_to_contain_text("Yes, please")


def test_shift_enter_begins_a_line_and_enter_sends(two, place):
    anna, ben = two
    box = field(anna, place[0])
    box.press_sequentially("first")
    box.press("Shift+Enter")
    box.press_sequentially("second")
    box.press("Enter")
    expect(ben.locator("li.chat .content")).to_have_text("first\nsecond")
    expect(box).to_have_value("")


def test_marks_and_links_become_so_and_nothing_else_does(two, place):
    anna, ben = two
    say(anna, place[0],
        "**bold** *italic* `co*d*e` 2 * 3 * 4 (https://a.test/x_(y)). <b>no</b> @bob")
    content = ben.locator("li.chat .content")
    expect(content).to_have_text(
        "bold italic co*d*e 2 * 3 * 4 (https://a.test/x_(y)). <b>no</b> @bob")
    assert content.locator("strong, em, code, a, .mention-self").all_inner_texts() == [
        "bold", "italic", "co*d*e", "https://a.test/x_(y)", "@bob"]
    link = content.get_by_role("link")
    assert link.get_attribute("href") == "https://a.test/x_(y)"
    assert link.get_attribute("rel") == "noopener noreferrer"
    say(anna, place[0], "5*3*2=30 **** 2**8 ***both*** **a *b* c** https://b.test/*x*y "
        "**https://c.test**")
    content = ben.locator("li.chat .content").last
    expect(content).to_have_text("5*3*2=30 **** 2**8 both a b c https://b.test/*x*y https://c.test")
    assert content.locator("strong, em, a").evaluate_all(
        "found => found.map((element) => element.tagName + ' ' + element.textContent)") == [
        "STRONG both", "EM both", "STRONG a b c", "EM b", "A https://b.test/*x*y",
        "STRONG https://c.test", "A https://c.test"]


def test_one_edits_and_deletes_ones_own(two, place):
    anna, ben = two
    say(anna, place[0], "first thoughts")
    expect(chat(ben, "first thoughts")).to_be_visible()
    expect(anna.locator("li.waiting")).to_have_count(0)
    field(anna, place[0]).press("ArrowUp")
    anna.get_by_label("Edit message").fill("second thoughts")
    anna.get_by_label("Edit message").press("Enter")
    expect(chat(ben, "second thoughts (edited)")).to_be_visible()
    seen = chat(ben, "second thoughts")
    seen.hover()
    expect(seen.get_by_role("button", name="React", exact=True)).to_be_visible()
    expect(seen.get_by_role("button", name="Delete")).to_have_count(0)
    use(anna, chat(anna, "second thoughts"), "Delete")
    dialog(anna).get_by_role("button", name="Delete").click()
    expect(ben.locator("li.chat")).to_have_count(0)


def test_reactions_are_given_counted_and_taken_back(two, place):
    anna, ben = two
    say(anna, place[0], "We won!")
    use(ben, chat(ben, "We won!"), "React")
    ben.get_by_role("button", name="🎉", exact=True).click()
    chip = anna.get_by_role("button", name="🎉 1: bob")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(ben.get_by_role("button", name="🎉 2: bob, alice")).to_have_attribute(
        "aria-pressed", "true")
    ben.get_by_role("button", name="🎉 2").click()
    expect(anna.get_by_role("button", name="🎉 1: alice")).to_be_visible()


def test_a_reaction_of_which_nothing_is_to_be_seen_is_shown_by_its_name(two, place, bob):
    anna, _ = two
    said = bob.say(place[1], "what do you say?")
    # Zero-width joiner, braille blank, Hangul filler and a variation selector, a tag.
    named = {
        "\u200d": "Invisible U+200D", "\u2800": "Invisible U+2800",
        "\u3164\ufe0f": "Invisible U+3164 U+FE0F", "\U000e0041": "Invisible U+E0041"}
    as_they_are = {text: text for text in "❤️ 1️⃣ 👩‍🚀 🇳🇴 नमस्ते".split()}
    for reaction, shown in (named | as_they_are).items():
        react(bob, said, reaction)
        chip = anna.get_by_role("button", name=f"{shown} 1: bob", exact=True)
        expect(chip).to_have_text(f"{shown} 1")
    anna.get_by_role("button", name="Invisible U+200D 1: bob", exact=True).click()
    expect(anna.get_by_role("button", name="Invisible U+200D 2: bob, alice")).to_be_visible()


def test_one_sees_who_types_until_it_is_said(two, place):
    anna, ben = two
    field(ben, place[0]).press_sequentially("I am ab")
    expect(anna.get_by_text("bob is typing…")).to_be_visible()
    expect(ben.get_by_text("is typing…")).to_have_count(0)
    field(ben, place[0]).press("Enter")
    expect(anna.get_by_text("is typing…")).to_have_count(0)


def test_a_thread_is_begun_and_followed_beside_the_channel(two, place):
    anna, ben = two
    say(anna, place[0], "The roof leaks")
    use(ben, chat(ben, "The roof leaks"), "Begin a thread")
    ben.get_by_label("Name of the thread").fill("Repairs")
    ben.get_by_role("button", name="Begin", exact=True).click()
    say(ben, "Repairs", "I call somebody")
    chip = anna.locator(".thread-chip")
    expect(chip).to_have_text("Repairs1 new")
    chip.click()
    expect(anna.get_by_role("complementary")).to_contain_text("I call somebody")
    say(anna, "Repairs", "Thank you")
    expect(ben.get_by_role("complementary")).to_contain_text("Thank you")
    expect_contents(anna, ["The roof leaks"])
    expect(chip).to_have_text("Repairs")


def test_what_is_new_is_marked_until_it_is_read(people, site, alice, bob, place, admin):
    ben = people.join(site, bob, place[2])
    anna = people.join(site, alice)
    general = anna.get_by_role("link", name="general")
    expect(general).to_have_attribute("aria-current", "page")
    row = anna.get_by_role("link", name=place[0][1:])
    say(ben, place[0], "one")
    say(ben, place[0], "two, @alice")
    expect(row.locator(".badge")).to_have_text("2 new, 1 for you")
    expect(anna).to_have_title(re.compile(r"^\(1\) #general"))
    expect(anna.locator("link[rel=icon]")).to_have_attribute("href", "icon-unread.svg")
    # It is remembered, not only seen: a page that is opened later counts the same.
    anna.reload()
    expect(row.locator(".badge")).to_have_text("2 new, 1 for you")
    row.click()
    expect(chat(anna, "two, @alice")).to_be_visible()
    expect(anna.locator("li.unread")).to_be_visible()
    expect(row.locator(".badge")).to_have_count(0)
    expect(anna).to_have_title(re.compile(f"^{place[0]}"))


# People

def test_one_sees_who_is_there(people, site, alice, unique):
    anna = people.join(site, alice)
    anna.get_by_role("button", name="Members").click()
    newcomer = Member.new(site.port, unique)
    expect(anna.locator(".person", has_text=unique)).to_contain_text("Offline")
    page = people.join(site, newcomer)
    expect(anna.locator(".person", has_text=unique)).to_contain_text("Online")
    page.close()
    expect(anna.locator(".person", has_text=unique)).to_contain_text("Offline")


def test_one_changes_how_others_see_one(people, site, bob, unique):
    member = Member.new(site.port, unique)
    anna, ben = people.join(site, member), people.join(site, bob)
    ben.get_by_role("button", name="Members").click()
    anna.get_by_role("button", name="Your profile").click()
    anna.get_by_label("Name that others see").fill(f"Nick of {unique}")
    anna.get_by_label("About you").fill("I fix roofs")
    anna.get_by_role("button", name="Save").click()
    anna.get_by_label("Status", exact=True).select_option("AWAY")
    anna.locator("input[type=file]").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": PNG})
    person = ben.locator(".person", has_text=f"Nick of {unique}")
    expect(person).to_contain_text("Away")
    expect(person.locator("img")).to_have_attribute("src", re.compile("^blob:"))
    decoded = "image => image.decode().then(() => image.naturalWidth)"
    assert person.locator("img").evaluate(decoded) == 1
    person.click()
    expect(dialog(ben)).to_contain_text("I fix roofs")


def test_one_changes_ones_password_and_goes_on(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_label("Old password").fill("not this one")
    page.get_by_label("New password").fill("a better secret")
    page.get_by_role("button", name="Change password").click()
    expect(dialog(page).get_by_role("alert")).not_to_be_empty()
    page.get_by_label("Old password").fill(MEMBER_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#toasts")).to_contain_text("Your password is changed")
    leave_dialog(page)
    say(page, "#general", f"still here, says {unique}")
    expect(chat(page, f"still here, says {unique}")).not_to_have_class(re.compile("waiting"))
    assert member.log_in(unique, "a better secret").status == 200


def test_one_removes_ones_account(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_role("button", name="Remove my account…").click()
    dialog(page, "Remove your account?").get_by_label("Password").fill(MEMBER_PASSWORD)
    page.get_by_role("button", name="Remove for good").click()
    expect(page.locator("#front")).to_contain_text("Your account is removed.")
    assert member.log_in(unique).status == 400


# The past

def test_search_finds_and_leads_to_what_was_said(people, site, alice, bob, place):
    for number in range(120):
        bob.say(place[1], f"entry {number}" + (" about the lighthouse" if number == 7 else ""))
    anna = people.join(site, alice, place[2])
    expect(chat(anna, "entry 119")).to_be_visible()
    anna.get_by_role("button", name="Search").click()
    anna.get_by_label("Search messages").fill("lighthouse -nothing")
    anna.get_by_label("Search messages").press("Enter")
    expect(anna.locator(".search [role=status]")).to_have_text("1 found.")
    anna.locator(".result").click()
    found = chat(anna, "entry 7 about the lighthouse")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    # From there one reads on to the present, without a gap.
    wheel_until(anna, 600, lambda: chat(anna, "entry 119").count())
    said = [text.split(" about")[0] for text in contents(anna)]
    assert said == [f"entry {number}" for number in range(120 - len(said), 120)]
