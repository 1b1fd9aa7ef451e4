"""GET /chats of section A5: pages, filters and full-text search."""

import time
from urllib.parse import quote, urlencode

import pytest

TEXTS = [
    "The quick brown fox", "A slow brown bear", "Café crème at the corner", "fox and bear meet",
    "Привет, мир", "the CAFE is closed", "über alles Käse", "nothing of note", "brown-bear café",
]


@pytest.fixture(scope="module")
def library(admin, alice, bob):
    """A channel with TEXTS in it, by alice and bob in turn, each a millisecond apart."""
    channel = admin.post("/api/channels", {"name": "library"}).ok()["id"]
    chats = []
    for number, text in enumerate(TEXTS):
        chats.append((alice, bob)[number % 2].say(channel, text))
        time.sleep(0.003)
    return channel, chats


@pytest.fixture
def find(alice, library):
    """The contents of what a search in the library finds, newest first."""

    def find(**filters):
        filters = {"channelId": library[0]} | filters
        return [chat["content"] for chat in alice.get("/api/chats?" + urlencode(filters)).ok()]

    return find


def test_without_filters_it_lists_the_newest_of_all_channels(admin, alice, library, channel):
    newest = alice.say(channel, "elsewhere")
    assert alice.get("/api/chats?size=2").ok() == [newest, library[1][-1]]


def test_a_channel_narrows(find):
    assert find() == TEXTS[::-1]


def test_an_author_narrows(find, alice):
    assert find(authorId=alice.id) == TEXTS[::2][::-1]


def test_filters_are_anded(find, alice, library):
    assert find(authorId=alice.id, before=library[1][4]["createdAt"]) == [TEXTS[2], TEXTS[0]]


def test_before_is_strict(find, library):
    assert find(before=library[1][3]["createdAt"]) == TEXTS[2::-1]


def test_after_is_strict(find, library):
    assert find(after=library[1][5]["createdAt"]) == TEXTS[:5:-1]


def test_before_id_is_strict(find, library):
    assert find(beforeId=library[1][3]["id"]) == TEXTS[2::-1]


def test_after_id_is_strict(find, library):
    assert find(afterId=library[1][5]["id"]) == TEXTS[:5:-1]


def test_a_page_is_so_many_pages_into_the_past(find):
    assert find(size=4, page=0) == TEXTS[:-5:-1]
    assert find(size=4, page=1) == TEXTS[4:0:-1]
    assert find(size=4, page=2) == TEXTS[:1]
    assert find(size=4, page=3) == []


def test_a_page_far_beyond_the_end_is_empty(find):
    assert find(size=200, page=1_000_000_000) == []


def test_minus_one_means_outside_threads(find):
    assert find(threadId=-1) == TEXTS[::-1]


def test_an_unknown_thread_holds_nothing(find):
    assert find(threadId=4242) == []


@pytest.mark.parametrize("name", ["authorId", "channelId"])
def test_an_unknown_author_or_channel_has_no_chats(find, name):
    assert find(**{name: 4242}) == []


def test_equal_times_are_ordered_by_id(alice, channel):
    moment = alice.say(channel, "0")["createdAt"]
    chats = [alice.say(channel, str(i), sentAt=moment) for i in range(1, 10)]
    assert len({chat["createdAt"] for chat in chats}) == 1
    assert alice.get(f"/api/chats?channelId={channel}&size=9").ok() == chats[::-1]


def test_paging_by_id_meets_every_chat_once(alice, channel):
    moment = alice.say(channel, "0")["createdAt"]
    ids = [alice.say(channel, str(i), sentAt=moment)["id"] for i in range(1, 20)]
    seen, before = [], ""
    while page := alice.get(f"/api/chats?channelId={channel}&size=3&beforeId={before}").ok():
        seen += [chat["id"] for chat in page]
        before = page[-1]["id"]
    assert seen[:-1] == ids[::-1]


@pytest.mark.parametrize("query, found", [
    ("fox", [3, 0]),
    ("fox bear", [3]),
    ("fox | bear", [8, 3, 1, 0]),
    ("brow", [8, 1, 0]),
    ("-fox -bear -cafe", [7, 6, 4]),
    ('"brown fox"', [0]),
    ('"fox brown"', []),
    ("brown -bear", [0]),
    ("-brown fox", [3]),
    ('brown -"brown bear"', [0]),
    ("cafe", [8, 5, 2]),
    ("CAFÉ", [8, 5, 2]),
    ("kase", [6]),
    ("ПРИВЕТ", [4]),
    ("absent", []),
    ("fo", []),
])
def test_a_query_finds_words(find, query, found):
    assert find(query=query) == [TEXTS[i] for i in found]


