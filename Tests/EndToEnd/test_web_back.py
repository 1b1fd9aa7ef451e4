"""The web client and the browser's Back: it leaves what lies on top, and nothing else."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import chat, dialog, field, leave_dialog, use, wait_until

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def phone(people, site, alice, place):
    """Alice's page at a phone, in a channel of the test's own."""
    page = people.join(
        site, alice, place[2], viewport=PHONE, has_touch=True, is_mobile=True)
    expect(field(page, place[0])).to_be_visible()
    return page


def test_it_closes_the_uppermost_dialog_alone(phone, place):
    phone.get_by_role("button", name="Channels").click()
    phone.get_by_role("button", name="Your profile").click()
    phone.get_by_role("tab", name="Account").click()
    phone.get_by_role("button", name="Remove my account…").click()
    expect(dialog(phone, "Remove your account?")).to_be_visible()
    phone.go_back()
    expect(dialog(phone, "Remove your account?")).to_have_count(0)
    expect(dialog(phone, "Settings")).to_be_visible()
    phone.go_back()
    expect(dialog(phone)).to_have_count(0)
    expect(phone.get_by_role("link", name=place[0][1:])).to_be_visible()
    phone.go_back()
    expect(field(phone, place[0])).to_be_visible()


@pytest.mark.parametrize("closing", ["Escape", "the cross", "a choice"])
def test_a_dialog_that_was_closed_otherwise_costs_no_step_back(
        phone, site, place, alice, closing):
    alice.say(place[1], "react to this")
    phone.goto(site.origin + "/#")
    phone.get_by_role("link", name=place[0][1:]).click()
    chat(phone, "react to this").tap()
    phone.get_by_role("button", name="React", exact=True).tap()
    expect(dialog(phone, "React")).to_be_visible()
    if closing == "Escape":
        phone.keyboard.press("Escape")
    elif closing == "the cross":
        dialog(phone).get_by_role("button", name="Close").click()
    else:
        phone.get_by_role("button", name="👍", exact=True).click()
    expect(dialog(phone)).to_have_count(0)
    # The page's own step back takes the browser a moment.
    wait_until(phone, lambda: not phone.evaluate("history.state?.layer"), "the step back")
    phone.go_back()
    expect(phone.get_by_role("link", name=place[0][1:])).to_be_visible()


def test_where_a_dialog_leads_one_comes_back_from(people, site, alice, place):
    alice.say(place[1], "the roof")
    page = people.join(site, alice, place[2])
    use(page, chat(page, "the roof"), "Begin a thread")
    page.get_by_label("Name of the thread").fill("Repairs")
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(field(page, "Repairs")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"#c{place[1]}/t\d+$"))
    page.go_back()
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"#c{place[1]}$"))


def test_one_dialog_that_follows_another_stays(people, site, admin, bob, place):
    bob.say(place[1], "hello")
    page = people.join(site, admin, place[2])
    page.locator("#main .author", has_text="bob").click()
    first = page.evaluate("history.state.layer")
    dialog(page).get_by_role("button", name="Roles and rights").click()
    expect(dialog(page, "What bob may do")).to_be_visible()
    # The entry of the first has gone from the history, and that of the second has come.
    wait_until(
        page, lambda: page.evaluate("history.state?.layer > " + str(first)), "the second's entry")
    page.wait_for_timeout(300)
    expect(dialog(page, "What bob may do")).to_be_visible()
    page.go_back()
    expect(dialog(page)).to_have_count(0)
    expect(field(page, place[0])).to_be_visible()


def test_a_dialog_outlasts_that_others_remove_the_channel_below_it(
        people, site, admin, alice, place):
    page = people.join(site, alice, place[2])
    page.get_by_role("button", name="Your profile").click()
    page.get_by_label("About you").fill("half a line")
    assert admin.request("DELETE", f"/api/channels/{place[1]}").status == 200
    expect(dialog(page).locator("#toasts")).to_contain_text("not there any more")
    expect(page.get_by_label("About you")).to_have_value("half a line")
    leave_dialog(page)
    expect(field(page, "#general")).to_be_visible()
    page.wait_for_timeout(2_500)
    expect(page.get_by_text("There is no such channel here")).to_have_count(0)


def test_under_a_finger_the_tools_hide_no_message_and_the_tap_hits_none(phone, place, alice):
    for number in range(3):
        alice.say(place[1], f"message {number} " + "that goes on to the very end of its line " * 2)
    expect(chat(phone, "message 2")).to_be_visible()
    chat(phone, "message 1").tap()
    tools = phone.get_by_role("toolbar", name="Message")
    expect(tools).to_be_visible()
    expect(dialog(phone)).to_have_count(0)
    covered = """([x, y, width, height]) => [...document.querySelectorAll("li.chat .content")]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.left < x + width && box.right > x && box.top < y + height && box.bottom > y;
      }).map((element) => element.textContent)"""
    box = tools.bounding_box()
    assert phone.evaluate(
        covered, [box["x"], box["y"], box["width"], box["height"]]) == []
    tools.get_by_role("button", name="Edit").tap()
    expect(phone.get_by_label("Edit message")).to_have_value(re.compile("message 1"))
