"""The web client in Firefox: what every member does, and what browsers do differently."""

import os
import time

import pytest
from support.firefox import FIREFOX, Firefox
from support.process import free_port
from support.rest import MEMBER_PASSWORD, Member

ENTER = "\ue007"
TAB = "\ue004"

pytestmark = pytest.mark.skipif(not os.path.exists(FIREFOX), reason="Firefox is not installed")

CONTENTS = "[...document.querySelectorAll('#main li.chat .content')].map((e) => e.innerText)"


@pytest.fixture(scope="module")
def firefox():
    browser = Firefox()
    browser.size(1280, 800)
    yield browser
    browser.close()


def log_in(firefox, port, name):
    firefox.open(f"http://127.0.0.1:{port}/")
    firefox.value("localStorage.clear()")
    firefox.open(f"http://127.0.0.1:{port}/")
    firefox.wait_for("document.querySelector('.door input') === document.activeElement")
    firefox.type(name + TAB + MEMBER_PASSWORD + ENTER)
    firefox.wait_for("document.activeElement.matches('.composer textarea')")


def test_a_member_logs_in_talks_and_scrolls_back(firefox, server, admin, alice):
    channel = admin.channel("general")
    for number in range(120):
        admin.say(channel, f"earlier {number}")
    log_in(firefox, server.port, "alice")
    firefox.wait_for(f"{CONTENTS}.at(-1) === 'earlier 119'")
    firefox.type("Hello from **Firefox**" + ENTER)
    firefox.wait_for("document.querySelectorAll('li.waiting').length === 0")
    firefox.wait_for(f"{CONTENTS}.at(-1) === 'Hello from Firefox'")
    assert admin.get(f"/api/channels/{channel}/chats/latest?size=1").ok()[0]["content"] == (
        "Hello from **Firefox**")
    admin.say(channel, "and an answer")
    firefox.wait_for(f"{CONTENTS}.at(-1) === 'and an answer'")
    # Upwards, while what is in sight stays where it is.
    deadline = time.monotonic() + 60
    while not firefox.value(f"{CONTENTS}[0] === 'earlier 0'"):
        assert time.monotonic() < deadline
        firefox.wheel(600, 400, -600)
        # It scrolls in its own time; wheels that come faster are not added up.
        time.sleep(0.1)
    earlier = [f"earlier {number}" for number in range(120)]
    assert firefox.value(CONTENTS) == earlier + ["Hello from Firefox", "and an answer"]
    assert firefox.errors() == []


def test_the_same_rules_stop_what_would_run(firefox):
    assert firefox.value(
        "fetch('https://elsewhere.test/').then(() => 'ran', (error) => error.name)") == "TypeError"
    assert firefox.value("typeof harm") == "undefined"


def test_a_kill_is_survived_without_a_reload(firefox, start_server):
    port = free_port()
    server = start_server(port=port)
    anna = Member.new(port, "anna")
    channel = anna.channel("general")
    log_in(firefox, port, "anna")
    firefox.type("before" + ENTER)
    firefox.wait_for(f"{CONTENTS}.at(-1) === 'before'")
    firefox.wait_for("document.querySelectorAll('li.waiting').length === 0")
    server.kill()
    firefox.wait_for("!document.getElementById('banner').hidden")
    firefox.type("meanwhile" + ENTER)
    firefox.wait_for("document.querySelectorAll('li.waiting').length === 1")
    start_server(port=port, data=server.data)
    firefox.wait_for("document.getElementById('banner').hidden", timeout=30)
    firefox.wait_for("document.querySelectorAll('li.waiting').length === 0", timeout=30)
    kept = anna.get(f"/api/channels/{channel}/chats/latest").ok()
    assert [chat["content"] for chat in kept] == ["meanwhile", "before"]
    assert firefox.value(CONTENTS) == ["before", "meanwhile"]


def test_back_closes_a_dialog_and_closing_it_otherwise_costs_no_step(firefox, server, alice):
    log_in(firefox, server.port, "alice")
    firefox.wait_for("document.querySelector('.own') !== null")
    begin = firefox.value("history.length")
    is_open = "document.querySelector('dialog') !== null"
    for closing in ("history.back()", "document.querySelector('dialog').close()"):
        firefox.value("document.querySelector('.own').click()")
        firefox.wait_for(is_open + " && history.state?.layer > 0")
        firefox.value(closing)
        firefox.wait_for("!(" + is_open + ") && !history.state?.layer")
    # One entry for dialogs, that of the last one, which Forward would lead to.
    assert firefox.value("history.length") == begin + 1


def test_nothing_is_wider_than_a_phone(firefox, server):
    firefox.size(360, 740)
    firefox.open(f"http://127.0.0.1:{server.port}/")
    firefox.wait_for("document.querySelector('.own, .door') !== null")
    assert firefox.value("document.documentElement.scrollWidth") <= 360
    firefox.size(1280, 800)
