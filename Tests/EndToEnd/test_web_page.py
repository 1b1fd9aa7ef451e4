"""The web client as it is served: its files, their size, and what they may do."""

import gzip
import html.parser
import json
import re

import pytest
from support.process import ROOT
from support.raw import exchange

FOLDER = ROOT / "Sources" / "WebClient" / "page"
MODULES = sorted(path.stem for path in FOLDER.glob("*.js") if path.name != "sw.js")
# All modules are served as one script.
FILES = sorted(
    {path.name for path in FOLDER.iterdir()} - {f"{name}.js" for name in MODULES} | {"app.js"})
BYTES_MAX = 60 * 1024
TYPES = {
    ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json"}


def get(api, name, **headers):
    return api.get(f"/{name}", headers={"Accept-Encoding": "gzip, deflate, br"} | headers)


def test_all_of_it_is_small_on_the_wire(server):
    # Whole answers are counted, heads and all, as a browser causes them.
    request = "GET /{} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    total = 0
    for name in FILES:
        answer = exchange(server.port, request.format(name).encode())
        assert answer.status == 200, name
        head = sum(len(field) + len(value) + 4 for field, value in answer.headers.items())
        total += len("HTTP/1.1 200 OK\r\n\r\n") + head + len(answer.body)
    assert total <= BYTES_MAX


def text_of(answer):
    is_packed = answer.headers.get("content-encoding") == "gzip"
    return gzip.decompress(answer.body) if is_packed else answer.body


def without_comments(text):
    """What is left when comments that have lines of their own are taken out."""
    text = re.sub(r"^ */\*.*?\*/ *\n", "", text, flags=re.M | re.S)
    return re.sub(r"^ *//.*\n", "", text, flags=re.M)


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_it_is_and_that_it_must_be_asked_about(api, name):
    headers = get(api, name).headers
    assert headers["content-type"] == TYPES["." + name.rsplit(".", 1)[1]]
    assert headers["cache-control"] == "no-cache"
    assert (headers.get("vary") == "Accept-Encoding") == ("content-encoding" in headers)


@pytest.mark.parametrize("name", [name for name in FILES if name != "app.js"])
def test_a_file_is_what_lies_in_the_source_folder(api, name):
    source = (FOLDER / name).read_bytes()
    if name.endswith((".js", ".css")):
        source = without_comments(source.decode()).encode()
    assert text_of(get(api, name)) == source


@pytest.mark.parametrize("module", MODULES)
def test_the_script_holds_every_module_as_it_is(api, module):
    source = without_comments((FOLDER / f"{module}.js").read_text())
    body = re.sub(r'^import .*? from ".*?";\n', "", source, flags=re.M | re.S).strip()
    assert re.sub(r"^export ", "", body, flags=re.M) in text_of(get(api, "app.js")).decode()


def test_the_address_alone_is_the_page(api):
    assert get(api, "").body == (FOLDER / "index.html").read_bytes()
    assert get(api, "?from=home-screen").status == 200
    head = api.request("HEAD", "/")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == (FOLDER / "index.html").stat().st_size


@pytest.mark.parametrize("name", ["", "app.js", "icon-192.png"])
def test_who_has_a_file_gets_no_copy(api, name):
    tag = get(api, name).headers["etag"]
    answer = get(api, name, **{"If-None-Match": tag})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    assert get(api, name, **{"If-None-Match": '"other"'}).status == 200


def test_who_asks_for_no_coding_gets_gzip_all_the_same(api):
    # A proxy that asks for its own reasons hands on what comes, and the browser behind it knows.
    answer = api.get("/app.js", headers={"Accept-Encoding": "identity"})
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert b"WebSocket" in gzip.decompress(answer.body)


def test_who_rules_gzip_out_gets_the_page_and_is_told_of_the_rest(api):
    refusing = {"Accept-Encoding": "identity, gzip;q=0"}
    assert api.get("/", headers=refusing).status == 200
    answer = api.get("/app.js", headers=refusing)
    assert answer.status == 406
    assert "gzip" in answer.json["message"]


def test_nothing_but_the_files_is_served_there(api):
    for path in ("/nothing.js", "/app.js/x", "/../Package.swift", "/page/app.js", "/app.js%00"):
        assert api.get(path).status == 404
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = api.request(method, "/app.js")
        assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, GET, HEAD")


@pytest.mark.parametrize("name", ["", "index.html", "sw.js"])
def test_a_document_may_load_and_run_nothing_but_our_files(api, name):
    policy = dict(
        part.strip().split(" ", 1)
        for part in get(api, name).headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert not re.search(r"unsafe|http|data|\*", str(policy))


class References(html.parser.HTMLParser):
    """What a page loads, and whether anything of it is inline."""

    def __init__(self, text):
        super().__init__()
        self.addresses = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
        assert tag != "style" and (tag != "script" or "src" in attributes)
        self.addresses += [attributes[name] for name in ("href", "src") if name in attributes]


def test_the_page_names_only_files_that_are_there():
    addresses = References((FOLDER / "index.html").read_text()).addresses
    assert {address for address in addresses if not address.startswith("#")} <= set(FILES)
    manifest = json.loads((FOLDER / "app.webmanifest").read_text())
    assert {icon["src"] for icon in manifest["icons"]} <= set(FILES)
    for path in FOLDER.glob("*.js"):
        imported = re.findall(r'^import .*? from "\./(.*?)\.js"', path.read_text(), re.M | re.S)
        assert set(imported) <= set(MODULES), path.name


def test_the_service_worker_keeps_every_file():
    listed = set(re.findall(r'"/([\w.-]+\.\w+)"', (FOLDER / "sw.js").read_text()))
    assert listed == set(FILES) - {"index.html", "sw.js"}
