"""Protocol A5 and B: avatars and the server's icon."""

import io
import os
import subprocess
import time

import pytest
from PIL import Image, ImageOps
from support.pictures import (
    KINDS, encoded, gif, jpeg, located_exif, picture, png, png_chunk, webp)
from support.process import ADMIN_PASSWORD
from support.raw import Wire
from support.rest import Member

def upload(member, data, kind="image/png", path="/api/self/avatar"):
    return member.post(path, data, headers={"Content-Type": kind})


@pytest.fixture
def member(server, unique):
    return Member.new(server.port, unique)


@pytest.mark.parametrize("kind", KINDS)
def test_an_avatar_comes_back_as_it_was_sent(member, bob, connect, kind):
    data = picture(kind, 5000)
    socket = connect(bob)
    user = upload(member, data, kind).ok()
    assert socket.next("user_updated")["user"] == user
    answer = bob.get(f"/api/images/{user['profile']['avatarId']}")
    assert (answer.status, answer.body) == (200, data)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-length"] == "5000"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("size", [57, 58, 24_000, 24_001, 100_000, 2 << 20])
def test_every_size_is_whole(member, size):
    data = picture(size=size)
    answer = member.get(f"/api/images/{upload(member, data).ok()['profile']['avatarId']}")
    assert answer.body == data


def test_the_bytes_alone_tell_where_no_type_is_said(member):
    data = picture("image/gif")
    user = upload(member, data, "application/octet-stream").ok()
    answer = member.get(f"/api/images/{user['profile']['avatarId']}")
    assert answer.headers["content-type"] == "image/gif"


@pytest.mark.parametrize("data, kind", [
    (picture(), "image/jpeg"), (picture(), "image/svg+xml"), (picture(), "text/html"),
    (b"<svg>" + bytes(100), "image/png"), (b"<html>" * 10, "application/octet-stream"),
    (b"\x89PN", "image/png"), (b"RIFF1234WAVEfmt ", "image/webp"), (b"", "image/png")])
def test_what_is_no_such_image_is_415(member, data, kind):
    assert upload(member, data, kind).status == 415
    assert member.get("/api/self").ok()["profile"]["avatarId"] is None


def shown(member, data, kind, path="/api/self/avatar"):
    """The picture as others get it after an upload."""
    user = upload(member, data, kind, path).ok()
    return member.get(f"/api/images/{user['profile']['avatarId']}").body


def photograph():
    image = Image.effect_noise((40, 30), 90).convert("RGB")
    image.putpixel((0, 0), (255, 0, 0))
    return image


TRACES = [b"Secret", b"2026:01", b"GPS", b"http://ns.adobe", b"comment", b"behind the end", b"tEXt"]


@pytest.mark.parametrize("kind, options", [
    ("PNG", {}), ("JPEG", {"quality": 90, "dpi": (72, 72), "comment": b"a comment"}),
    ("JPEG", {"progressive": True}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 80})])
@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_no_metadata_but_the_orientation_is_handed_out(member, kind, options, orientation):
    image = photograph()
    profile = b"profile" * 40
    sent = encoded(
        image, kind, exif=located_exif(orientation), icc_profile=profile,
        xmp=b"<x:xmpmeta>Secret http://ns.adobe.com</x:xmpmeta>", **options) + b"behind the end"
    assert b"Secret" in sent
    body = shown(member, sent, f"image/{kind.lower()}")
    assert len(body) < len(sent)
    assert not [trace for trace in TRACES if trace in body]
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(body))
    assert dict(after.getexif()) == {0x0112: orientation}
    assert ImageOps.exif_transpose(before).tobytes() == ImageOps.exif_transpose(after).tobytes()
    assert after.info["icc_profile"] == profile
    assert after.info.get("dpi") == before.info.get("dpi")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_stays_one(member, kind):
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "green", "blue")]
    options = {"comment": b"a comment"} if kind == "GIF" else {}
    sent = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=70, loop=3,
                   **options) + b"behind the end"
    body = shown(member, sent, f"image/{kind.lower()}")
    assert not [trace for trace in TRACES if trace in body]
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(body))
    assert (after.n_frames, after.info["loop"]) == (before.n_frames, before.info["loop"])
    for index in range(before.n_frames):
        before.seek(index)
        after.seek(index)
        assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
        assert after.info["duration"] == before.info["duration"]


