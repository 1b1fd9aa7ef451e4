"""The web client: what others do, and what covers the screen, takes nothing from anybody."""

import re
import time

import pytest
from playwright.sync_api import expect
from support.browser import (
    Held, People, Site, chat, dialog, drawn, field, leave_dialog, log_in, react, use, wait_until)
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.websocket import Client

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def general(alice):
    return alice.channel("general")


@pytest.fixture(scope="module")
def desktop(chromium, site, alice):
    """Alice's page, for all tests."""
    people = People(chromium)
    yield people.join(site, alice)
    people.close()


@pytest.fixture
def page(desktop, site, place):
    """Alice's page, in a channel of the test's own."""
    desktop.goto(site.origin + place[2])
    expect(desktop.get_by_text(f"This is the beginning of {place[0]}.")).to_be_visible()
    yield desktop
    assert desktop.problems == []


@pytest.fixture(scope="module")
def handset(chromium, site, alice):
    """Alice's page at a phone, for all tests."""
    people = People(chromium)
    yield people.join(site, alice, viewport=PHONE)
    people.close()


@pytest.fixture
def phone(handset):
    yield handset
    assert handset.problems == []


def row(page, name):
    return page.locator("#sidebar .channel", has_text=name)


def press(page, element):
    """Presses the mouse on an element, and holds it."""
    element.hover()
    page.mouse.down()


def at_rest(page, expression):
    """The value of an expression when it has been the same for a while: it scrolls no more."""
    values = []

    def is_same():
        values.append(page.evaluate(expression))
        return len(values) > 15 and values[-15:] == [values[-1]] * 15
    wait_until(page, is_same, f"rest of {expression}")
    return values[-1]


# What others do

def test_a_click_counts_whatever_comes_while_the_button_is_down(page, place, bob, admin, unique):
    other = admin.post("/api/channels", {"name": f"{unique}-other"}).ok()["id"]
    badge = row(page, f"{unique}-other").locator(".badge")
    press(page, row(page, f"{unique}-other"))
    bob.say(other, "one")
    expect(badge).to_have_text("1 new")
    page.mouse.up()
    expect(field(page, f"#{unique}-other")).to_be_focused()
    thread = admin.post(f"/api/chats/{bob.say(other, 'root')['id']}/thread", {"name": "T"}).ok()
    press(page, page.locator("#head [data-key=people]"))
    bob.say(other, "in it", threadId=thread["id"])
    expect(page.get_by_role("button", name="Threads, 1 new")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_role("complementary")).to_contain_text("Members")
    page.get_by_role("button", name="Close").click()


def test_focus_and_selection_outlast_what_others_do(page, place, alice, bob):
    said = alice.say(place[1], "select me, please")
    message = chat(page, "select me")
    message.hover()
    expect(message.get_by_role("button", name="React")).to_be_visible()
    message.get_by_role("button", name="React").focus()
    react(bob, said, "👍")
    expect(page.get_by_role("button", name="👍 1: bob")).to_be_visible()
    expect(message.get_by_role("button", name="React")).to_be_focused()
    page.evaluate("""() => getSelection().selectAllChildren(
      document.querySelector("#main li.chat .content"))""")
    react(bob, said, "🎉")
    expect(page.get_by_role("button", name="🎉 1: bob")).to_be_visible()
    assert page.evaluate("String(getSelection())") == "select me, please"
    # One that goes hands the focus to its neighbour.
    alice.say(place[1], "the next one")
    expect(chat(page, "the next one")).to_be_visible()
    use(page, message, "Delete")
    dialog(page).get_by_role("button", name="Delete").click()
    expect(chat(page, "the next one")).to_be_focused()


def test_who_comes_to_a_message_that_is_about_to_be_drawn_anew_has_its_tools(page, place, alice, bob):
    said = alice.say(place[1], "come to me")
    expect(chat(page, "come to me")).to_be_visible()
    # The next frame is a long time coming.
    page.evaluate("() => { window.asked = requestAnimationFrame; requestAnimationFrame = () => 0; }")
    alice.post(f"/api/chats/{said['id']}/thread", {"name": "Side"}).ok()
    bob.say(place[1], "what comes after the thread")
    expect(page.locator("#live")).to_contain_text("what comes after the thread")
    chat(page, "come to me").focus()
    page.evaluate("() => { requestAnimationFrame = window.asked; }")
    expect(page.locator("#main .tools").get_by_role("button", name="React")).to_be_visible()


