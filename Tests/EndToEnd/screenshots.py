"""Pictures of the web client, to look at: screenshots.py FOLDER [README-PICTURE]

A small community with something to say, at the widths of a phone, a tablet and a desktop, light
and dark. The last one is also written small, for the README.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect, sync_playwright
from support.browser import CHROMIUM, CHROMIUM_ARGUMENTS, People, Site, chat, field
from support.process import ADMIN_PASSWORD, Server
from support.rest import Member
from support.websocket import Client

WIDTHS = {360: 740, 768: 1024, 1280: 800}
README_WIDTH = 900

PEOPLE = {
    "mara": ("Mara Lind", "#c8553d", "Boats, bread, and the Tuesday quiz."),
    "jonas": ("Jonas", "#2a7f8e", "Keeps the Pi under the stairs alive."),
    "tilda": ("Tilda", "#8a5a9e", ""),
    "oskar": ("Oskar", "#d19a2b", ""),
    "wren": ("Wren", "#4d7f4d", ""),
}

TALK = [
    ("mara", "Good morning! The ferry leaves at **9:40** on Saturday, not at 10."),
    ("mara", "Who brings the big tent?"),
    ("oskar", "I do. And the stove, if somebody has gas left."),
    ("jonas", "Two cartridges here 👍"),
    ("tilda", "Weather looks fine until Sunday evening:\nhttps://weather.example/harbour"),
    ("jonas", "I moved the chat to the new Pi last night. It answers `wss` now, and it took\n"
              "```\n$ uptime\n 08:12:04 up 9:41, load average: 0.02, 0.01, 0.00\n```\n"
              "so nobody should have noticed anything."),
    ("wren", "Noticed *nothing*. My phone just went on where it was."),
    ("mara", "@tilda can you take the dog on Friday?"),
]


def portrait(colour, seed):
    """A small picture that is somebody's own: hills under a sun."""
    image = Image.new("RGB", (192, 192), "#f3e6d0")
    draw = ImageDraw.Draw(image)
    draw.ellipse((110 - 9 * seed, 30, 160 - 9 * seed, 80), fill="#f7c65b")
    draw.polygon([(0, 130), (60 + 10 * seed, 70), (192, 150), (192, 192), (0, 192)], fill=colour)
    draw.polygon([(0, 160), (120, 110), (192, 170), (192, 192), (0, 192)], fill="#27414a")
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def populate(server):
    """Fills a server, and returns its administrator and members by name."""
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    admin.request("PATCH", "/api/server", {
        "name": "Harbour House", "description": "Everybody of number 12"}).ok()
    members = {name: Member.new(server.port, name) for name in PEOPLE}
    for seed, (name, (nickname, colour, bio)) in enumerate(PEOPLE.items()):
        members[name].request("PATCH", "/api/self", {"nickname": nickname, "bio": bio or None}).ok()
        if name != "wren":
            members[name].post(
                "/api/self/avatar", portrait(colour, seed),
                headers={"Content-Type": "image/png"}).ok()
    rights = ("channel.manage", "invite.create", "server.manage")
    given = {"admin": False, "values": dict.fromkeys(rights, 1)}
    admin.request("PUT", f"/api/users/{members['mara'].id}/rights", given).ok()
    general = admin.channel("general")
    admin.request("PATCH", f"/api/channels/{general}", {
        "description": "What concerns everybody in the house"}).ok()
    made = {}
    for number, (name, parent) in enumerate([
            ("trips", None), ("saturday", "trips"), ("kitchen", None), ("garden", None),
            ("music", None)]):
        made[name] = admin.post("/api/channels", {
            "name": name, "parentChannelId": made.get(parent), "ordinality": number + 1}).ok()["id"]
    said = [members[name].say(general, text) for name, text in TALK]
    for chat_number, reaction, names in (
            (0, "⛴️", ("jonas", "tilda", "oskar")), (2, "🔥", ("mara",)),
            (6, "🎉", ("mara", "jonas"))):
        for name in names:
            members[name].post(
                f"/api/chats/{said[chat_number]['id']}/reactions",
                {"reaction": reaction, "adding": True})
    source = said[1]["id"]
    thread = members["oskar"].post(f"/api/chats/{source}/thread", {"name": "Packing list"}).ok()
    for name, text in (
            ("oskar", "Tent, stove, two pans"), ("wren", "Cards and the blue blanket"),
            ("jonas", "Coffee. Plenty of it.")):
        members[name].say(general, text, threadId=thread["id"])
    return admin, members, made, general, thread


