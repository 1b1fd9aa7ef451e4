"""The web client and pictures: a large one is made small, a harmful one is not shown."""

import io
import os
import re
import struct
import zlib

from PIL import Image
from playwright.sync_api import expect
from support.browser import Site, chat, dialog, wait_until
from support.process import ADMIN_PASSWORD
from support.rest import Member


def encoded(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def noise(width, height):
    return Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))


def bomb(width, height):
    """A PNG of one-bit pixels: a few kilobytes, and gigabytes when it is decoded."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def choose(page, content, kind="image/png"):
    if not dialog(page).count():
        page.get_by_role("button", name="Your profile").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "me", "mimeType": kind, "buffer": content})


def kept(member):
    """The picture that the server has of a member; None without one."""
    image = member.get("/api/self").ok()["profile"]["avatarId"]
    return image and Image.open(io.BytesIO(member.get(f"/api/images/{image}").body))


def test_a_large_one_of_any_kind_is_made_small_before_it_is_uploaded(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    shown = dialog(page).locator(".portrait img")
    before = None
    for kind, options in (
            ("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True, "method": 0}),
            ("WEBP", {"quality": 90})):
        # Without loss they are more than the server would take.
        choose(page, encoded(noise(1000, 750), kind, **options))
        expect(shown).to_have_attribute("src", re.compile("^blob:"))
        if before:
            expect(shown).not_to_have_attribute("src", before)
        before = shown.get_attribute("src")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
        assert kept(member).size == (512, 384)


def test_a_small_one_is_uploaded_as_it_is(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    frames = [Image.new("P", (64, 64), shade) for shade in (1, 2, 3)]
    choose(page, encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "image/gif")
    expect(dialog(page).locator(".portrait img")).to_have_attribute("src", re.compile("^blob:"))
    assert kept(member).format == "GIF"


def test_what_cannot_be_shown_is_not_uploaded(people, site, unique):
    member = Member.new(site.port, unique)
    page = people.join(site, member)
    broken = [
        b"\x89PNG\r\n\x1a\n" + bytes(100), b"GIF89a\1\0\1\0<script>harm=1</script>", b"", b"<svg/>",
        b"\xff\xd8\xff\xe0" + bytes(50)]
    for content in broken:
        choose(page, content)
        told = page.locator("#toasts p", has_text="This is no picture that can be shown.")
        expect(told).to_have_count(1)
        page.evaluate("document.getElementById('toasts').replaceChildren()")
    assert kept(member) is None


def test_what_is_too_large_also_when_it_is_small_is_told(people, start_server):
    server = start_server(settings={"image_bytes": 1024})
    page = people.join(Site(server), Member(server.port, "admin", ADMIN_PASSWORD))
    choose(page, encoded(noise(600, 600), "PNG"))
    expect(page.locator("#toasts")).to_contain_text("too large: 1 KB at most")


def test_one_that_would_stop_a_browser_is_not_shown(people, start_server):
    """The server takes none with its default settings, but an earlier version did."""
    server = start_server(settings={"picture_pixels": 1 << 28})
    site = Site(server)
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    place = admin.post("/api/channels", {"name": "place"}).ok()["id"]
    for number in range(3):
        member = Member.new(site.port, f"nobody {number}")
        member.post(
            "/api/self/avatar", bomb(16_000, 16_000), headers={"Content-Type": "image/png"}).ok()
        member.say(place, f"look at me {number}")
    page = people.join(site, member, service_workers="block")
    fetched = []
    page.on("requestfinished", lambda request: fetched.append(request.url)
            if "/api/images/" in request.url else None)
    page.goto(f"{site.origin}/#c{place}")
    expect(chat(page, "look at me 2")).to_be_visible()
    wait_until(page, lambda: len(fetched) >= 2, "the pictures of the others")
    choose(page, bomb(20_000, 20_000))
    expect(page.locator("#toasts")).to_contain_text("The picture has too many pixels.")
    expect(page.locator("#main .avatar")).to_have_text(["N", "N", "N"])
    expect(page.locator(".avatar img")).to_have_count(0)