def test_what_is_half_edited_stays_whatever_comes(page, place, alice, bob):
    alice.say(place[1], "to be edited")
    expect(chat(page, "to be edited")).to_be_visible()
    field(page, place[0]).press("ArrowUp")
    page.get_by_label("Edit message").fill("half of a")
    with Client(bob.port, bob.token) as client:
        for number in range(170):
            client.send(type="chat_written", channelId=place[1], content=f"burst {number}")
        client.next_chat("burst 169")
    expect(chat(page, "burst 169")).to_be_visible()
    expect(page.get_by_label("Edit message")).to_be_focused()
    page.keyboard.type(" thought")
    page.keyboard.press("Enter")
    expect(field(page, place[0])).to_be_focused()
    found = alice.get(f"/api/chats?channelId={place[1]}&query=half").ok()
    assert [chat_["content"] for chat_ in found] == ["half of a thought"]


def test_who_comes_back_sees_where_the_new_begins(page, people, place, bob):
    bob.say(place[1], "before")
    expect(chat(page, "before")).to_be_visible()
    page.evaluate("document.hasFocus = () => false")
    bob.say(place[1], "meanwhile")
    expect(chat(page, "meanwhile")).to_be_visible()
    badge = row(page, place[0][1:]).locator(".badge")
    expect(badge).to_have_text("1 new")
    page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    expect(page.locator("#main li.unread + li")).to_contain_text("meanwhile")
    expect(badge).to_have_count(0)


def test_a_half_edited_message_that_is_deleted_leaves_its_text(page, place, alice, admin):
    said = alice.say(place[1], "to be edited")
    expect(chat(page, "to be edited")).to_be_visible()
    field(page, place[0]).press("ArrowUp")
    page.get_by_label("Edit message").fill("half of a thought")
    assert admin.request("DELETE", f"/api/chats/{said['id']}").status == 200
    expect(page.locator("#main li.chat")).to_have_count(0)
    expect(field(page, place[0])).to_have_value("half of a thought")
    expect(page.locator("#toasts")).to_contain_text("The message is deleted")
    field(page, place[0]).fill("")


def test_what_was_deleted_is_not_new_any_more(page, place, bob, admin, unique):
    other = admin.post("/api/channels", {"name": f"{unique}-other"}).ok()["id"]
    said = [bob.say(other, text)["id"] for text in ("one", "two, @alice")]
    badge = row(page, f"{unique}-other").locator(".badge")
    expect(badge).to_have_text("2 new, 1 for you")
    assert bob.request("DELETE", f"/api/chats/{said[1]}").status == 200
    expect(badge).to_have_text("1 new")
    assert bob.request("DELETE", f"/api/chats/{said[0]}").status == 200
    expect(badge).to_have_count(0)


def test_what_one_reads_stays_when_everything_is_read_afresh(
        people, site, place, admin, bob, unique):
    other = admin.post("/api/channels", {"name": f"{unique}-other"}).ok()["id"]
    with Client(bob.port, bob.token) as client:
        for number in range(250):
            content = f"line {number}" + " and on" * (number % 40)
            client.send(type="chat_written", channelId=place[1], content=content)
        client.next_chat(content)
    member = Member.new(site.port, unique)
    page = people.join(site, member, place[2], service_workers="block")
    expect(chat(page, "line 249")).to_be_visible()
    page.locator("#main .scroller").hover()
    for _ in range(6):
        page.mouse.wheel(0, -900)
        page.wait_for_timeout(150)
    seen = """() => {
      const { top } = document.querySelector("#main .scroller").getBoundingClientRect();
      const first = [...document.querySelectorAll("#main li.chat")]
        .find((element) => element.getBoundingClientRect().bottom > top);
      return [first.dataset.id, Math.round(first.getBoundingClientRect().top)];
    }"""
    before = at_rest(page, seen)

    def answer_late(route):
        time.sleep(0.3)
        route.continue_()
    # So that whatever is there meanwhile is drawn.
    page.route("**/api/chats?*afterId*", answer_late)
    given = {"users": {str(member.id): {"admin": False, "values": {"chat.react": -1}}}, "roles": {}}
    with page.expect_response("**/api/chats?*afterId*beforeId*"):
        admin.request("PUT", f"/api/channels/{other}/rights", given).ok()
    page.wait_for_timeout(1_000)
    chat_id, top = at_rest(page, seen)
    # It scrolls by whole pixels; what stands there does not.
    assert chat_id == before[0] and abs(top - before[1]) <= 1


