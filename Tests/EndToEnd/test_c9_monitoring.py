"""Protocol C9: /healthz and /metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.process import ADMIN_PASSWORD
from support.rest import API, Member
from support.websocket import Client


def samples(port):
    answer = API(port).get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.body.decode())
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in families for sample in family.samples}


def test_healthz_answers_without_a_token(api):
    answer = api.get("/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert api.request("HEAD", "/healthz").status == 200
    assert api.post("/healthz").status == 405


def test_metrics_are_in_prometheus_format_with_help_and_type(server):
    text = API(server.port).get("/metrics").body.decode()
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type in ("gauge", "counter"), family.name
        assert family.name.startswith("concord_")


def test_metrics_follow_what_happens(server, alice):
    before = samples(server.port)
    with Client(server.port, alice.token) as socket:
        alice.say(alice.channel("general"), "counted")
        socket.next_chat("counted")
        after = samples(server.port)
    assert after["concord_websockets"] == before["concord_websockets"] + 1
    assert after["concord_messages_in_total"] == before["concord_messages_in_total"] + 1
    assert after["concord_messages_out_total"] > before["concord_messages_out_total"]
    assert after["concord_commits_total"] > before["concord_commits_total"]
    assert after["concord_commit_microseconds_total"] > before["concord_commit_microseconds_total"]
    assert after["concord_newest_event"] == before["concord_newest_event"] + 1
    assert after["concord_resident_bytes"] > 1 << 20
    assert after["concord_pool_max{output}"] >= after["concord_pool_high{output}"] >= 1


def test_metrics_count_refusals_by_reason(start_server):
    server = start_server(settings={"rate_logins_per_minute": 1})
    api = API(server.port)
    assert [api.log_in("nobody").status for _ in range(2)] == [400, 429]
    assert samples(server.port)["concord_refusals_total{rate}"] == 1


def test_each_refusal_has_its_reason(start_server):
    server = start_server(settings={"connections_per_user": 1, "registration": "closed"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    API(server.port).get("/api/self")
    API(server.port).register("nobody")
    with Client(server.port, admin.token) as first, Client(server.port, admin.token):
        assert first.close_code() == 4000
    figures = samples(server.port)
    for reason in ("unauthorized", "forbidden", "replaced"):
        assert figures[f"concord_refusals_total{{{reason}}}"] == 1, reason


def test_waiting_logins_are_a_pool_like_others(server):
    Member(server.port, "admin", ADMIN_PASSWORD)
    figures = samples(server.port)
    assert figures["concord_pool_used{login}"] == 0
    assert figures["concord_pool_max{login}"] >= figures["concord_pool_high{login}"] >= 1


def test_the_smallest_buffers_hold_all_figures(start_server):
    server = start_server(settings={
        "content_characters": 1, "name_characters": 8, "description_characters": 1,
        "request_head_bytes": 1024})
    assert len(samples(server.port)) > 20


@pytest.mark.parametrize("access, status", [("off", 404), ("local", 200), ("open", 200)])
def test_the_setting_says_who_may_read_metrics(start_server, access, status):
    server = start_server(settings={"metrics": access})
    assert API(server.port).get("/metrics").status == status


def test_metrics_name_nobody(server, alice):
    Member(server.port, "alice")
    assert b"alice" not in API(server.port).get("/metrics").body