def test_nothing_of_the_metadata_is_in_the_data_folder(start_server):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    sent = encoded(photograph(), "JPEG", exif=located_exif(6))
    upload(admin, sent, "image/jpeg").ok()
    upload(admin, sent, "image/jpeg", "/api/server/icon").ok()
    server.terminate()
    for file in server.data.iterdir():
        if file.is_file():
            assert b"MakerSecret" not in file.read_bytes(), file


@pytest.mark.parametrize("data, kind, status, reason", [
    (gif(b"\x02\x4c\x01", (1, 1), (16_000, 16_000)), "image/gif", 413, "picture_pixels"),
    (gif(b"", (1, 1), (1, 1), (16_384, 0)), "image/gif", 413, "16384"),
    (png(bytes(9), 20_000, 1), "image/png", 413, "16384"),
    (gif(b"").replace(b";", gif(b"")[13:-1] * 1_000 + b";"), "image/gif", 413, "1000 frames"),
    (png(bytes(9), 1, 0), "image/png", 415, "damaged"),
    (jpeg(bytes(9))[:-2], "image/jpeg", 415, "damaged"),
    (webp(bytes(9))[:-5], "image/webp", 415, "damaged")])
def test_what_would_harm_who_looks_at_it_is_refused(admin, member, data, kind, status, reason):
    for person, path in ((member, "/api/self/avatar"), (admin, "/api/server/icon")):
        answer = upload(person, data, kind, path)
        assert answer.status == status
        assert reason in answer.json["message"]
    assert member.get("/api/self").ok()["profile"]["avatarId"] is None


def test_too_large_is_413_before_it_is_sent(member):
    with Wire(member.port) as wire:
        wire.send(f"POST /api/self/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                  f"Authorization: Bearer {member.token}\r\n"
                  f"Content-Length: {(2 << 20) + 1}\r\n\r\n".encode())
        assert wire.response().status == 413


