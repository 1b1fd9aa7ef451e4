"""The web client: two who change the same thing at once, and neither undoes what the other did."""

import json

import pytest
from playwright.sync_api import expect
from support.browser import Held, People, dialog
from support.rest import Member

EVERYTHING = {"admin": True, "values": {}}


@pytest.fixture(scope="module")
def pages(chromium, site, admin):
    """The pages of two administrators, for all tests."""
    vera = Member.new(site.port, "vera")
    admin.request("PUT", f"/api/users/{vera.id}/rights", EVERYTHING).ok()
    people = People(chromium)
    yield [people.join(site, member) for member in (admin, vera)]
    people.close()


@pytest.fixture
def two(pages):
    yield pages
    for page in pages:
        while dialog(page).count():
            page.keyboard.press("Escape")
    assert [problem for page in pages for problem in page.problems] == []


@pytest.fixture
def role(admin, unique):
    """The id of a role of the test's own, which gives nothing yet."""
    return admin.post("/api/roles", {"name": unique}).ok()["id"]


@pytest.fixture
def member(two, site, unique):
    """Somebody whom the administrators are about, and whom their pages know."""
    member = Member.new(site.port, f"{unique} member")
    for page in two:
        open_members(page)
        expect(page.locator(".person", has_text=member.username)).to_be_visible()
    return member


def rights(**values):
    """Rights of these values: `chat_send` is for chat.send."""
    return {"admin": False, "values": {
        name.replace("_", "."): value for name, value in values.items()}}


def given(values):
    """Rights without those that say nothing."""
    return values | {"values": {
        name: value for name, value in values["values"].items() if value}}


def open_settings(page, section):
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("tab", name=section).click()


def open_channel_settings(page, place):
    page.evaluate("hash => { location.hash = hash }", place[2][1:])
    expect(page.locator("#head h1")).to_have_text(place[0])
    page.get_by_role("button", name="Channel settings").click()
    expect(dialog(page)).to_be_visible()


def open_override(page, place, member):
    open_channel_settings(page, place)
    dialog(page).get_by_label("For whom").select_option(label=member.username)
    dialog(page).get_by_role("button", name="Set rights…").click()
    return dialog(page, f"{member.username} in {place[0]}")


def open_role(page, name):
    open_settings(page, "Roles")
    dialog(page).locator("summary", has_text=name).click()
    return dialog(page).locator("details[open]")


def open_members(page):
    if not page.get_by_role("complementary", name="Members").is_visible():
        page.get_by_role("button", name="Members").click()


def open_member(page, member):
    open_members(page)
    page.locator(".person", has_text=member.username).click()
    page.get_by_role("button", name="Roles and rights").click()
    opened = dialog(page, f"What {member.username} may do")
    expect(opened).to_be_visible()
    return opened


def choose(place, right, answer):
    place.get_by_label(right).select_option(label=answer)


def save(place):
    place.get_by_role("button", name="Save").first.click()


def saving(page, method):
    """What the page sends with that method, decoded, until the test ends."""
    sent = []
    page.on("request", lambda request: sent.append(json.loads(request.post_data))
            if request.method == method else None)
    return sent


# Rights

def test_an_override_leaves_those_that_another_gave_meanwhile(two, admin, bob, place, member):
    chief, vera = two
    mine, theirs = open_override(chief, place, member), open_override(vera, place, bob)
    choose(theirs, "See channels", "No")
    save(theirs)
    expect(vera.locator("#toasts")).to_contain_text(f"The rights in {place[0]} are saved.")
    choose(mine, "Begin threads", "No")
    save(mine)
    # The dialog shows what stands now, the other's too.
    expect(chief.locator(".overrides li > span")).to_have_text([bob.username, member.username])
    found = admin.get(f"/api/channels/{place[1]}/rights").ok()["users"]
    assert {id: given(entry) for id, entry in found.items()} == {
        str(bob.id): rights(channel_view=-1), str(member.id): rights(thread_create=-1)}
    # One taken back takes no other along.
    vera.locator(".overrides").get_by_role("button", name="Remove").click()
    expect(vera.locator(".overrides li > span")).to_have_text([member.username])
    assert list(admin.get(f"/api/channels/{place[1]}/rights").ok()["users"]) == [str(member.id)]


def test_two_change_the_same_override_and_both_changes_stand(two, admin, place, member):
    chief, vera = two
    mine, theirs = [open_override(page, place, member) for page in two]
    choose(theirs, "Write", "No")
    save(theirs)
    expect(theirs).to_have_count(0)
    choose(mine, "React", "No")
    save(mine)
    expect(chief.locator("#toasts")).to_contain_text("meanwhile: Write (no).")
    found = admin.get(f"/api/channels/{place[1]}/rights").ok()["users"][str(member.id)]
    assert given(found) == rights(chat_send=-1, chat_react=-1)


