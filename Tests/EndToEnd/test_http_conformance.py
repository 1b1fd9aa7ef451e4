"""HTTP/1.1 (RFC 9110, RFC 9112) from raw bytes: what must work, and what must be refused."""

import json
import time
from email.utils import parsedate_to_datetime

import pytest
from support.raw import Wire, exchange

HOST = b"Host: x\r\n"


@pytest.fixture
def wire(server):
    with Wire(server.port) as wire:
        yield wire


def get(path=b"/api/self", fields=b""):
    """A request that is answered 401, which proves that it was understood."""
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n"


def login(body, fields=b""):
    return (b"POST /api/tokens HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n" % len(body)
            + fields + b"\r\n" + body)


def chunked(body, size=7):
    """The body in chunks of so many bytes (RFC 9112 §7.1)."""
    chunks = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def chunked_login(encoded, fields=b""):
    return (b"POST /api/tokens HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
            + fields + b"\r\n" + encoded)


@pytest.fixture
def credentials(alice):
    return json.dumps({"username": "alice", "password": alice.password}).encode()


class TestFraming:
    def test_pipelined_requests_are_answered_in_order(self, wire):
        paths = [b"/nothing/%d" % number for number in range(50)]
        wire.send(b"".join(get(path) for path in paths))
        assert [wire.response().json["path"].encode() for _ in paths] == paths

    def test_bodies_in_a_pipeline_are_kept_apart(self, wire, credentials):
        wire.send(login(credentials) + login(b"{}") + chunked_login(chunked(credentials)) + get())
        assert [wire.response().status for _ in range(4)] == [200, 400, 200, 401]

    def test_a_request_may_be_split_at_any_byte(self, server, credentials):
        request = login(b"{}") + get()
        with Wire(server.port) as wire:
            for at in range(1, len(request)):
                wire.send(request[:at])
                time.sleep(0.001)
                wire.send(request[at:])
                assert (wire.response().status, wire.response().status) == (400, 401)

    def test_a_request_may_come_byte_by_byte(self, wire, credentials):
        wire.send(login(credentials), pause=0.001)
        assert wire.response().status == 200

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_a_chunked_body_is_read(self, wire, credentials, size):
        wire.send(chunked_login(chunked(credentials, size)) + get())
        assert (wire.response().status, wire.response().status) == (200, 401)

    def test_a_chunked_body_may_come_byte_by_byte(self, wire, credentials):
        wire.send(chunked_login(chunked(credentials)), pause=0.001)
        assert wire.response().status == 200

    def test_chunk_extensions_and_trailers_are_ignored(self, wire, credentials):
        encoded = (b"%x;name=value;flag\r\n%s\r\n" % (len(credentials), credentials)
                   + b"0;last\r\nX-Trailer: x\r\n\r\n")
        wire.send(chunked_login(encoded) + get())
        assert (wire.response().status, wire.response().status) == (200, 401)

    def test_a_chunk_size_may_have_leading_zeros_and_capitals(self, wire):
        body = b'{"username":"x","password":"' + b"p" * 140 + b'"}'
        wire.send(chunked_login(b"000%X\r\n%s\r\n0\r\n\r\n" % (len(body), body)))
        assert wire.response().status == 400
        wire.send(get())
        assert wire.response().status == 401

    def test_the_body_of_a_get_is_not_the_next_request(self, wire, alice):
        token = b"Authorization: Bearer %s\r\n" % alice.token.encode()
        wire.send(get(fields=token + b"Content-Length: 5\r\n") + b"GET /" + get())
        assert (wire.response().status, wire.response().status) == (200, 401)

    def test_a_refusal_leaves_the_connection_open(self, wire):
        for _ in range(5):
            wire.send(get() + get(b"/nothing"))
            assert (wire.response().status, wire.response().status) == (401, 404)

    def test_an_empty_line_before_a_request_is_ignored(self, wire):
        wire.send(b"\r\n" + get() + b"\r\n" + get())
        assert (wire.response().status, wire.response().status) == (401, 401)

    def test_every_answer_can_be_framed(self, wire):
        for request in (get(), login(b""), b"OPTIONS /api/self HTTP/1.1\r\n" + HOST + b"\r\n"):
            wire.send(request)
            headers = wire.response().headers
            assert ("content-length" in headers) != ("transfer-encoding" in headers)

    @pytest.mark.parametrize("request_bytes", [get(), b"nonsense\r\n\r\n"])
    def test_every_answer_has_a_date(self, wire, request_bytes):
        wire.send(request_bytes)
        date = parsedate_to_datetime(wire.response().headers["date"])
        assert abs(date.timestamp() - time.time()) < 5

    def test_an_answer_to_head_has_no_body(self, wire, alice):
        wire.send(b"HEAD /api/self HTTP/1.1\r\n" + HOST
                  + b"Authorization: Bearer %s\r\n\r\n" % alice.token.encode() + get())
        assert wire.response(head_only=True).status == 200
        assert wire.response().status == 401

    def test_a_half_closed_client_is_answered(self, wire):
        wire.send(get())
        wire.socket.shutdown(1)
        assert wire.response().status == 401

    def test_a_client_that_leaves_in_mid_request_is_harmless(self, server, api):
        for cut in (3, 20, 40):
            with Wire(server.port) as wire:
                wire.send(get()[:cut])
        assert api.get("/api/self").status == 401


