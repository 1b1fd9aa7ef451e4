"""The web client with much of it: ten thousand messages, and a hundred of them in a second."""

import time

import pytest
from playwright.sync_api import expect
from support.browser import WAIT_MS, Site, chat, contents, field, next_frame, wait_until
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.websocket import Client


def test_ten_thousand_messages_scroll_without_a_jump(people, start_server):
    server = start_server(settings={"durability": "relaxed"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    channel = admin.channel("general")
    with Client(server.port, admin.token) as client:
        for number in range(10_000):
            content = f"line {number} " + "word " * (number % 40)
            client.send(type="chat_written", channelId=channel, content=content)
            if number % 100 == 99:
                client.next_chat(content, timeout=30)
    page = people.join(Site(server), admin)
    expect(chat(page, "line 9999 ")).to_be_visible()
    page.locator("#main .scroller").hover()
    # Frame by frame: what is in sight moves as the wheel says, never otherwise.
    page.evaluate("""() => {
      const scroller = document.querySelector("#main .scroller");
      const seen = new Map();
      window.jumps = [];
      window.most = 0;
      const look = () => {
        const items = [...document.querySelectorAll("#main li.chat")];
        const tops = new Map(
          items.map((item) => [item.dataset.id, item.getBoundingClientRect().top]));
        const stayed = [...tops].filter(([id]) => seen.has(id));
        const moved = stayed.map(([id, top]) => top - seen.get(id));
        const spread = moved.length ? Math.max(...moved) - Math.min(...moved) : 0;
        if (spread > 1) window.jumps.push(["spread", spread]);
        if (moved.length && Math.abs(moved[0]) > 2000) window.jumps.push(["moved", moved[0]]);
        if (seen.size && !moved.length) window.jumps.push(["lost"]);
        seen.clear();
        for (const [id, top] of tops) seen.set(id, top);
        window.most = Math.max(window.most, items.length);
        requestAnimationFrame(look);
      };
      look();
    }""")

    def is_far_up():
        page.mouse.wheel(0, -1500)
        # Two turns in one frame would look like a jump.
        next_frame(page)
        first = page.locator("#main li.chat .content").first.inner_text()
        return int(first.split()[1]) < 8_000
    wait_until(page, is_far_up, "two thousand messages up", WAIT_MS * 6)
    assert page.evaluate("window.jumps") == []
    assert page.evaluate("window.most") <= 200
    numbers = [int(text.split()[1]) for text in contents(page)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    page.get_by_role("button", name="Newest messages").click()
    expect(chat(page, "line 9999 ")).to_be_in_viewport()


@pytest.mark.alone
def test_a_hundred_messages_a_second_do_not_freeze_the_page(people, site, alice, bob, place):
    page = people.join(site, alice, place[2])
    expect(field(page, place[0])).to_be_attached()
    page.evaluate("""() => {
      window.longest = 0;
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - last);
        last = now;
      }, 10);
    }""")
    sent = 500
    with Client(site.port, bob.token) as client:
        begun = time.monotonic()
        for number in range(sent):
            client.send(type="chat_written", channelId=place[1], content=f"burst {number}")
            time.sleep(max(0, begun + number / 100 - time.monotonic()))
            if number == sent // 2:
                field(page, place[0]).press_sequentially("typed in between", timeout=30_000)
                expect(field(page, place[0])).to_have_value("typed in between")
    expect(chat(page, f"burst {sent - 1}")).to_be_in_viewport()
    said = contents(page)
    assert said == [f"burst {number}" for number in range(sent - len(said), sent)]
    # Even on a busy machine nothing came near to a freeze.
    assert page.evaluate("window.longest") < 2_000