def test_a_role_that_is_renamed_gives_what_another_let_it_give(two, admin, role, unique):
    chief, vera = two
    mine, theirs = open_role(chief, unique), open_role(vera, unique)
    choose(theirs, "Manage members", "Yes")
    save(theirs)
    expect(vera.locator("#toasts")).to_contain_text(f"The role {unique} is saved.")
    sent = saving(chief, "PATCH")
    mine.get_by_label("Name", exact=True).fill(f"{unique} too")
    save(mine)
    expect(chief.locator("#toasts")).to_contain_text(f"The role {unique} too is saved.")
    expect(chief.locator("#toasts")).to_contain_text("meanwhile: Manage members (yes).")
    assert sent == [{"name": f"{unique} too"}]
    found = next(found for found in admin.get("/api/roles").ok() if found["id"] == role)
    assert (found["name"], given(found["rights"])) == (f"{unique} too", rights(user_manage=1))


def test_two_change_what_a_role_gives_and_both_changes_stand(two, admin, role, unique):
    chief, vera = two
    mine, theirs = open_role(chief, unique), open_role(vera, unique)
    choose(theirs, "Manage members", "Yes")
    theirs.get_by_label("Name", exact=True).fill(f"{unique} of vera")
    save(theirs)
    expect(vera.locator("#toasts")).to_contain_text(f"The role {unique} of vera is saved.")
    choose(mine, "Invite people", "Yes")
    save(mine)
    expect(chief.locator("#toasts")).to_contain_text(f"The role {unique} of vera is saved.")
    found = next(found for found in admin.get("/api/roles").ok() if found["id"] == role)
    assert found["name"] == f"{unique} of vera"
    assert given(found["rights"]) == rights(user_manage=1, invite_create=1)


def test_a_member_keeps_the_role_that_another_gave_meanwhile(two, admin, role, member, unique):
    other = admin.post("/api/roles", {"name": f"second {unique}"}).ok()["id"]
    chief, vera = two
    mine, theirs = open_member(chief, member), open_member(vera, member)
    theirs.get_by_label(f"second {unique}", exact=True).check()
    save(theirs)
    expect(theirs).to_have_count(0)
    sent = saving(chief, "PUT")
    mine.get_by_label(unique, exact=True).check()
    save(mine)
    expect(chief.locator("#toasts")).to_contain_text(f"meanwhile: second {unique} (yes).")
    # The member's own rights, which nobody touched, are not sent.
    assert [list(body) for body in sent] == [["roleIds"]]
    assert set(admin.get(f"/api/users/{member.id}/roles").ok()["roleIds"]) == {role, other}


def test_two_change_what_a_member_may_do_and_both_changes_stand(two, admin, member):
    chief, vera = two
    mine, theirs = open_member(chief, member), open_member(vera, member)
    choose(theirs, "Upload images", "No")
    theirs.get_by_label("Administrator").check()
    save(theirs)
    expect(theirs).to_have_count(0)
    sent = saving(chief, "PUT")
    choose(mine, "Invite people", "Yes")
    save(mine)
    expect(chief.locator("#toasts")).to_contain_text(
        "meanwhile: administrator (yes), Upload images (no).")
    assert "roleIds" not in str(sent)
    found = admin.get(f"/api/users/{member.id}/rights").ok()
    assert given(found) == rights(image_upload=-1, invite_create=1) | {"admin": True}


# Forms

def test_a_channels_form_sends_what_was_edited(two, admin, place):
    admin.request("PATCH", f"/api/channels/{place[1]}", {"description": "old"}).ok()
    chief, vera = two
    for page in two:
        open_channel_settings(page, place)
    dialog(vera).get_by_label("What it is for").fill("new")
    save(dialog(vera))
    expect(vera.locator(".topic")).to_have_text("new")
    sent = saving(chief, "PATCH")
    dialog(chief).get_by_label("Name").fill(f"{place[0][1:]}-too")
    save(dialog(chief))
    expect(chief.locator("#head h1")).to_have_text(f"{place[0]}-too")
    assert sent == [{"name": f"{place[0][1:]}-too"}]
    assert admin.get(f"/api/channels/{place[1]}").ok()["description"] == "new"
    # And nothing where nothing was edited.
    chief.get_by_role("button", name="Channel settings").click()
    save(dialog(chief))
    expect(dialog(chief)).to_have_count(0)
    assert len(sent) == 1


