"""The web client never lies about delivery: nothing is lost or doubled, whatever is cut."""

import json
import random
import re
import signal
import socket
import threading

import pytest
from playwright.sync_api import Error, expect
from support.browser import (
    CHROMIUM, CHROMIUM_ARGUMENTS, Held, Site, by_each_scheme, chat, dialog, everything_sent,
    expect_contents, field, log_in, over_http_alone, say, schemes, settings_for, watch)
from support.process import free_port
from support.rest import Member
from support.terminal import Terminal

WAITING = re.compile("waiting")

server = by_each_scheme()


class Cutter:
    """A proxy that, once told to, cuts each connection after a random number of bytes."""

    def __init__(self, target, seed):
        self.target = target
        self.random = random.Random(seed)
        self.is_calm = True
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.sockets += [client, server]
            budget = self.random.randrange(200, 9_000)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(
                    target=self._pump, args=(source, sink, budget), daemon=True).start()

    def _pump(self, source, sink, budget):
        try:
            while data := source.recv(4096):
                budget -= len(data)
                if budget < 0 and not self.is_calm:
                    self.cuts += 1
                    # In the midst of whatever it is: of what came, only some gets through.
                    sink.sendall(data[:len(data) // 2])
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for end in self.sockets:
            end.close()


class Restarting:
    """A server that can be killed and come back at the same address with the same data."""

    def __init__(self, start_server, **settings):
        self.start_server = start_server
        self.settings = settings
        self.port = free_port()
        self.server = start_server(port=self.port, settings=settings)

    def kill(self):
        self.server.kill()

    def start(self):
        self.server = self.start_server(
            port=self.port, data=self.server.data, settings=self.settings)


def stored(member, channel):
    """The contents of a channel as the server has them, oldest first."""
    chats = member.get(f"/api/chats?channelId={channel}&size=200").ok()
    return [chat["content"] for chat in reversed(chats)]


def test_a_message_shows_as_being_sent_until_the_server_has_it(people, site, alice, place):
    # The page's requests are only seen here if no worker passes them on.
    page = people.join(site, alice, place[2], service_workers="block")
    held = hold(page)
    say(page, place[0], "on its way")
    expect(chat(page, "on its way")).to_have_class(WAITING)
    expect(chat(page, "on its way")).to_contain_text("Sending…")
    page.wait_for_timeout(500)
    expect(chat(page, "on its way")).to_have_class(WAITING)
    held.release()
    expect(chat(page, "on its way")).not_to_have_class(WAITING)
    assert stored(alice, place[1]) == ["on its way"]


@over_http_alone
def test_a_refused_message_says_why_and_can_be_sent_again_or_discarded(
        people, site, unique, admin, place):
    member = Member.new(site.port, unique)
    page = people.join(site, member, place[2], service_workers="block")
    hold(page)
    say(page, place[0], "may I?")
    say(page, place[0], "or this?")
    # The right goes while they are on their way.
    mute = {"users": {str(member.id): {"admin": False, "values": {"chat.send": -1}}}, "roles": {}}
    rights = f"/api/channels/{place[1]}/rights"
    admin.request("PUT", rights, mute).ok()
    page.unroute("**/chats")
    expect(chat(page, "may I?")).to_contain_text("Not sent. You may not write in this channel.")
    page.reload()
    expect(chat(page, "or this?")).to_contain_text("Not sent.")
    chat(page, "or this?").get_by_role("button", name="Discard").click()
    expect(chat(page, "or this?")).to_have_count(0)
    admin.request("PUT", rights, {"users": {}, "roles": {}}).ok()
    chat(page, "may I?").get_by_role("button", name="Try again").click()
    everything_sent(page)
    assert stored(member, place[1]) == ["may I?"]


@pytest.mark.parametrize("scheme", schemes())
def test_a_kill_in_mid_conversation_loses_and_doubles_nothing(
        people, start_server, scheme, tmp_path):
    settings = settings_for(scheme, tmp_path)
    if scheme == "https":
        settings["listen_tls"] = f"127.0.0.1:{free_port()}"
    restarting = Restarting(start_server, **settings)
    members = [Member.new(restarting.port, name) for name in ("anna", "ben")]
    channel = members[0].channel("general")
    pages = [people.join(Site(restarting.server), member) for member in members]
    said = 0
    for _ in range(3):
        for _ in range(3):
            for page in pages:
                said += 1
                say(page, "#general", f"sentence {said}")
        restarting.kill()
        for page in pages:
            expect(page.locator("#banner")).to_contain_text("No connection")
            said += 1
            say(page, "#general", f"sentence {said}")
            expect(chat(page, f"sentence {said}").last).to_have_class(WAITING)
        restarting.start()
        for page in pages:
            everything_sent(page)
            # After some attempts it is a while until the next.
            expect(page.locator("#banner")).to_be_hidden(timeout=40_000)
    expected = {f"sentence {number}" for number in range(1, said + 1)}
    kept = stored(members[0], channel)
    assert sorted(kept) == sorted(expected)
    for page in pages:
        expect_contents(page, kept)
    # Each one's own keep the order in which they were written.
    for parity in (0, 1):
        own = [int(text.split()[1]) for text in kept if int(text.split()[1]) % 2 == parity]
        assert own == sorted(own)


def test_connections_cut_at_random_lose_and_double_nothing(people, site, alice, bob, place):
    cutter = Cutter(site.browsers_port, seed=7)
    try:
        anna = people.join(site, alice, place[2])
        ben = people.join(site, bob, place[2])
        through = people.join(Site(site.server, proxy=cutter), bob, place[2])
        cutter.is_calm = False
        said = 0
        # A busy machine has fewer connections to cut in the same time.
        while said < 12 or cutter.cuts <= 3 and said < 60:
            say(through, place[0], f"cut {said}")
            say(anna, place[0], f"whole {said}")
            said += 1
            through.wait_for_timeout(120)
        cutter.is_calm = True
        everything_sent(through)
        everything_sent(anna)
        kept = stored(alice, place[1])
        assert sorted(kept) == sorted(
            f"{kind} {n}" for kind in ("cut", "whole") for n in range(said))
        assert [text for text in kept if "cut" in text] == [f"cut {n}" for n in range(said)]
        for page in (through, anna, ben):
            # After many cuts it is a while until the next attempt.
            expect_contents(page, kept, timeout=40_000)
        assert cutter.cuts > 3
    finally:
        cutter.close()


def test_what_was_missed_while_offline_comes_by_itself(people, site, alice, bob, place):
    page = people.join(site, alice, place[2])
    bob.say(place[1], "before")
    expect(chat(page, "before")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("No connection")
    bob.say(place[1], "meanwhile")
    say(page, place[0], "from the train")
    expect(chat(page, "from the train")).to_contain_text("Waiting for the connection…")
    page.context.set_offline(False)
    expect(chat(page, "meanwhile")).to_be_visible()
    everything_sent(page)
    expect(page.locator("#banner")).to_be_hidden()
    expect_contents(page, ["before", "meanwhile", "from the train"])
    assert stored(bob, place[1]) == ["before", "meanwhile", "from the train"]


@over_http_alone
def test_a_connection_that_died_unnoticed_is_found_out_after_sleep(people, site, alice, place):
    page = people.join(site, alice, place[2])
    expect(page.get_by_text(f"This is the beginning of {place[0]}.")).to_be_visible()
    # A stream that is silent for ever, as after a change of network: nobody ends it.
    page.evaluate("""() => {
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function () { this.onmessage = this.onclose = null; };
      document.dispatchEvent(new Event("visibilitychange"));
      WebSocket.prototype.send = send;
    }""")
    alice.say(place[1], "not heard on the dead one")
    expect(chat(page, "not heard on the dead one")).to_be_visible(timeout=15_000)


def test_an_outbox_outlives_the_page(people, site, alice, place):
    page = people.join(site, alice, place[2], service_workers="block")
    page.route("**/chats", lambda route: route.abort())
    say(page, place[0], "written before the reload")
    expect(chat(page, "written before the reload")).to_have_class(WAITING)
    page.unroute("**/chats")
    page.reload()
    expect(chat(page, "written before the reload")).to_be_visible()
    expect(page.locator("li.waiting")).to_have_count(0, timeout=25_000)
    assert stored(alice, place[1]) == ["written before the reload"]


def hold(page):
    """Holds what the page sends from now on; @returns the requests that wait."""
    return Held(page, "**/chats")


@over_http_alone
def test_what_was_not_sent_outlives_a_login_that_ends(people, site, unique, place):
    member = Member.new(site.port, unique)
    page = people.join(site, member, place[2], service_workers="block")
    hold(page)
    say(page, place[0], "an hour of work")
    expect(chat(page, "an hour of work")).to_have_class(WAITING)
    member.post(f"/api/users/{member.id}/revoke-tokens")
    expect(page.locator("#front")).to_contain_text("Your login has ended")
    page.unroute("**/chats")
    log_in(page, unique)
    expect(field(page, "#general")).to_be_visible()
    expect(row(page, place).locator(".badge")).to_have_count(0)
    row(page, place).click()
    expect(chat(page, "an hour of work")).to_be_visible()
    everything_sent(page)
    assert stored(Member(site.port, unique), place[1]) == ["an hour of work"]


def row(page, place):
    return page.get_by_role("link", name=place[0][1:])


@over_http_alone
def test_what_was_for_a_channel_that_is_gone_is_shown_and_kept(people, site, admin, alice, place):
    page = people.join(site, alice, place[2], service_workers="block")
    held = hold(page)
    say(page, place[0], "too late")
    expect(chat(page, "too late")).to_have_class(WAITING)
    admin.request("DELETE", f"/api/channels/{place[1]}")
    expect(field(page, "#general")).to_be_attached()
    held.release()
    expect(page.locator("#unsent")).to_contain_text("1 message of yours is not sent")
    # Whoever logs out is told, and can look first.
    page.get_by_role("button", name="Your profile").click()
    page.get_by_role("tab", name="Account").click()
    page.get_by_role("button", name="Log out here").click()
    dialog(page, "Log out?").get_by_role("button", name="Show it").click()
    unsent = dialog(page, "Not sent")
    expect(unsent.get_by_label("Message")).to_have_value("too late")
    expect(unsent).to_contain_text("There is no such channel")
    unsent.get_by_role("button", name="Discard").click()
    expect(unsent).to_contain_text("Everything is sent")
    expect(page.locator("#unsent")).to_be_hidden()


def test_a_server_that_hangs_is_told_of_before_long(people, start_server):
    server = start_server()
    anna = Member.new(server.port, "anna")
    channel = anna.channel("general")
    page = people.join(Site(server), anna)
    server.child.send_signal(signal.SIGSTOP)
    say(page, "#general", "is anybody there?")
    expect(chat(page, "is anybody there?")).to_contain_text("Sending…")
    expect(chat(page, "is anybody there?")).to_contain_text("not confirmed this yet")
    # And it is asked whether it is there at all: not half a minute later.
    expect(page.locator("#banner")).to_contain_text("No connection", timeout=10_000)
    server.child.send_signal(signal.SIGCONT)
    everything_sent(page)
    assert stored(anna, channel) == ["is anybody there?"]


def test_what_a_restored_past_does_not_have_goes_from_the_screen(people, start_server, tmp_path):
    restarting = Restarting(start_server)
    anna = Member.new(restarting.port, "anna")
    channel = anna.channel("general")
    anna.say(channel, "before")
    terminal = Terminal(restarting.server.data)
    terminal.ok("backup", tmp_path / "backup.db")
    later = anna.say(channel, "after")["id"]
    thread = anna.post(f"/api/chats/{later}/thread", {"name": "Later"}).ok()["id"]
    page = people.join(Site(restarting.server), anna, f"/#c{channel}/t{thread}")
    expect(field(page, "Later")).to_be_visible()
    restarting.server.terminate()
    terminal.ok("restore", tmp_path / "backup.db", "--yes")
    restarting.start()
    expect(page.get_by_role("complementary")).to_be_hidden(timeout=20_000)
    expect(page.locator("#toasts")).to_contain_text("The thread that you were in is not there")
    expect_contents(page, ["before"])
    say(page, "#general", "and on it goes")
    everything_sent(page)
    assert stored(anna, channel) == ["before", "and on it goes"]


@over_http_alone
def test_a_browser_that_keeps_nothing_chats_all_the_same(site, alice, place, chromium, tmp_path):
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    preferences.write_text(json.dumps(blocked))
    context = chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, ignore_https_errors=True)
    page = context.new_page()
    watch(page)
    page.goto(site.origin + place[2])
    with pytest.raises(Error, match="Access is denied"):
        page.evaluate("localStorage.length")
    log_in(page, "alice")
    say(page, place[0], "out of nowhere")
    everything_sent(page)
    assert stored(alice, place[1]) == ["out of nowhere"]
    assert page.problems == []
    context.close()


@over_http_alone
def test_a_full_storage_loses_nothing(people, site, alice, place):
    page = people.join(site, alice, place[2])
    page.evaluate("""() => {
      for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
        try {
          while (true) localStorage.setItem(`filler${localStorage.length}`, "x".repeat(size));
        } catch {}
      }
    }""")
    say(page, place[0], "for which there is no room")
    everything_sent(page)
    expect(chat(page, "for which there is no room")).to_be_visible()
    assert stored(alice, place[1]) == ["for which there is no room"]


@over_http_alone
def test_a_message_that_cannot_be_taken_as_it_is_can_be_mended(people, site, alice, place):
    page = people.join(site, alice, place[2])
    say(page, place[0], "a bell\a")
    expect(page.locator("li.failed")).to_contain_text("The message must not contain control")
    page.locator("li.failed").get_by_role("button", name="Edit").click()
    expect(field(page, place[0])).to_be_focused()
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    everything_sent(page)
    assert stored(alice, place[1]) == ["a bell"]


@pytest.mark.parametrize("scheme", schemes())
def test_who_was_away_too_long_reads_everything_afresh(people, start_server, scheme, tmp_path):
    server = start_server(settings=settings_for(scheme, tmp_path) | {"event_retention": 100})
    anna, ben = (Member.new(server.port, name) for name in ("anna", "ben"))
    channel = anna.channel("general")
    first = anna.say(channel, "to be edited")
    page = people.join(Site(server), ben)
    expect(chat(page, "to be edited")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("No connection")
    anna.request("PATCH", f"/api/chats/{first['id']}", {"content": "edited meanwhile"}).ok()
    for number in range(300):
        anna.say(channel, f"number {number}")
    # The store forgets in steps; one that has not yet would only replay.
    page.context.set_offline(False)
    expect(chat(page, "number 299")).to_be_visible()
    expect_contents(page, [f"number {number}" for number in range(250, 300)])
    ben.say(channel, "and on it goes")
    expect(chat(page, "and on it goes")).to_be_visible()


@pytest.mark.alone
def test_it_waits_as_long_as_a_rate_limit_asks(people, start_server):
    # A member may write a burst of 60 and then one a second.
    server = start_server(settings={"rate_messages_per_minute": 15})
    anna = Member.new(server.port, "anna")
    channel = anna.channel("general")
    page = people.join(Site(server), anna)
    while anna.post(f"/api/channels/{channel}/chats", {"content": "x"}).status == 200:
        pass
    say(page, "#general", "patience")
    expect(chat(page, "patience")).to_contain_text("Waiting: ")
    everything_sent(page)
    assert stored(anna, channel)[-1] == "patience"
