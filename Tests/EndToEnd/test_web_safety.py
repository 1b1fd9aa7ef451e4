"""The web client: nothing typed runs, and everybody can use it."""

import json
import re
import unicodedata

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from support.browser import (
    SECTIONS, Site, by_each_scheme, chat, dialog, field, leave_dialog, open_section,
    over_http_alone, react, say, schemes, settings_for, use)
from support.process import ADMIN_PASSWORD
from support.rest import Member

# Each would set window.harm if it were taken for anything but text.
INJECTIONS = [
    "<script>harm=1</script>",
    "<img src=x onerror=harm=1>",
    "<svg/onload=harm=1>",
    "\"><iframe srcdoc='<script>parent.harm=1</script>'>",
    "' autofocus onfocus=harm=1 x='",
    "javascript:harm=1",
    "[x](javascript:harm=1)",
    "https://a.test/\"onmouseover=\"harm=1",
    "https://a.test/<script>harm=1</script>",
    "data:text/html,<script>harm=1</script>",
    "`</code><script>harm=1</script>`",
    "**<b onclick=harm=1>x</b>**",
    "```\n</pre><script>harm=1</script>\n```",
    "{{constructor.constructor('harm=1')()}}",
    "${harm=1}",
    "\\x3cscript\\x3eharm=1\\x3c/script\\x3e",
    "&lt;script&gt;harm=1&lt;/script&gt;",
    "@<img src=x onerror=harm=1>",
    "\u202e<script>harm=1</script>\u202c",
    "__proto__",
    "constructor",
]
SHORT = [text for text in INJECTIONS if len(text) <= 32 and "\n" not in text]
# What a name may hold: nothing that is invisible or turns its direction.
NAMES = [text for text in INJECTIONS if len(text) <= 64 and not any(
    unicodedata.category(letter) in ("Cc", "Cf") for letter in text)]
USERNAMES = [text for text in NAMES if text in SHORT]

server = by_each_scheme()


def assert_unharmed(page):
    assert page.evaluate("typeof harm") == "undefined"
    # Whatever elements there are, they are ours.
    assert page.evaluate("""() => {
      const foreign = "iframe, object, embed, style, base, script:not([src='app.js']), [action]";
      const isHarmful = ({ name, value }) => name.startsWith("on")
        || /href|src|action/.test(name) && /^(javascript|data):/i.test(value.trim());
      return [...document.querySelectorAll("*")]
        .filter((element) => element.matches(foreign) || [...element.attributes].some(isHarmful))
        .map((element) => element.outerHTML);
    }""") == []


def test_nothing_typed_as_a_message_runs(people, site, alice, bob, place):
    for text in INJECTIONS:
        alice.say(place[1], text)
    page = people.join(site, bob, place[2])
    for text in INJECTIONS[-3:]:
        expect(chat(page, text).first).to_be_visible()
    expect(page.locator("li.chat")).to_have_count(len(INJECTIONS))
    for link in page.locator("li.chat a").all():
        assert re.match("https?://", link.get_attribute("href"))
    # As it is searched for, edited, and read out.
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Search messages").fill("harm")
    page.get_by_label("Search messages").press("Enter")
    expect(page.locator(".result").first).to_be_visible()
    for text in SHORT:
        alice.say(place[1], f"live {text}")
    expect(page.locator("#live")).to_contain_text(f"live {SHORT[-1]}")
    for text in ("<img src=x onerror=harm=1>", "'\"><script>harm=1</script>"):
        say(page, place[0], text)
        expect(page.locator("li.waiting")).to_have_count(0)
        field(page, place[0]).press("ArrowUp")
        expect(page.get_by_label("Edit message")).to_have_value(text)
        page.keyboard.press("Escape")
    assert_unharmed(page)