class TestPersistence:
    def test_close_closes_after_the_answer(self, wire):
        wire.send(get(fields=b"Connection: close\r\n"))
        assert wire.response().headers["connection"].lower() == "close"
        assert wire.closes()

    def test_close_is_found_in_a_list(self, wire):
        wire.send(get(fields=b"Connection: x, Close\r\n"))
        assert wire.response().status == 401 and wire.closes()

    def test_http_1_0_closes_by_itself(self, wire):
        wire.send(b"GET /api/self HTTP/1.0\r\n\r\n")
        assert wire.response().status == 401 and wire.closes()

    def test_an_unknown_minor_version_is_1_1(self, wire):
        wire.send(b"GET /api/self HTTP/1.2\r\n" + HOST + b"\r\n")
        assert wire.response().status == 401


class TestExpectation:
    FIELD = b"Expect: 100-continue\r\n"

    def test_the_body_is_asked_for(self, wire, credentials):
        request = login(credentials, self.FIELD)
        wire.send(request[:-len(credentials)])
        assert wire.response().status == 100
        wire.send(credentials)
        assert wire.response().status == 200

    def test_a_body_that_is_there_need_not_be_asked_for(self, wire, credentials):
        wire.send(login(credentials, self.FIELD))
        status = wire.response().status
        assert (wire.response().status if status == 100 else status) == 200

    def test_a_body_that_is_too_large_is_refused_before_it_is_sent(self, wire):
        wire.send(b"POST /api/tokens HTTP/1.1\r\n" + HOST + self.FIELD
                  + b"Content-Length: 100000000\r\n\r\n")
        assert wire.response().status == 413

    def test_another_expectation_is_417(self, wire):
        wire.send(login(b"{}", b"Expect: miracles\r\n"))
        assert wire.response().status == 417