def test_a_message_of_very_many_lines_shows_its_beginning_until_all_is_wanted(page, place, bob):
    bob.say(place[1], "\n".join(str(number) for number in range(500)))
    message = page.locator("#main li.chat").first
    height = "element => element.getBoundingClientRect().height"
    expect(message).to_be_visible()
    assert message.evaluate(height) < 600
    message.get_by_role("button", name="Show all of it").click()
    expect(message.get_by_role("button", name="Show all of it")).to_have_count(0)
    assert message.evaluate(height) > 5_000
    bob.say(place[1], "`" * 3_999)
    expect(page.locator("#main li.chat").last).to_contain_text("```")
    assert page.locator("#main li.chat").last.evaluate(height) < 3_000


def test_the_channel_that_is_shown_is_in_sight_in_the_tree(people, start_server):
    server = start_server(settings={"durability": "relaxed"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    for number in range(60):
        last = admin.post(
            "/api/channels", {"name": f"number {number}", "ordinality": 99}).ok()["id"]
    page = people.join(Site(server), admin, f"/#c{last}")
    expect(row(page, "number 59")).to_be_in_viewport()


# Names

def test_a_username_goes_before_another_members_nickname(page, place, site, bob, unique):
    # No such nickname is taken any more; those from before stay.
    namesake = Member.new(site.port, unique)
    site.server.alter("UPDATE users SET nickname = 'alice' WHERE id = ?", namesake.id)
    page.reload()
    bob.say(place[1], "dear @alice")
    expect(page.locator("#main .mention-self")).to_have_text("@alice")


def test_who_types_is_told_whole_however_long_and_whichever_way_names_run(
        phone, site, place, unique):
    phone.goto(site.origin + place[2])
    expect(field(phone, place[0])).to_be_visible()
    names = [f"{unique} " + "W" * 20, f"{unique} " + "\u05de" * 20]
    clients = [Client(site.port, Member.new(site.port, name).token) for name in names]
    line = phone.locator("#main .typing")
    clients[0].send(type="chat_typing", channelId=place[1])
    expect(line).to_contain_text(f"{names[0]} is typing…")
    clients[1].send(type="chat_typing", channelId=place[1])
    expect(line).to_contain_text(f"{names[0]} and {names[1]} are typing…")
    # The end of the line is in sight, and stands at its end.
    ends = """line => { const box = line.getBoundingClientRect(); const range = new Range();
      range.selectNodeContents(line.lastChild); const end = range.getBoundingClientRect();
      return [end.left > box.left + box.width / 2, end.right <= box.right]; }"""
    assert line.evaluate(ends) == [True, True]
    for client in clients:
        client.close()


# What covers the screen

def test_on_a_phone_nothing_is_read_that_is_not_in_sight(phone, site, general, place, bob):
    phone.goto(site.origin + "/#")
    expect(row(phone, "general")).to_be_visible()
    bob.say(general, "is anybody here?")
    expect(row(phone, "general").locator(".badge")).to_have_text(re.compile("1 new"))
    row(phone, "general").click()
    expect(chat(phone, "is anybody here?")).to_be_in_viewport()
    phone.get_by_role("button", name="Channels").click()
    expect(row(phone, "general").locator(".badge")).to_have_count(0)
    row(phone, "general").click()
    # Members cover the conversation, until Back.
    phone.get_by_role("button", name="Members").click()
    bob.say(general, "and now?")
    expect(phone).to_have_title(re.compile(r"^\(1\) "))
    phone.go_back()
    expect(chat(phone, "and now?")).to_be_in_viewport()
    expect(phone).to_have_title(re.compile("^#general"))


def test_a_tool_that_is_not_seen_is_not_hit(page, place, alice):
    alice.say(place[1], "first")
    alice.say(place[1], "second")
    chat(page, "second").hover()
    delete = page.locator("#main .tools").get_by_role("button", name="Delete")
    expect(delete).to_be_visible()
    box = delete.bounding_box()
    page.mouse.move(0, 0)
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('.tools') !== null"
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert page.evaluate(hit, at) is False


def test_a_notice_is_told_in_the_dialog_that_it_is_about(page):
    page.get_by_role("button", name="Your profile").click()
    empty = {"name": "me.png", "mimeType": "image/png", "buffer": bytes(1024)}
    page.locator("input[type=file]").set_input_files(empty)
    expect(dialog(page).locator("#toasts")).to_contain_text("This is no picture")
    # Leaving by a slip beside it costs nothing that was typed.
    page.get_by_label("About you").fill("half a line")
    page.mouse.click(5, 5)
    expect(page.get_by_label("About you")).to_have_value("half a line")
    leave_dialog(page)
    expect(page.locator("#toasts")).to_contain_text("This is no picture")


def test_a_section_that_comes_late_does_not_show_under_another_name(people, site, admin):
    page = people.join(site, admin, service_workers="block")
    held = Held(page, "**/api/roles")
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("tab", name="Roles").click()
    held.wait()
    page.get_by_role("tab", name="Account").click()
    expect(page.get_by_label("Old password")).to_be_visible()
    with page.expect_response("**/api/roles"):
        held.release()
    drawn(page)
    expect(page.get_by_label("Old password")).to_be_visible()


def test_a_panel_takes_the_focus_and_gives_it_back(page, place, alice):
    said = alice.say(place[1], "root")
    alice.post(f"/api/chats/{said['id']}/thread", {"name": "Side"}).ok()
    page.locator(".thread-chip").press("Enter")
    expect(field(page, "Side")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".thread-chip")).to_be_focused()
    # From a thread, which is in the same place.
    page.keyboard.press("Enter")
    expect(field(page, "Side")).to_be_focused()
    page.locator("#head [data-key=search]").press("Enter")
    expect(page.get_by_label("Search messages")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"#c{place[1]}$"))
    page.keyboard.press("Escape")
    members = page.locator("#head [data-key=people]")
    members.press("Enter")
    expect(page.get_by_role("complementary", name="Members")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(members).to_be_focused()


# Writing

def test_a_draft_outlives_a_reload(page, place):
    field(page, place[0]).fill("half written")
    page.reload()
    expect(field(page, place[0])).to_have_value("half written")
    field(page, place[0]).fill("")


def test_enter_begins_a_line_where_there_is_no_shift(people, site, alice, place):
    page = people.join(site, alice, place[2], viewport=PHONE, has_touch=True, is_mobile=True)
    field(page, place[0]).fill("first")
    field(page, place[0]).press("End")
    field(page, place[0]).press("Enter")
    page.keyboard.type("second")
    page.get_by_role("button", name="Send").tap()
    expect(page.locator("#main li.chat .content")).to_have_text("first\nsecond")


# Finding

def test_a_hit_leads_into_a_channel_or_thread_not_yet_opened(people, site, alice, bob, place):
    with Client(bob.port, bob.token) as client:
        for number in range(120):
            client.send(type="chat_written", channelId=place[1], content=f"{place[0]}-{number}-c")
        root = client.next_chat(f"{place[0]}-119-c")
        thread = bob.post(f"/api/chats/{root['id']}/thread", {"name": "Deep"}).ok()["id"]
        for number in range(120):
            client.send(
                type="chat_written", channelId=place[1], threadId=thread,
                content=f"{place[0]}-{number}-t")
        client.next_chat(f"{place[0]}-119-t")
    page = people.join(site, alice)
    for kind in "ct":
        page.goto(site.origin)
        page.get_by_role("button", name="Search").click()
        page.get_by_label("Search messages").fill(f"\"{place[0][1:]}-3-{kind}\"")
        page.get_by_label("Search messages").press("Enter")
        page.locator(".result").click()
        expect(chat(page, f"{place[0]}-3-{kind}")).to_be_in_viewport()
        expect(chat(page, f"{place[0]}-3-{kind}")).to_be_focused()


# Coming back

def test_who_logs_in_again_has_read_what_was_read(people, site, unique, general):
    member = Member.new(site.port, unique)
    member.say(general, f"{unique} was here")
    page = people.join(site, member)
    expect(chat(page, f"{unique} was here")).to_be_visible()
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_role("button", name="Log out here").click()
    log_in(page, unique)
    expect(chat(page, f"{unique} was here")).to_be_visible()
    expect(page.locator(".badge")).to_have_count(0)