@pytest.mark.parametrize("query", [
    '"', '""', "-", "*", "fox*", "AND", "fox AND", "NEAR(fox bear)", "content:fox", "(fox", "fox)",
    "|", "| |", "a | ", "-|-", "'", "''; drop table chats", "^fox", "{", "-fox", "a+b", "\\", "%", "fox OR", "👍",
    '"fox', "--x",
])
def test_no_query_breaks_the_search(alice, library, query):
    assert alice.get(f"/api/chats?query={quote(query)}").status in (200, 400)
    assert alice.get("/api/chats?query=fox").status == 200


@pytest.mark.parametrize("text, query", [
    ("купил шёлк вчера", "шелк"), ("ένας καφές", "καφες"), ("مُحَمَّد", "محمد"), ("die Größe", "grosse"),
    ("ripe tomatoes", "tomat"), ("还有可能是定期检修", "可能"), ("日本語のテスト", "テスト"),
    ("Łódź", "lodz"), ("Ωmega ＦＵＬＬ", "full"), ("ﾃｽﾄ", "テスト"), ("nice 👍🏽", "👍"),
    ("안녕하세요 여러분", "녕하"), ("สวัสดีครับ", "ดีค"), ("e\u0301te\u0301", "été"), ("été", "e\u0301te\u0301"),
])
def test_every_script_is_found(alice, channel, text, query):
    alice.say(channel, text)
    found = alice.get(f"/api/chats?channelId={channel}&query={quote(query)}").ok()
    assert [chat["content"] for chat in found] == [text]


def test_words_that_are_operators_elsewhere_are_words(alice, channel):
    alice.say(channel, "this AND that OR other NOT near")
    for word in ("AND", "OR", "NOT", "NEAR"):
        assert len(alice.get(f"/api/chats?channelId={channel}&query={word}").ok()) == 1


def test_a_query_is_percent_decoded(alice, library):
    answer = alice.get(f"/api/chats?channelId={library[0]}&query=%22brown%20fox%22").ok()
    assert [chat["content"] for chat in answer] == ["The quick brown fox"]


def test_a_plus_in_a_query_is_a_space(alice, library):
    answer = alice.get(f"/api/chats?channelId={library[0]}&query=%22brown+fox%22").ok()
    assert [chat["content"] for chat in answer] == ["The quick brown fox"]


def test_a_new_chat_is_found_at_once(alice, channel, unique):
    alice.say(channel, f"please find {unique}")
    assert len(alice.get(f"/api/chats?query={unique}").ok()) == 1


@pytest.mark.parametrize("name", [
    "page", "size", "authorId", "channelId", "threadId", "before", "after", "beforeId", "afterId",
    "query",
])
def test_an_empty_parameter_counts_as_absent(alice, library, name):
    assert alice.get(f"/api/chats?{name}=").body == alice.get("/api/chats").body


@pytest.mark.parametrize("name", [
    "page", "size", "authorId", "channelId", "threadId", "before", "after", "beforeId", "afterId",
])
@pytest.mark.parametrize("value", ["x", "1.5", "1 ", "0x1"])
def test_a_parameter_that_is_no_integer_is_400_and_named(alice, name, value):
    answer = alice.get(f"/api/chats?{urlencode({name: value})}")
    assert answer.status == 400
    assert name in answer.json["message"]


@pytest.mark.parametrize("query", ["size=0", "size=201", "size=-5", "page=-1"])
def test_a_page_out_of_range_is_400(alice, query):
    assert alice.get(f"/api/chats?{query}").status == 400


def test_an_unknown_parameter_is_ignored(alice):
    assert alice.get("/api/chats?colour=blue&size=1").status == 200


def test_the_largest_answer_is_whole(alice, channel):
    contents = [f"{i} " + "👍" * 3990 for i in range(200)]
    for content in contents:
        alice.say(channel, content)
    found = alice.get(f"/api/chats?channelId={channel}&size=200", timeout=60).ok()
    assert [chat["content"] for chat in found] == contents[::-1]
