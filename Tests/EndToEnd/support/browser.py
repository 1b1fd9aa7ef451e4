"""People at browsers: Debian's Chromium, driven by Playwright, against a real server."""

import datetime
import ipaddress
import json
import os
import re
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import expect, sync_playwright

from support.process import BINARY, PATIENCE
from support.rest import MEMBER_PASSWORD

CHROMIUM = "/usr/bin/chromium"
# As root it has no sandbox; nothing but our own page is opened.
CHROMIUM_ARGUMENTS = ["--no-sandbox"]
WAIT_MS = 10_000 * PATIENCE

expect.set_options(timeout=WAIT_MS)

# Whatever a test takes for granted too early shows itself when all from the server comes late.
IS_LATE = "CONCORD_TESTS_LATE" in os.environ
# In its order, as if it had been so long on its way: what the stream brings, and answers.
LATE = """(() => {
  const late = (action) => setTimeout(action, 400);
  const { fetch, WebSocket } = window;
  window.fetch = (...given) => fetch(...given).finally(() => new Promise(late));
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      for (const type of ["message", "close"]) this.addEventListener(type, (event) => {
        if (!event.isTrusted) return;
        event.stopImmediatePropagation();
        late(() => this.dispatchEvent(new event.constructor(type, event)));
      });
    }
  };
})();"""


def knows_tls():
    """Whether this server can speak https."""
    help_text = subprocess.run(
        [BINARY, "help", "settings"], capture_output=True, text=True, check=True).stdout
    return re.search(r"^tls = ", help_text, re.MULTILINE) is not None


def schemes():
    return ["http", "https"] if knows_tls() else ["http"]


def settings_for(scheme, folder):
    """The settings of a server that browsers are to reach by that scheme."""
    return tls_settings(folder) if scheme == "https" else {}


def tls_settings(folder):
    """A certificate for 127.0.0.1 that nobody has signed, and the settings that serve it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "concord.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256()))
    (folder / "tls.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "tls.key").touch(0o600)
    (folder / "tls.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "tls": "files", "listen_tls": "127.0.0.1:0", "tls_certificate": folder / "tls.crt",
        "tls_key": folder / "tls.key"}


class Site:
    """A server as browsers reach it: by https, if it speaks that. The tests' own requests go to
    `port`."""

    def __init__(self, server, proxy=None):
        self.server = server
        self.port = self.browsers_port = server.port
        if server.speaks_tls:
            found = server.wait_for_log(r"listening on https://127\.0\.0\.1:(\d+)")
            self.browsers_port = int(found.group(1))
        scheme = "https" if server.speaks_tls else "http"
        self.origin = f"{scheme}://127.0.0.1:{proxy.port if proxy else self.browsers_port}"


class People:
    """Browser contexts, one for each person, that end with the test."""

    def __init__(self, browser):
        self.browser = browser
        self.contexts = []
        self.pages = []

    def context(self, **options):
        usual = {"viewport": {"width": 1280, "height": 800}, "ignore_https_errors": True}
        context = self.browser.new_context(**usual | options)
        context.set_default_timeout(WAIT_MS)
        if IS_LATE:
            context.add_init_script(LATE)
        self.contexts.append(context)
        return context

    def visit(self, site, **options):
        """A page of somebody who has not logged in."""
        return self.open(self.context(**options), site.origin)

    def join(self, site, member, path="/", **options):
        """A page of a member who is logged in at this browser since earlier."""
        session = json.dumps({"token": member.token, "since": int(time.time() * 1000)})
        entries = [{"name": "concord.session", "value": session}]
        state = {"cookies": [], "origins": [{"origin": site.origin, "localStorage": entries}]}
        page = self.open(self.context(storage_state=state, **options), site.origin + path)
        # Where what is new begins it marks when it has read everything.
        marks = "Object.keys(localStorage).some((key) => key.startsWith('concord.read.'))"
        wait_until(page, lambda: page.evaluate(marks), "the marks of what was read")
        expect(page.locator("#sidebar [aria-current]")).to_be_attached()
        return page

    def open(self, context, address):
        """Another page of the same browser."""
        page = context.new_page()
        watch(page)
        self.pages.append(page)
        page.goto(address)
        return page

    def close(self):
        for context in self.contexts:
            context.close()


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests of a file. (Its loop must not be there in other files' tests.)"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def people(chromium):
    """Opens pages that are closed after the test, in which nothing may have gone wrong."""
    people = People(chromium)
    yield people
    people.close()
    assert [problem for page in people.pages for problem in page.problems] == []


def by_each_scheme():
    """The fixture `server` of a file whose tests are done over http, and over https where it knows
    how."""
    @pytest.fixture(scope="module", params=schemes())
    def server(request, make_server, tmp_path_factory):
        return make_server(settings=settings_for(request.param, tmp_path_factory.mktemp("tls")))
    return server


# What differs between schemes in nothing that a test looks at is tried over one.
over_http_alone = pytest.mark.parametrize("server", ["http"], indirect=True)


@pytest.fixture(scope="module")
def site(server):
    return Site(server)


@pytest.fixture
def place(admin, unique):
    """A channel of the test's own: its name, its id, and the address of its page."""
    made = admin.post("/api/channels", {"name": unique}).ok()
    return f"#{unique}", made["id"], f"/#c{made['id']}"