@pytest.mark.parametrize("scheme", schemes())
def test_nothing_in_any_name_runs(people, start_server, scheme, tmp_path):
    server = start_server(settings=settings_for(scheme, tmp_path) | {"durability": "relaxed"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    general = admin.channel("general")
    admin.request("PATCH", "/api/server", {
        "name": NAMES[1], "description": "<img src=x onerror=harm=1>"}).ok()
    for number, text in enumerate(NAMES):
        made = admin.post("/api/channels", {
            "name": text, "description": f"{text} {NAMES[0]}", "ordinality": number}).ok()
        admin.post("/api/roles", {"name": text}).ok()
        written = admin.say(general, f"about {number}")
        admin.post(f"/api/chats/{written['id']}/thread", {"name": text}).ok()
        admin.post(f"/api/chats/{written['id']}/reactions", {"reaction": text[:40], "adding": True})
    for text in USERNAMES:
        member = Member.new(server.port, text)
        member.request("PATCH", "/api/self", {"nickname": text, "bio": text}).ok()
        member.say(general, f"@{text} it is me")
    page = people.join(Site(server), admin, f"/#c{made['id']}")
    expect(page.locator(".topic")).to_contain_text(NAMES[-1])
    page.get_by_role("link", name="general").click()
    expect(page.locator(".thread-chip").last).to_be_visible()
    page.locator(".thread-chip").last.click()
    page.get_by_role("button", name="Close").click()
    for name in ("Threads", "Members"):
        page.get_by_role("button", name=name, exact=True).click()
    page.locator(".person", has_text=USERNAMES[1]).first.click()
    dialog(page).get_by_role("button", name="Roles and rights").click()
    expect(dialog(page).get_by_label(NAMES[0], exact=True)).to_be_attached()
    leave_dialog(page)
    page.get_by_role("button", name="Channel settings").click()
    expect(dialog(page).get_by_label("Below")).to_be_visible()
    leave_dialog(page)
    for section in ("Server", "Roles"):
        page.get_by_role("button", name="Settings", exact=True).click()
        open_section(page, section)
        leave_dialog(page)
    assert_unharmed(page)


@over_http_alone
@pytest.mark.parametrize("fragment", [
    "#c1e9", "#c-1", "#c99999999999999999999/t1", "#invite=<img src=x onerror=harm=1>",
    "#<script>harm=1</script>", "#cjavascript:harm=1"])
def test_no_address_makes_anything_run(people, site, alice, fragment):
    page = people.join(site, alice, f"/{fragment}")
    expect(field(page, "#general")).to_be_attached()
    assert_unharmed(page)


def test_the_policy_stops_what_would_run_all_the_same(people, site, alice):
    page = people.join(site, alice)
    # What the policy stops is told to the console; of the form, the last, after the page knows it.
    with page.expect_console_message(lambda message: "form-action" in message.text):
        outcomes = page.evaluate("""async () => {
          const attacks = {
            innerHTML: () => { document.createElement("p").innerHTML = "<b>x</b>"; },
            insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", "<b>x</b>"),
            listener: () => document.body.setAttribute("onclick", "harm=1"),
            script: () => { document.createElement("script").src = "/app.js"; },
            inline: () => { document.createElement("script").text = "harm=1"; },
            timer: () => setTimeout("harm=1"),
            policy: () => trustedTypes.createPolicy("other", { createHTML: (text) => text }),
            request: () => fetch("https://elsewhere.test/"),
            form: () => new Promise((_, fail) => {
              addEventListener("securitypolicyviolation", () => fail(new TypeError("stopped")));
              const form = document.createElement("form");
              form.action = "/stolen";
              document.body.append(form);
              form.submit();
            }),
          };
          const outcomes = {};
          for (const [name, attack] of Object.entries(attacks)) {
            const outcome = Promise.resolve().then(attack);
            outcomes[name] = await outcome.then(() => "ran", (error) => error.name);
          }
          return outcomes;
        }""")
    assert set(outcomes.values()) <= {"TypeError", "EvalError"}, outcomes
    assert page.evaluate("typeof harm") == "undefined"
    page.problems.clear()


# For everybody

def violations(page):
    """What axe finds in a page as it stands; of the dark one, only its colours are its own."""
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    page.emulate_media(color_scheme="light")
    return {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]] for violation in found}


