"""The web client: what those do who have the rights, and what others see of it."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect
from support.browser import (
    People, Site, by_each_scheme, chat, dialog, field, leave_dialog, over_http_alone, schemes,
    settings_for, use)
from support.process import ADMIN_PASSWORD
from support.rest import MEMBER_PASSWORD, Member

server = by_each_scheme()


@pytest.fixture(scope="module")
def pages(chromium, site, admin, alice):
    """The administrator's page and Alice's, for all tests."""
    people = People(chromium)
    yield [people.join(site, member) for member in (admin, alice)]
    people.close()


@pytest.fixture
def two(pages):
    for page in pages:
        page.keyboard.press("Escape")
    yield pages
    assert [problem for page in pages for problem in page.problems] == []


def names(page):
    return page.locator("#sidebar .channel .name")


def open_settings(page, section):
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("tab", name=section).click()


def make_channel(page, name, below=None):
    page.get_by_role("button", name="New channel").click()
    page.get_by_label("Name", exact=True).fill(name)
    if below:
        page.get_by_label("Below").select_option(label=below)
    page.get_by_role("button", name="Make the channel").click()
    expect(field(page, f"#{name}")).to_be_visible()


def test_channels_are_made_renamed_moved_and_removed(two):
    chief, anna = two
    make_channel(chief, "projects")
    make_channel(chief, "garden", below="#projects")
    make_channel(chief, "kitchen", below="#projects")
    expect(anna.locator("#sidebar ul ul .name")).to_have_text(["garden", "kitchen"])
    chief.get_by_role("button", name="Channel settings").click()
    dialog(chief).get_by_label("Name").fill("cellar")
    dialog(chief).get_by_label("What it is for").fill("Where the wine is")
    dialog(chief).get_by_label("Position").select_option(label="First")
    dialog(chief).get_by_role("button", name="Save").click()
    expect(anna.locator("#sidebar ul ul .name")).to_have_text(["cellar", "garden"])
    expect(chief.locator(".topic")).to_have_text("Where the wine is")
    expect(field(chief, "#cellar")).to_be_visible()
    # Out of the branch, behind all others.
    chief.get_by_role("button", name="Channel settings").click()
    dialog(chief).get_by_label("Below").select_option(label="The top")
    dialog(chief).get_by_label("Position").select_option(label="After #projects")
    dialog(chief).get_by_role("button", name="Save").click()
    expect(anna.locator("#sidebar ul ul .name")).to_have_text(["garden"])
    expect(names(anna)).to_contain_text(["projects", "cellar"])
    anna.get_by_role("link", name="garden").click()
    expect(field(anna, "#garden")).to_be_visible()
    chief.get_by_role("link", name="projects").click()
    expect(field(chief, "#projects")).to_be_visible()
    chief.get_by_role("button", name="Channel settings").click()
    chief.get_by_role("button", name="Remove this channel…").click()
    dialog(chief, "Remove #projects?").get_by_role("button", name="Remove").click()
    expect(anna.locator("#toasts")).to_contain_text("The channel that you were in is not there")
    expect(field(anna, "#general")).to_be_visible()
    expect(names(anna).filter(has_text="garden")).to_have_count(0)


def test_who_has_no_rights_is_offered_nothing(two):
    _, anna = two
    expect(anna.get_by_role("button", name="New channel")).to_have_count(0)
    expect(anna.get_by_role("button", name="Channel settings")).to_have_count(0)
    anna.get_by_role("button", name="Settings", exact=True).click()
    expect(anna.get_by_role("tab")).to_have_text(["Profile", "Account"])


@pytest.mark.parametrize("scheme", schemes())
def test_an_invite_leads_in_by_its_code_and_its_picture(
        people, start_server, unique, scheme, tmp_path):
    server = start_server(settings=settings_for(scheme, tmp_path) | {"registration": "invite"})
    chief = people.join(Site(server), Member(server.port, "admin", ADMIN_PASSWORD))
    open_settings(chief, "Invites")
    chief.get_by_label("For how many people").fill("1")
    chief.get_by_role("button", name="Make an invite").click()
    link = chief.get_by_label("Invite link", exact=True).input_value()
    code = Image.open(io.BytesIO(chief.locator(".qr").screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(code)] == [link]
    expect(chief.locator(".invite")).to_contain_text("works on this very machine only")
    page = people.open(people.context(), link)
    expect(page.get_by_label("Invite")).to_have_value(link.split("=")[1])
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_label("Password", exact=True).fill(MEMBER_PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator(".own")).to_contain_text(unique)
    assert "invite" not in page.url
    # It was for one: the next is told so.
    # The link works as well where the page is open already.
    second = people.visit(Site(server))
    expect(second.get_by_role("button", name="Log in")).to_be_visible()
    second.goto(link)
    expect(second.get_by_label("Invite")).to_be_visible()
    second.get_by_label("Name", exact=True).fill(f"{unique} two")
    second.get_by_label("Password", exact=True).fill(MEMBER_PASSWORD)
    second.get_by_role("button", name="Make an account").click()
    expect(second.get_by_role("alert")).to_contain_text(re.compile("invite", re.I))


@over_http_alone
def test_an_invite_is_taken_back(two, admin):
    chief, _ = two
    code = admin.post("/api/invites", {"uses": 3, "validForSeconds": 3600}).ok()["code"]
    open_settings(chief, "Invites")
    row = chief.locator(".invites li", has_text=code)
    expect(row).to_contain_text("3 left")
    row.get_by_role("button", name="Take back").click()
    dialog(chief, "Take this invite back?").get_by_role("button", name="Take back").click()
    expect(row).to_have_count(0)
    assert code not in str(admin.get("/api/invites").ok())


def test_a_role_gives_what_it_says_at_once(two, site, admin, alice):
    chief, anna = two
    open_settings(chief, "Roles")
    chief.get_by_label("New role").fill("gardeners")
    chief.get_by_role("button", name="Make a role").click()
    chief.locator("summary", has_text="gardeners").click()
    chief.get_by_label("Manage channels").select_option(label="Yes")
    chief.get_by_role("button", name="Save").click()
    expect(chief.locator("#toasts")).to_contain_text("The role gardeners is saved.")
    leave_dialog(chief)
    chief.get_by_role("button", name="Members").click()
    chief.locator(".person", has_text="alice").click()
    chief.get_by_role("button", name="Roles and rights").click()
    chief.get_by_label("gardeners").check()
    chief.get_by_role("button", name="Save").click()
    expect(anna.get_by_role("button", name="New channel")).to_be_visible()
    # And takes it again when it goes.
    open_settings(chief, "Roles")
    chief.locator("summary", has_text="gardeners").click()
    chief.get_by_role("button", name="Delete role").click()
    dialog(chief, "Delete this role?").get_by_role("button", name="Delete").click()
    expect(anna.get_by_role("button", name="New channel")).to_have_count(0)
    leave_dialog(chief)
    chief.get_by_role("button", name="Close").click()


@over_http_alone
def test_a_channel_is_hidden_from_one_and_shown_again(two, unique):
    chief, anna = two
    make_channel(chief, unique)
    expect(anna.get_by_role("link", name=unique)).to_be_visible()
    chief.get_by_role("button", name="Channel settings").click()
    chief.get_by_label("For whom").select_option(label="alice")
    chief.get_by_role("button", name="Set rights…").click()
    chief.get_by_label("See channels").select_option(label="No")
    dialog(chief, f"alice in #{unique}").get_by_role("button", name="Save").click()
    expect(anna.get_by_role("link", name=unique)).to_have_count(0)
    chief.locator(".overrides").get_by_role("button", name="Remove").click()
    expect(anna.get_by_role("link", name=unique)).to_be_visible()


@over_http_alone
def test_who_saves_rights_undoes_nothing_that_others_changed_meanwhile(
        two, admin, alice, bob, unique):
    chief, _ = two
    make_channel(chief, unique)
    channel = admin.channel(unique)
    role = admin.post("/api/roles", {"name": unique}).ok()["id"]
    chief.get_by_role("button", name="Channel settings").click()
    expect(dialog(chief, f"#{unique}")).to_be_visible()
    hidden = {"admin": False, "values": {"channel.view": -1}}
    path = f"/api/channels/{channel}/rights"
    admin.request("PUT", path, {"users": {str(bob.id): hidden}, "roles": {}}).ok()
    chief.get_by_label("For whom").select_option(label="alice")
    chief.get_by_role("button", name="Set rights…").click()
    chief.get_by_label("Begin threads").select_option(label="No")
    dialog(chief, f"alice in #{unique}").get_by_role("button", name="Save").click()
    expect(chief.locator("#toasts")).to_contain_text(f"The rights in #{unique} are saved.")
    assert admin.get(path).ok()["users"] == {
        str(bob.id): hidden, str(alice.id): {"admin": False, "values": {"thread.create": -1}}}
    leave_dialog(chief)
    # A role: one changes its name, another what it gives.
    open_settings(chief, "Roles")
    chief.locator("summary", has_text=unique).click()
    given = {"admin": False, "values": {"invite.create": 1}}
    admin.request("PATCH", f"/api/roles/{role}", {"rights": given}).ok()
    chief.locator("details[open]").get_by_label("Name").fill(f"{unique} too")
    chief.locator("details[open]").get_by_role("button", name="Save").click()
    expect(chief.locator("#toasts")).to_contain_text(f"The role {unique} too is saved.")
    known = {known["id"]: known for known in admin.get("/api/roles").ok()}
    assert (known[role]["name"], known[role]["rights"]) == (f"{unique} too", given)


@over_http_alone
def test_an_override_makes_a_moderator_of_one_channel(people, site, admin, bob, unique):
    channel = admin.post("/api/channels", {"name": unique}).ok()["id"]
    given = {"admin": False, "values": {"channel.manage": 1, "chat.delete": 1}}
    admin.request(
        "PUT", f"/api/channels/{channel}/rights", {"users": {str(bob.id): given}, "roles": {}}).ok()
    admin.say(channel, "off topic")
    ben = people.join(site, bob, f"/#c{channel}")
    expect(ben.get_by_role("button", name="Channel settings")).to_be_visible()
    use(ben, chat(ben, "off topic"), "Delete")
    dialog(ben).get_by_role("button", name="Delete").click()
    expect(chat(ben, "off topic")).to_have_count(0)
    ben.get_by_role("link", name="general").click()
    expect(field(ben, "#general")).to_be_visible()
    expect(ben.get_by_role("button", name="Channel settings")).to_have_count(0)


@over_http_alone
def test_a_right_that_was_taken_meanwhile_costs_a_sentence(people, site, admin, bob, unique):
    channel = admin.post("/api/channels", {"name": unique}).ok()["id"]
    admin.say(channel, "react to this")
    ben = people.join(site, bob, f"/#c{channel}")
    chat(ben, "react to this").hover()
    ben.get_by_role("button", name="React", exact=True).click()
    given = {"admin": False, "values": {"chat.react": -1}}
    admin.request(
        "PUT", f"/api/channels/{channel}/rights", {"users": {str(bob.id): given}, "roles": {}}).ok()
    ben.get_by_role("button", name="👍", exact=True).click()
    expect(ben.locator("#toasts")).to_contain_text("You may not react in this channel.")


@over_http_alone
def test_a_member_is_removed(people, site, two, unique):
    chief, _ = two
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    expect(field(page, "#general")).to_be_visible()
    chief.get_by_role("button", name="Members").click()
    chief.locator(".person", has_text=unique).click()
    chief.get_by_role("button", name="Remove", exact=True).click()
    dialog(chief, "Remove this member?").get_by_role("button", name="Remove").click()
    expect(page.locator("#front")).to_contain_text("Your login has ended")
    # A browser may tell a new page, late, what the one before it removed.
    page.evaluate("dispatchEvent(new StorageEvent('storage', {key: 'concord.session'}))")
    page.wait_for_timeout(300)
    expect(page.locator("#front")).to_contain_text("Your login has ended")
    expect(chief.locator(".person", has_text=unique)).to_have_count(0)
    chief.get_by_role("button", name="Close").click()


def test_the_server_gets_a_name_and_a_face(two):
    chief, anna = two
    open_settings(chief, "Server")
    dialog(chief).get_by_label("Name").fill("The Harbour")
    dialog(chief).get_by_label("Description").fill("For all who live here")
    dialog(chief).get_by_role("button", name="Save").click()
    expect(anna.locator("#sidebar h1")).to_have_text("The Harbour")
    expect(anna).to_have_title(re.compile("The Harbour$"))
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "PNG")
    chief.locator("input[type=file]").set_input_files(
        {"name": "icon.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    expect(anna.locator("#sidebar .server-icon img")).to_have_attribute("src", re.compile("^blob:"))
    chief.locator("input[type=file]").set_input_files(
        {"name": "icon.png", "mimeType": "image/png", "buffer": b"this is no image"})
    expect(chief.locator("#toasts")).to_contain_text("must be a PNG")