def test_a_channel_comes_behind_the_one_that_was_chosen_wherever_that_is_now(
        two, admin, place, unique):
    below = [admin.post("/api/channels", {
        "name": f"{unique}-{name}", "parentChannelId": place[1], "ordinality": number,
    }).ok() for number, name in enumerate("abcd")]
    chief, _ = two
    expect(chief.locator("#sidebar ul ul .name")).to_have_text(
        [f"{unique}-{name}" for name in "abcd"])
    open_channel_settings(chief, (f"#{below[0]['name']}", None, f"/#c{below[0]['id']}"))
    dialog(chief).get_by_label("Position").select_option(label=f"After #{unique}-b")
    # Meanwhile b has become the last.
    admin.request("PATCH", f"/api/channels/{below[1]['id']}", {"ordinality": 9}).ok()
    expect(chief.locator("#sidebar ul ul .name")).to_have_text(
        [f"{unique}-{name}" for name in "acdb"])
    save(dialog(chief))
    expect(chief.locator("#sidebar ul ul .name")).to_have_text(
        [f"{unique}-{name}" for name in "cdba"])
    # One that is gone is no place to come after.
    chief.get_by_role("button", name="Channel settings").click()
    dialog(chief).get_by_label("Position").select_option(label=f"After #{unique}-d")
    assert admin.request("DELETE", f"/api/channels/{below[3]['id']}").status == 200
    expect(chief.locator("#sidebar ul ul .name")).to_have_count(3)
    save(dialog(chief))
    expect(dialog(chief).get_by_role("alert")).to_contain_text("is not there any more")


def test_the_servers_form_sends_what_was_edited_and_shows_what_stands(two, admin, place, unique):
    chief, vera = two
    for page in two:
        expect(page.get_by_role("link", name=place[0][1:])).to_be_visible()
        open_settings(page, "Server")
    dialog(vera).get_by_label("Description").fill(f"For {unique}\nand others")
    dialog(vera).get_by_label("First channel").select_option(label=place[0])
    save(dialog(vera))
    expect(vera.locator("#toasts")).to_contain_text("The server’s settings are saved.")
    sent = saving(chief, "PATCH")
    dialog(chief).get_by_label("Name").fill(unique)
    save(dialog(chief))
    expect(chief.locator("#toasts")).to_contain_text("The server’s settings are saved.")
    assert sent == [{"name": unique}]
    expect(dialog(chief).get_by_label("Description")).to_have_value(f"For {unique}\nand others")
    expect(dialog(chief).get_by_label("First channel")).to_have_value(str(place[1]))
    found = admin.get("/api/server").ok()
    assert (found["name"], found["description"], found["defaultChannelId"]) == (
        unique, f"For {unique}\nand others", place[1])
    # What stands is what the next change is made to.
    dialog(chief).get_by_label("Description").fill("")
    with chief.expect_request(lambda request: request.method == "PATCH"):
        save(dialog(chief))
    assert sent[1:] == [{"description": ""}]


def test_a_profiles_form_sends_what_was_edited(people, site, unique):
    member = Member.new(site.port, unique)
    desk, phone = [people.join(site, member) for _ in range(2)]
    for page in (desk, phone):
        page.get_by_role("button", name="Your profile").click()
    phone.get_by_label("About you").fill("At sea")
    save(dialog(phone))
    expect(phone.locator("#toasts")).to_contain_text("Your profile is saved.")
    sent = saving(desk, "PATCH")
    desk.get_by_label("Name that others see").fill("Ishmael")
    save(dialog(desk))
    expect(desk.get_by_label("About you")).to_have_value("At sea")
    assert sent == [{"nickname": "Ishmael"}]
    profile = member.get("/api/self").ok()["profile"]
    assert (profile["nickname"], profile["bio"]) == ("Ishmael", "At sea")
    # Emptied, the name is that of the account, and the words about oneself are gone.
    desk.get_by_label("Name that others see").fill("")
    desk.get_by_label("About you").fill(" ")
    save(dialog(desk))
    expect(desk.get_by_label("Name that others see")).to_have_value(unique)
    assert sent[1:] == [{"nickname": unique, "bio": None}]


def test_what_is_typed_while_a_form_is_saved_stays(people, site, unique):
    page = people.join(site, Member.new(site.port, unique), service_workers="block")
    held = Held(page, "**/api/self")
    page.get_by_role("button", name="Your profile").click()
    page.get_by_label("Name that others see").fill("Ishmael")
    save(dialog(page))
    held.wait()
    page.get_by_label("About you").fill("Some years ago")
    held.release()
    expect(page.locator("#toasts")).to_contain_text("Your profile is saved.")
    page.unroute("**/api/self")
    expect(page.get_by_label("About you")).to_have_value("Some years ago")
    with page.expect_request("**/api/self") as second:
        save(dialog(page))
    assert second.value.post_data_json == {"bio": "Some years ago"}