def test_axe_finds_nothing_in_any_view_light_or_dark(people, start_server):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    anna = Member.new(server.port, "anna")
    channel = admin.channel("general")
    admin.post("/api/roles", {"name": "crew"}).ok()
    chat_ = admin.say(channel, "**Hello** @anna, see `this` https://a.test and @admin")
    react(anna, chat_, "👍")
    anna.post(f"/api/chats/{chat_['id']}/thread", {"name": "More"}).ok()
    anna.say(channel, "Good morning, @admin")
    door = people.visit(Site(server))
    expect(door.get_by_role("button", name="Log in")).to_be_visible()
    found = {"login": violations(door)}
    door.get_by_role("button", name="Make an account").click()
    found["registration"] = violations(door)
    # Colours that are on their way to others are neither.
    page = people.join(
        Site(server), admin, reduced_motion="reduce", service_workers="block")
    expect(chat(page, "Good morning")).to_be_visible()
    page.get_by_role("button", name="👍 1: anna").wait_for()
    found["talk"] = violations(page)
    chat(page, "Good morning").hover()
    expect(chat(page, "Good morning").get_by_role("toolbar")).to_have_css("opacity", "1")
    found["tools"] = violations(page)
    page.route("**/chats", lambda route: route.fulfill(status=403, body="{}"))
    say(page, "#general", "refused")
    expect(chat(page, "refused")).to_contain_text("Not sent")
    found["refused"] = violations(page)
    for panel in ("Members", "Threads", "Search"):
        page.get_by_role("button", name=panel, exact=True).click()
        found[panel] = violations(page)
    page.locator(".thread-chip").click()
    expect(field(page, "More")).to_be_visible()
    found["thread"] = violations(page)
    page.get_by_role("button", name="Close").click()
    for section in SECTIONS:
        page.get_by_role("button", name="Settings", exact=True).click()
        open_section(page, section)
        found[section] = violations(page)
        leave_dialog(page)
    page.get_by_role("button", name="Channel settings").click()
    expect(dialog(page).get_by_label("Below")).to_be_visible()
    found["channel"] = violations(page)
    leave_dialog(page)
    use(page, chat(page, "Good morning"), "React")
    expect(dialog(page, "React")).to_be_visible()
    found["picker"] = violations(page)
    leave_dialog(page)
    page.set_viewport_size({"width": 360, "height": 740})
    found["phone"] = violations(page)
    for panel in ("Members", "Threads", "Search"):
        page.get_by_role("button", name=panel, exact=True).click()
        found[f"phone, {panel}"] = violations(page)
        page.get_by_role("button", name="Close").click()
    assert {view: problems for view, problems in found.items() if problems} == {}


@over_http_alone
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(people, site, admin, alice, width, place):
    alice.say(place[1], "x" * 500 + " `" + "y" * 300 + "` https://a.test/" + "z" * 300)
    alice.say(place[1], "```\n" + "wide " * 80 + "\n```")
    page = people.join(site, admin, place[2], viewport={"width": width, "height": 740})
    expect(chat(page, "wide")).to_be_visible()
    overflowing = """() => [...document.querySelectorAll(
        "body, #shell, main, #panel, nav, dialog, .chats, .section")]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
      .map((element) => `${element.tagName} ${element.className}`)"""
    assert page.evaluate(overflowing) == []
    if width == 360:
        page.get_by_role("button", name="Channels").click()
        expect(page.get_by_role("link", name="general")).to_be_visible()
        assert page.evaluate(overflowing) == []
    page.get_by_role("button", name="Settings", exact=True).click()
    for section in SECTIONS:
        open_section(page, section)
        assert page.evaluate(overflowing) == []


def focused(page):
    """The name of what has the focus, as a screen reader says it."""
    return page.evaluate("""() => {
      const element = document.activeElement;
      return element.getAttribute("aria-label") ?? element.innerText.split("\\n")[0];
    }""")


