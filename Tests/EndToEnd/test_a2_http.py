"""HTTP as section A2 of the protocol promises it."""

import pytest
from support.raw import Wire

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
PREFLIGHT = {
    "Origin": "https://chat.example",
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type",
}


def test_results_are_json(alice):
    assert alice.get("/api/self").headers["content-type"].split(";")[0] == "application/json"


def test_a_connection_serves_many_requests(server, alice):
    request = f"GET /api/self HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.token}\r\n\r\n"
    with Wire(server.port) as wire:
        for _ in range(20):
            wire.send(request.encode())
            assert wire.response().status == 200


@pytest.mark.parametrize("path", ["/api/self", "/api/users", "/api/channels", "/api/chats"])
def test_one_trailing_slash_is_tolerated(alice, path):
    assert alice.get(path + "/").body == alice.get(path).body


def test_a_slash_before_the_query_is_tolerated(alice):
    assert alice.get("/api/chats/?size=1").status == 200


def test_two_trailing_slashes_are_not_tolerated(alice):
    assert alice.get("/api/self//").status == 404


@pytest.mark.parametrize("path", ["/api/self", "/api/users", "/api/chats?size=1", "/api/server"])
def test_head_answers_like_get_without_the_body(alice, path):
    head, get = alice.request("HEAD", path), alice.get(path)
    assert head.status == 200 and head.body == b""
    assert head.headers.get("content-type") == get.headers.get("content-type")


def test_head_of_something_unknown_is_404(alice):
    assert alice.request("HEAD", "/api/users/1").status == 404


@pytest.mark.parametrize("method, path", [
    ("GET", "/api/tokens"), ("GET", "/api/users/register"), ("POST", "/api/self"),
    ("DELETE", "/api/users"), ("PUT", "/api/channels"), ("POST", "/api/chats"),
])
def test_a_wrong_method_is_405_and_names_the_right_ones(alice, method, path):
    answer = alice.request(method, path)
    allowed = {name.strip() for name in answer.headers.get("allow", "").split(",")}
    assert answer.status == 405
    assert allowed and method not in allowed


def test_the_allowed_methods_hold_head_where_get_is(alice):
    allowed = alice.request("PUT", "/api/self").headers["allow"]
    assert {"GET", "HEAD"} <= {name.strip() for name in allowed.split(",")}


@pytest.mark.parametrize("value", ["x", "1x", "1.5", "0x10", "%EF%BC%91", "-", "1%2F2", "%20"])
@pytest.mark.parametrize("path", [
    "/api/users/{}", "/api/chats/{}", "/api/channels/{}", "/api/channels/{}/chats/latest",
])
def test_an_id_that_is_no_integer_is_400(alice, path, value):
    assert alice.get(path.format(value)).status == 400


@pytest.mark.parametrize("value", ["99999999999999999999", "9223372036854775808", "-1", "0"])
def test_an_integer_that_is_no_id_of_ours_is_not_found(alice, value):
    assert alice.get(f"/api/users/{value}").status in (400, 404)


def test_an_unknown_path_is_404(alice):
    assert alice.get("/api/nothing").status == 404


def test_an_unknown_path_outside_the_api_is_404(api):
    assert api.get("/favicon.png").status == 404


@pytest.mark.parametrize("path, status", [
    ("/api/self", 200), ("/api/nothing", 404), ("/api/users/x", 400), ("/api/users/1", 404),
])
def test_security_headers_are_on_every_response(alice, path, status):
    answer = alice.get(path)
    assert answer.status == status
    assert SECURITY_HEADERS.items() <= answer.headers.items()


def test_security_headers_are_on_a_refusal(api):
    answer = api.get("/api/self")
    assert answer.status == 401
    assert SECURITY_HEADERS.items() <= answer.headers.items()


def test_security_headers_are_on_the_answer_to_a_malformed_request(server):
    with Wire(server.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\nno field\r\n\r\n")
        response = wire.response()
    assert response.status == 400
    assert SECURITY_HEADERS.items() <= response.headers.items()


@pytest.mark.parametrize("path", ["/api/tokens", "/api/self", "/api/channels/1/chats"])
def test_a_preflight_is_answered_200(api, path):
    answer = api.request("OPTIONS", path, headers=PREFLIGHT)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-max-age"] == "1800"


@pytest.mark.parametrize("path, allowed", [
    ("/api/tokens", {"OPTIONS", "POST"}),
    ("/api/users/1", {"OPTIONS", "GET", "HEAD", "DELETE"}),
    ("/api/nothing", {"OPTIONS"}),
    ("*", {"OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}),
])
def test_options_says_what_works_there(server, path, allowed):
    with Wire(server.port) as wire:
        wire.send(f"OPTIONS {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        response = wire.response()
    assert response.status == 200
    assert set(response.headers["allow"].split(", ")) == allowed


def test_a_preflight_allows_all_methods_and_headers(api):
    headers = api.request("OPTIONS", "/api/self", headers=PREFLIGHT).headers
    methods = headers["access-control-allow-methods"]
    fields = headers["access-control-allow-headers"]
    assert methods == "*" or {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        methods.replace(" ", "").split(","))
    # The wildcard does not cover Authorization (Fetch, "CORS-preflight fetch").
    assert "authorization" in fields.lower()


@pytest.mark.parametrize("path, status", [("/api/self", 200), ("/api/users/x", 400)])
def test_any_origin_may_read_the_answer(alice, path, status):
    answer = alice.get(path, headers={"Origin": "https://chat.example"})
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"


def test_credentials_are_never_allowed_to_other_origins(alice, api):
    origin = {"Origin": "https://chat.example"}
    for answer in (alice.get("/api/self", headers=origin),
                   api.request("OPTIONS", "/api/self", headers=PREFLIGHT)):
        assert "access-control-allow-credentials" not in answer.headers
