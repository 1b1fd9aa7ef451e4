"""The APIs as the program describes them: openapi.json and asyncapi.json.

Besides, every answer and every message that any test here sees is held against them
(support/descriptions.py).
"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import openapi_spec_validator
import pytest
from support.descriptions import ASYNCAPI, OPENAPI
from support.process import ADMIN_PASSWORD
from support.rest import API, Member

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.mark.parametrize("name, document", [("openapi", OPENAPI), ("asyncapi", ASYNCAPI)])
def test_a_description_is_served_as_it_was_built(api, name, document):
    answer = api.get(f"/api/{name}.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.ok() == document


def test_a_client_that_reads_slowly_gets_all_of_it(api):
    assert len(api.get("/api/openapi.json", headers={"Connection": "close"}).body) > 65_536


def test_every_operation_describes_what_may_happen_to_any_request():
    """A head that is no good, one that is late, an address that connects too often, no place."""
    anywhere = {"400", "408", "413", "414", "417", "429", "431", "500", "501", "503", "505"}
    for path, operations in OPENAPI["paths"].items():
        for method, operation in operations.items():
            assert anywhere <= operation["responses"].keys(), f"{method} {path}"


def test_the_rest_description_is_openapi_3_1():
    assert OPENAPI["openapi"].startswith("3.1.")
    openapi_spec_validator.validate(OPENAPI)


def test_all_schemas_are_json_schemas():
    for document in (OPENAPI, ASYNCAPI):
        for schema in document["components"]["schemas"].values():
            jsonschema_rs.meta.validate(schema)


@pytest.mark.slow
def test_schemathesis_finds_nothing_undescribed(start_server, tmp_path):
    # Members come and go and everyone may be locked out: it works with an account of its own.
    server = start_server(settings={"metrics": "open"})
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    tester = API(server.port).register("schemathesis", "schemathesis").ok()
    token = API(server.port).log_in("schemathesis", "schemathesis").ok()["token"]
    admin.request(
        "PUT", f"/api/users/{tester['id']}/rights",
        {"admin": False, "values": {"channel.manage": 1, "server.manage": 1, "invite.create": 1}})
    # TRACE is a method that the server does not know (501), not one that an address refuses (405).
    (tmp_path / "schemathesis.toml").write_text(
        '[phases.coverage]\nunexpected-methods = ["DELETE", "PUT", "PATCH", "POST"]\n')
    checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_headers_conformance", "response_schema_conformance", "unsupported_method"]
    run = subprocess.run(
        [SCHEMATHESIS, "run", f"http://127.0.0.1:{server.port}/api/openapi.json",
         "--checks", ",".join(checks), "--header", f"Authorization: Bearer {token}",
         "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1",
         "--generation-deterministic", "--exclude-path", "/client",
         # What would end the account that it works with, or its token.
         "--exclude-operation-id", "removeSelf", "--exclude-operation-id", "changePassword",
         "--exclude-operation-id", "revokeTokens"],
        capture_output=True, text=True, cwd=tmp_path, timeout=240, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert json.loads(admin.get("/healthz").body) == {"status": "ok"}