@over_http_alone
def test_all_of_it_works_without_a_mouse(people, site, alice, bob, place):
    bob.say(place[1], "earlier")
    alice.say(place[1], "mine")
    page = people.join(site, alice, place[2])
    expect(chat(page, "mine")).to_be_visible()
    expect(field(page, place[0])).to_be_focused()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(chat(page, "by keyboard")).not_to_have_class(re.compile("waiting"))
    # Back from the field: the tools of the newest message, that message, and up to others.
    page.keyboard.press("Shift+Tab")
    for _ in range(6):
        if page.evaluate("document.activeElement.matches('li.chat')"):
            break
        page.keyboard.press("Shift+Tab")
    expect(chat(page, "by keyboard")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chat(page, "earlier")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    for _ in range(4):
        page.keyboard.press("Tab")
        if focused(page) == "React":
            break
    assert focused(page) == "React"
    page.keyboard.press("Enter")
    expect(dialog(page, "React")).to_be_visible()
    assert focused(page) == "👍"
    page.keyboard.press("Enter")
    chip = page.get_by_role("button", name="👍 1: alice")
    expect(chip).to_be_visible()
    # It is taken back without a mouse as well: from the message on, all that is in it is reached.
    expect(chat(page, "earlier").get_by_role("button", name="React")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
        if focused(page) == "👍 1: alice":
            break
    page.keyboard.press("Enter")
    expect(chip).to_have_count(0)
    expect(chat(page, "earlier")).to_be_focused()
    # Into another channel, and a dialog that gives the focus back.
    page.locator("[data-key=settings]").focus()
    page.keyboard.press("Enter")
    expect(dialog(page, "Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-key=settings]")).to_be_focused()
    page.locator(f"[data-key=c{place[1]}]").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(field(page, place[0])).to_have_count(0)
    expect(page).to_have_url(re.compile(r"#c\d+$"))
    expect(page.locator("#main textarea")).to_be_focused()


@over_http_alone
def test_a_mention_is_notified_where_the_browser_allows(people, site, alice, bob, place):
    page = people.join(site, alice, permissions=["notifications"])
    page.evaluate("""() => {
      window.shown = [];
      window.Notification = class {
        static permission = "granted";
        static requestPermission() { return Promise.resolve("granted"); }
        constructor(title, options) { window.shown.push([title, options.body]); }
        close() {}
      };
    }""")
    page.get_by_role("button", name="Your profile").click()
    page.get_by_label("Notify me when I am mentioned").check()
    page.keyboard.press("Escape")
    bob.say(place[1], "nobody in particular")
    bob.say(place[1], "dear @Alice, look")
    badge = page.get_by_role("link", name=place[0][1:]).locator(".badge")
    expect(badge).to_contain_text("2 new, 1 for you")
    assert page.evaluate("window.shown") == [[f"bob in {place[0]}", "dear @Alice, look"]]


@over_http_alone
def test_a_notification_that_is_tapped_leads_to_what_it_is_about(people, site, alice, place):
    page = people.join(site, alice)
    # What the worker does then: a headless browser shows no notification that could be tapped.
    page.evaluate("""place => navigator.serviceWorker.ready.then(() =>
      navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: place })))""",
      place[2][1:])
    expect(field(page, place[0])).to_be_visible()


def test_the_app_opens_without_the_server_and_says_so(people, start_server):
    server = start_server()
    anna = Member.new(server.port, "anna")
    page = people.join(Site(server), anna)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    kept = page.evaluate("""() => caches.open("concord-shell").then((cache) => cache.keys())
      .then((requests) => requests.map(({ url }) => new URL(url).pathname))""")
    assert {"/", "/app.js", "/style.css"} <= set(kept)
    server.kill()
    say(page, "#general", "written offline")
    page.reload()
    expect(page.locator("#banner")).to_contain_text("The server cannot be reached")
    expect(page.get_by_text("Loading…")).to_have_count(0)
    page.locator("#unsent").get_by_role("button", name="Show").click()
    expect(dialog(page, "Not sent").get_by_label("Message")).to_have_value("written offline")
    # Of the chat nothing was kept.
    assert page.evaluate("caches.keys()") == ["concord-shell"]
    assert not any("/api/" in path or "client" in path for path in kept)


@over_http_alone
def test_the_app_can_be_installed(people, site):
    page = people.visit(site)
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["display"] == "standalone"
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [], [{"errorId": "in-incognito", "errorArguments": []}])