class TestTargets:
    @pytest.mark.parametrize("target", [
        b"http://x/api/self", b"http://x:8080/api/self", b"HTTP://X/api/self", b"/api/self?",
        b"/api/self?x=1", b"/api/self?a/b?c",
    ])
    def test_each_valid_form_is_understood(self, server, target):
        assert exchange(server.port, get(target)).status == 401

    @pytest.mark.parametrize("target", [
        b"/api/self#x", b"api/self", b"/a b", b"/a\x7f", b"/a\x01", b"/\xff", b"", b"?x",
        b"http:/x",
    ])
    def test_an_invalid_one_is_400(self, server, target):
        assert exchange(server.port, get(target)).status == 400

    @pytest.mark.parametrize("target", [b"/api/%zz", b"/api/%4", b"/%", b"*"])
    def test_a_doubtful_one_reaches_nothing(self, server, target):
        assert exchange(server.port, get(target)).status in (400, 404)

    def test_options_of_the_whole_server_is_answered(self, server):
        assert exchange(server.port, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n").status == 200

    @pytest.mark.parametrize("path", [
        b"/api/../api/self", b"/../../etc/passwd", b"/api/./self", b"//api/self", b"/api//self",
        b"/api/self%00", b"/api/self/..", b"/%2e%2e/etc/passwd", b"/api%2Fself", b"/API/SELF",
    ])
    def test_no_other_spelling_reaches_a_route(self, server, path):
        assert exchange(server.port, get(path)).status in (400, 404)


REFUSED = {
    # Request line (RFC 9112 §3)
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  /api/self HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab": b"GET\t/api/self HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space before it": b" GET /api/self HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space behind it": b"GET /api/self HTTP/1.1 \r\n" + HOST + b"\r\n",
    "no version": b"GET /api/self\r\n" + HOST + b"\r\n",
    "small letters": b"GET /api/self http/1.1\r\n" + HOST + b"\r\n",
    "three digits": b"GET /api/self HTTP/1.10\r\n" + HOST + b"\r\n",
    "no minor version": b"GET /api/self HTTP/1\r\n" + HOST + b"\r\n",
    "another protocol": b"GET /api/self ICAP/1.1\r\n" + HOST + b"\r\n",
    "a method of odd characters": b"G@T /api/self HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\r\n\r\n",
    "a bare CR": b"GET /api/self\r HTTP/1.1\r\n" + HOST + b"\r\n",
    # Host (RFC 9112 §3.2)
    "no Host": b"GET /api/self HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /api/self HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "two other Hosts": b"GET /api/self HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "an invalid Host": b"GET /api/self HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a Host list": b"GET /api/self HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "a Host with a path": b"GET /api/self HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a Host with a user": b"GET /api/self HTTP/1.1\r\nHost: a@b\r\n\r\n",
    # Fields (RFC 9112 §5)
    "a space before the colon": get(fields=b"X : y\r\n"),
    "a tab before the colon": get(fields=b"X\t: y\r\n"),
    "no colon": get(fields=b"X\r\n"),
    "no name": get(fields=b": y\r\n"),
    "an odd name": get(fields=b"X(y): z\r\n"),
    "a name beyond ASCII": get(fields=b"X\xe9: z\r\n"),
    "a folded line": get(fields=b"X: y\r\n z\r\n"),
    "a folded first line": b"GET /api/self HTTP/1.1\r\n Host: x\r\n\r\n",
    "NUL in a value": get(fields=b"X: a\0b\r\n"),
    "CR in a value": get(fields=b"X: a\rb\r\n"),
    "a control character in a value": get(fields=b"X: a\x01b\r\n"),
    "DEL in a value": get(fields=b"X: a\x7fb\r\n"),
    # Content-Length (RFC 9112 §6.3)
    "two lengths": get(fields=b"Content-Length: 0\r\nContent-Length: 1\r\n"),
    "a list of lengths": get(fields=b"Content-Length: 0, 1\r\n"),
    "a length with a sign": get(fields=b"Content-Length: +1\r\n"),
    "a negative length": get(fields=b"Content-Length: -1\r\n"),
    "a hexadecimal length": get(fields=b"Content-Length: 0x1\r\n"),
    "an empty length": get(fields=b"Content-Length: \r\n"),
    "a length of words": get(fields=b"Content-Length: 1 1\r\n"),
    "a length with a fraction": get(fields=b"Content-Length: 1.0\r\n"),
    # Transfer-Encoding (RFC 9112 §6.1)
    "length and chunks": chunked_login(b"0\r\n\r\n", b"Content-Length: 5\r\n"),
    "chunks and length": get(
        fields=b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "chunked twice": chunked_login(b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
    "chunked, chunked": get(fields=b"Transfer-Encoding: chunked, chunked\r\n") + b"0\r\n\r\n",
    "chunked not last": get(fields=b"Transfer-Encoding: chunked, gzip\r\n"),
    "not quite chunked": get(fields=b"Transfer-Encoding: xchunked\r\n"),
    "chunked in quotes": get(fields=b'Transfer-Encoding: "chunked"\r\n'),
    "identity": get(fields=b"Transfer-Encoding: identity\r\n"),
    "gzip, chunked": get(fields=b"Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n",
    "an empty coding": get(fields=b"Transfer-Encoding: \r\n"),
    "a vertical tab before chunked": get(fields=b"Transfer-Encoding: \x0bchunked\r\n"),
    "chunks in HTTP/1.0":
        b"POST /api/tokens HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    # Chunks (RFC 9112 §7.1)
    "no chunk size": chunked_login(b"\r\n"),
    "a chunk size of letters": chunked_login(b"xyz\r\n"),
    "a negative chunk size": chunked_login(b"-1\r\n"),
    "a signed chunk size": chunked_login(b"+1\r\nx\r\n0\r\n\r\n"),
    "a chunk size with 0x": chunked_login(b"0x1\r\nx\r\n0\r\n\r\n"),
    "a space before the chunk size": chunked_login(b" 1\r\nx\r\n0\r\n\r\n"),
    "an enormous chunk size": chunked_login(b"fffffffffffffffff\r\n"),
    "the largest chunk size": chunked_login(b"ffffffffffffffff\r\n"),
    "a chunk longer than its size": chunked_login(b"1\r\nxy\r\n0\r\n\r\n"),
    "a bare LF behind a chunk": chunked_login(b"1\r\nx\n0\r\n\r\n"),
    "a bare LF behind a chunk size": chunked_login(b"1\nx\r\n0\r\n\r\n"),
    "a bare CR behind a chunk size": chunked_login(b"1\rx\r\n0\r\n\r\n"),
    "a CR in a chunk extension": chunked_login(b"1;a\rb\r\nx\r\n0\r\n\r\n"),
    "an endless chunk size": chunked_login(b"0" * 20_000),
    "an endless chunk extension": chunked_login(b"1;" + b"x" * 80_000),
    "endless trailers": chunked_login(b"0\r\n" + b"X: y\r\n" * 20_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_request_is_refused_and_the_connection_closed(server, name):
    with Wire(server.port) as wire:
        wire.send(REFUSED[name])
        assert wire.response().status in (400, 413, 431, 501)
        assert wire.closes()


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_behind_a_malformed_request_is_answered(server, name):
    with Wire(server.port) as wire:
        wire.send(REFUSED[name] + get())
        wire.response()
        assert wire.closes() and b"HTTP/1.1" not in wire.unread


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3.0", b"HTTP/9.9"])
def test_another_major_version_is_505(server, version):
    assert exchange(server.port, b"GET / " + version + b"\r\n" + HOST + b"\r\n").status == 505


@pytest.mark.parametrize("method", [b"get", b"FOO", b"TRACE", b"PROPFIND", b"GETT"])
def test_an_unknown_method_is_refused(server, method):
    request = method + b" /api/self HTTP/1.1\r\n" + HOST + b"\r\n"
    assert exchange(server.port, request).status in (405, 501)


def test_connect_is_refused(server):
    request = b"CONNECT x:80 HTTP/1.1\r\n" + HOST + b"\r\n"
    assert exchange(server.port, request).status in (400, 405, 501)


@pytest.mark.parametrize("fields", [
    b"X:y\r\n", b"X: \t y \t \r\n", b"X:\r\n", b"X: caf\xe9\r\n", b"x-Y_z.1!#$%&'*+-.^_`|~: y\r\n",
    b"Content-Length: 0\r\n", b"CONTENT-LENGTH: 0\r\n", b"Content-Length: 000\r\n",
])
def test_odd_but_valid_fields_are_taken(server, fields):
    assert exchange(server.port, get(fields=fields)).status == 401


@pytest.mark.parametrize("host", [b"x:80", b"[::1]:8080", b"127.0.0.1", b"a.b-c_d", b"x:"])
def test_valid_hosts_are_taken(server, host):
    request = b"GET /api/self HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    assert exchange(server.port, request).status == 401


class TestSizes:
    HEAD_BYTES = 8 * 1024

    def head(self, size):
        """A request of exactly that many bytes."""
        return get(fields=b"X: " + b"x" * (size - len(get(fields=b"X: \r\n"))) + b"\r\n")

    def test_the_largest_head_is_taken(self, server):
        assert exchange(server.port, self.head(self.HEAD_BYTES)).status == 401

    def test_a_larger_head_is_431(self, server):
        assert exchange(server.port, self.head(self.HEAD_BYTES + 1)).status == 431

    def test_an_endless_head_is_431(self, wire):
        wire.send(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000)
        assert wire.response().status == 431 and wire.closes()

    def test_an_endless_target_is_refused(self, wire):
        wire.send(b"GET /" + b"x" * 20_000)
        assert wire.response().status in (414, 431) and wire.closes()

    def test_a_body_that_is_announced_too_large_is_413(self, wire):
        wire.send(b"POST /api/tokens HTTP/1.1\r\n" + HOST + b"Content-Length: 65537\r\n\r\n")
        assert wire.response().status == 413

    @pytest.mark.parametrize("length", [2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**40])
    def test_an_enormous_length_is_413(self, wire, length):
        wire.send(b"POST /api/tokens HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % length)
        assert wire.response().status in (400, 413)

    def test_chunks_that_add_up_to_too_much_are_413(self, wire):
        wire.send(chunked_login(b"400\r\n" + b" " * 1024 + b"\r\n")[:-2])
        wire.send(b"\r\n" + (b"400\r\n" + b" " * 1024 + b"\r\n") * 64)
        assert wire.response().status == 413

    def test_a_refused_body_does_not_hide_the_answer(self, wire):
        body = b"x" * 10_000_000
        wire.send(b"POST /api/tokens HTTP/1.1\r\n" + HOST
                  + b"Content-Length: %d\r\n\r\n" % len(body))
        try:
            wire.send(body)
        except ConnectionError:
            pass
        assert wire.response().status == 413


class TestSmuggling:
    INNER = b"GET /inner HTTP/1.1\r\n" + HOST + b"\r\n"

    @pytest.mark.parametrize("fields", [
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding: chunked\r\n Content-Length: 0\r\n",
        b"X: y\rTransfer-Encoding: chunked\r\n", b"Content-Length: 0\r\nContent-Length: 50\r\n",
        b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
        b"X: y\nContent-Length: 50\r\n", b"Content_Length: 5\r\nContent-Length: 00x\r\n",
    ])
    def test_no_doubt_about_the_body_yields_a_second_request(self, server, fields):
        request = b"POST /outer HTTP/1.1\r\n" + HOST + fields + b"\r\n0\r\n\r\n" + self.INNER
        with Wire(server.port) as wire:
            wire.send(request)
            assert wire.response().status in (400, 501)
            assert wire.closes() and b"/inner" not in wire.unread

    def test_a_refused_request_with_a_body_is_not_read_as_two(self, wire):
        wire.send(b"POST /outer HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n"
                  % len(self.INNER) + self.INNER)
        assert wire.response().status == 404
        wire.closes(within=1)
        assert b"/inner" not in wire.unread