def take(page, folder, name):
    # Away from everything that shows tools.
    page.mouse.move(5, 2)
    page.wait_for_timeout(300)
    page.screenshot(path=folder / f"{name}.png")


def views(people, site, members, made, general, thread, folder, width, scheme):
    """All views at one width; the name of each picture says which."""
    options = {
        "viewport": {"width": width, "height": WIDTHS[width]}, "color_scheme": scheme,
        "device_scale_factor": 1, "service_workers": "block", "has_touch": width == 360,
        "is_mobile": width == 360}
    prefix = f"{width}-{scheme}"
    door = people.visit(site, **options)
    take(door, folder, f"{prefix}-login")
    page = people.join(site, members["mara"], f"/#c{general}", **options)
    expect(chat(page, "Noticed nothing")).to_be_visible()
    page.wait_for_timeout(300)
    members["tilda"].say(made["saturday"], "@mara the cabin has a boat!")
    members["oskar"].say(made["kitchen"], "Soup at six")
    with Client(site.port, members["oskar"].token) as oskar:
        oskar.send(type="chat_typing", channelId=general)
        expect(page.get_by_text("Oskar is typing…")).to_be_visible()
        if width == 1280:
            page.get_by_role("button", name="Members", exact=True).click()
        take(page, folder, f"{prefix}-talk")
    message = chat(page, "Who brings")
    message.locator(".content").tap() if width == 360 else message.hover()
    page.wait_for_timeout(200)
    page.screenshot(path=folder / f"{prefix}-tools.png")
    page.goto(f"{site.origin}/#c{general}/t{thread['id']}")
    expect(field(page, "Packing list")).to_be_visible()
    take(page, folder, f"{prefix}-thread")
    page.goto(f"{site.origin}/#c{general}")
    if width == 360:
        page.get_by_role("button", name="Channels").click()
        take(page, folder, f"{prefix}-channels")
        page.get_by_role("link", name="general").click()
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_label("Search messages").fill("tent OR stove")
    page.get_by_label("Search messages").press("Enter")
    expect(page.locator(".result").first).to_be_visible()
    take(page, folder, f"{prefix}-search")
    page.get_by_role("button", name="Close").click()
    if width == 360:
        page.get_by_role("button", name="Channels").click()
    page.get_by_role("button", name="Your profile").click()
    take(page, folder, f"{prefix}-profile")
    page.get_by_role("tab", name="Invites").click()
    page.get_by_role("button", name="Make an invite").click()
    expect(page.locator(".qr")).to_be_visible()
    take(page, folder, f"{prefix}-invite")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.goto(f"{site.origin}/#c{general}") if width == 360 else None
    field(page, "#general").fill("I am in the tunnel, this will take a moment")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Waiting for the connection…")).to_be_visible()
    take(page, folder, f"{prefix}-offline")


def main(folder, readme_picture=None):
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"password_rounds": 100_000}
    with Server(tempfile.mkdtemp(), settings) as server, sync_playwright() as playwright:
        admin, members, made, general, thread = populate(server)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        online = [Client(server.port, members[name].token) for name in ("jonas", "tilda")]
        with online[0], online[1]:
            members["tilda"].request("PUT", "/api/self/status", {"onlineStatus": "AWAY"}).ok()
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    people = People(browser)
                    views(
                        people, Site(server), members, made, general, thread, folder, width, scheme)
                    people.close()
        browser.close()
    if readme_picture:
        picture = Image.open(folder / "1280-light-talk.png").convert("RGB")
        height = picture.height * README_WIDTH // picture.width
        picture.resize((README_WIDTH, height), Image.Resampling.LANCZOS).save(
            readme_picture, quality=82, method=6)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