def test_without_a_length_it_is_411(member):
    with Wire(member.port) as wire:
        wire.send(f"POST /api/self/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                  f"Authorization: Bearer {member.token}\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n".encode())
        assert wire.response().status == 411


def test_the_icon_is_for_who_manages_the_server(admin, member, connect):
    socket = connect(member)
    assert upload(member, picture(), path="/api/server/icon").status == 403
    server = upload(admin, picture(), path="/api/server/icon").ok()
    assert socket.next("server_updated")["server"] == server
    assert member.get(f"/api/images/{server['iconId']}").body == picture()


def test_who_may_not_upload_is_403(admin, member):
    admin.request("PUT", f"/api/users/{member.id}/rights",
                  {"admin": False, "values": {"image.upload": -1}}).ok()
    assert upload(member, picture()).status == 403


def test_a_client_that_has_it_is_answered_304(member):
    path = f"/api/images/{upload(member, picture()).ok()['profile']['avatarId']}"
    tag = member.get(path).headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = member.get(path, headers={"If-None-Match": condition})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == tag
    assert member.get(path, headers={"If-None-Match": '"other"'}).status == 200
    head = member.request("HEAD", path)
    assert (head.status, head.headers["content-length"], head.body) == (200, "100", b"")


def test_a_new_one_replaces_the_old(member):
    old = upload(member, picture(seed=1)).ok()["profile"]["avatarId"]
    new = upload(member, picture(seed=2)).ok()["profile"]["avatarId"]
    assert new > old
    assert member.get(f"/api/images/{old}").status == 404
    assert member.get(f"/api/images/{new}").body == picture(seed=2)


def test_an_unknown_one_is_404_and_strangers_are_401(api, member):
    assert member.get("/api/images/1").status == 404
    assert member.get("/api/images/x").status == 400
    assert api.get("/api/images/1").status == 401


def test_it_comes_byte_by_byte_or_with_expect_continue(member, tmp_path):
    data = picture(size=300)
    with Wire(member.port) as wire:
        wire.send(f"POST /api/self/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                  f"Authorization: Bearer {member.token}\r\nContent-Length: 300\r\n\r\n".encode()
                  + data, pause=0.0005)
        assert member.get(f"/api/images/{wire.response().ok()['profile']['avatarId']}").body == data
    file = tmp_path / "avatar.png"
    file.write_bytes(picture(size=1 << 20))
    curl = subprocess.run(
        ["curl", "-sS", "-w", "%{http_code}", "-o", os.devnull, "--data-binary", f"@{file}",
         "-H", "Content-Type: image/png", "-H", "Expect: 100-continue",
         "-H", f"Authorization: Bearer {member.token}",
         f"http://127.0.0.1:{member.port}/api/self/avatar"],
        capture_output=True, text=True, check=True)
    assert curl.stdout == "200"


def begin(member, size=1 << 20, sent=200_000):
    wire = Wire(member.port)
    wire.send(f"POST /api/self/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
              f"Authorization: Bearer {member.token}\r\nContent-Length: {size}\r\n\r\n".encode()
              + picture(size=size)[:sent])
    return wire


def wait_until_begun(member):
    """Until the server has read what was sent before: it is asked something behind that."""
    member.get("/api/self").ok()


def test_what_is_cut_leaves_nothing_and_gives_its_place_back(member):
    for _ in range(12):
        begin(member).close()
    deadline = time.monotonic() + 5
    while (answer := upload(member, picture())).status == 503:
        assert time.monotonic() < deadline
    assert answer.status == 200


def test_too_many_at_once_are_told_to_wait(member):
    wires = [begin(member) for _ in range(4)]
    wait_until_begun(member)
    answer = upload(member, picture())
    assert answer.status == 503 and "retry-after" in answer.headers
    for wire in wires:
        wire.close()


def test_a_token_revoked_meanwhile_does_not_succeed(member):
    with begin(member, 300_000, 200_000) as wire:
        wait_until_begun(member)
        member.post(f"/api/users/{member.id}/revoke-tokens")
        wire.send(picture(size=300_000)[200_000:])
        assert wire.response().status == 401
    member.token = member.log_in(member.username).ok()["token"]
    assert member.get("/api/self").ok()["profile"]["avatarId"] is None


def test_a_kill_in_the_midst_leaves_nothing(start_server):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    kept = upload(admin, picture(size=50_000)).ok()["profile"]["avatarId"]
    wires = [begin(admin) for _ in range(3)]
    time.sleep(0.3)
    server.kill()
    for wire in wires:
        wire.close()
    server = start_server(data=server.data)
    admin.port = server.port
    assert admin.get("/api/self").ok()["profile"]["avatarId"] == kept
    assert admin.get(f"/api/images/{kept}").body == picture(size=50_000)
    assert server.query("SELECT count(*) FROM images") == [(1,)]


def test_a_removed_accounts_avatar_goes_with_it(admin, member):
    avatar = upload(member, picture()).ok()["profile"]["avatarId"]
    member.say(member.channel("general"), "stays")
    admin.request("DELETE", f"/api/users/{member.id}")
    assert admin.get(f"/api/images/{avatar}").status == 404


def test_memory_stays_flat_over_many(start_server):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    data = picture(size=2 << 20)

    def exercise(times):
        for _ in range(times):
            avatar = upload(admin, data).ok()["profile"]["avatarId"]
            assert admin.get(f"/api/images/{avatar}").body == data

    exercise(4)
    before = server.stats()["rss_bytes"]
    exercise(12)
    assert server.stats()["rss_bytes"] - before < 1 << 20
