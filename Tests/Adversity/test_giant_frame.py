"""A small GIF whose frame is far larger than its screen: browsers that decoded it took 3 GB."""

from support.pictures import gif, sub_blocks


def test_its_frame_counts_and_it_is_refused(alice):
    bomb = gif(sub_blocks(190_000, lambda count: bytes(count)), (1, 1), (16_000, 16_000))
    answer = alice.request("POST", "/api/self/avatar", bomb, {"Content-Type": "image/gif"})
    assert answer.status == 413 and "pixels" in answer.json["message"]
    assert alice.get("/api/self").ok()["profile"]["avatarId"] is None


def test_the_same_behind_a_harmless_frame_is_refused(alice):
    small, large = gif(b"\x02\x4c\x01"), gif(b"\x02\x4c\x01", (1, 1), (1, 1), (16_383, 16_383))
    answer = alice.request(
        "POST", "/api/self/avatar", small[:-1] + large[13:], {"Content-Type": "image/gif"})
    assert answer.status == 413