def watch(page):
    """Whatever goes wrong in a page is kept in `page.problems`: exceptions, and what its
    policy has stopped."""
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error.stack)))
    page.on("console", lambda message: page.problems.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text else None)


def log_in(page, name, password=MEMBER_PASSWORD):
    """Comes in by the door."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def field(page, place):
    """Where one writes in a channel or thread."""
    return page.get_by_label(f"Message {place}", exact=True)


def say(page, place, text):
    box = field(page, place)
    box.fill(text)
    box.press("Enter")


def chat(page, text):
    """The message with that text."""
    return page.locator("li.chat", has=page.locator(".content", has_text=text))


def use(page, message, tool):
    """Points at a message and uses one of its tools."""
    # Until the server has it, it is none that has tools.
    expect(message).not_to_have_class(re.compile("waiting"))
    message.hover()
    message.get_by_role("button", name=tool, exact=True).click()


def react(member, said, reaction):
    """Gives a reaction otherwise than by a page."""
    body = {"reaction": reaction, "adding": True}
    assert member.post(f"/api/chats/{said['id']}/reactions", body).status == 200


def contents(page):
    """What is said in the channel, as far as it is on the page at this moment, oldest first."""
    return page.locator("#main li.chat .content").all_inner_texts()


def expect_contents(page, said, **options):
    """Waits until that is said in the channel, and nothing else."""
    expect(page.locator("#main li.chat .content")).to_have_text(said, **options)


def everything_sent(page):
    """Waits until no message is on its way any more."""
    expect(page.locator("li.waiting")).to_have_count(0, timeout=30_000)


def dialog(page, title=None):
    return page.get_by_role("dialog", name=title) if title else page.get_by_role("dialog")


def leave_dialog(page):
    """Closes the only dialog."""
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)


# A section of the settings, and a field that it alone has.
SECTIONS = {
    "Profile": "About you", "Account": "Old password", "Server": "First channel",
    "Invites": "For how many people", "Roles": "New role"}


def open_section(page, section):
    """Shows a section of the settings, which are open; some of them are read first."""
    page.get_by_role("tab", name=section).click()
    expect(page.get_by_role("tabpanel").get_by_label(SECTIONS[section])).to_be_visible()


def wait_until(page, is_so, what, timeout=WAIT_MS):
    """Waits for what no locator tells, while the page goes on."""
    deadline = time.monotonic() + timeout / 1000
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come about: {what}"
        page.wait_for_timeout(30)


def next_frame(page):
    """Waits until what was done is on the screen."""
    page.evaluate("""() => new Promise(
      (done) => requestAnimationFrame(() => requestAnimationFrame(done)))""")


def drawn(page):
    """Waits until all that has come is dealt with and drawn: what is asked for now comes later."""
    page.evaluate("""() => fetch("/icon.svg").then((answer) => answer.blob()).then(() => null)""")
    next_frame(page)


def wheel_until(page, down, is_there):
    """Turns the mouse's wheel above the conversation for as long as it takes."""
    page.locator("#main .scroller").hover()

    def turn():
        page.mouse.wheel(0, down)
        page.wait_for_timeout(40)
        return is_there()
    wait_until(page, turn, "there by the wheel")


class Held:
    """The requests of a page that match, which wait from now on until they are let go. (Only seen
    if no service worker passes them on.)"""

    def __init__(self, page, pattern):
        self.page = page
        self.pattern = pattern
        # What lets each of them go, the oldest first.
        self.waiting = []
        page.route(pattern, lambda route: self.waiting.append(self.way_on(route)))

    def way_on(self, route):
        return route.continue_

    def wait(self):
        """Waits until there is one."""
        wait_until(self.page, lambda: self.waiting, f"a request for {self.pattern}")

    def release(self):
        """Lets those go that are there, of which there must be one."""
        self.wait()
        while self.waiting:
            self.waiting.pop(0)()


class HeldAnswers(Held):
    """Requests of which only the answers wait: the server has done what they ask for."""

    def way_on(self, route):
        answer = route.fetch()
        return lambda: route.fulfill(response=answer)


