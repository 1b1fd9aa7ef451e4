"""The program's own descriptions of its APIs, held against everything that the tests see."""

import json
import re
from functools import cache

import jsonschema_rs

from support.process import ROOT

FOLDER = ROOT / "Sources" / "CDescriptions"
OPENAPI = json.loads((FOLDER / "openapi.json").read_text())
ASYNCAPI = json.loads((FOLDER / "asyncapi.json").read_text())

# An id that is no integer still belongs to its route.
ROUTES = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "/?"), path) for path in OPENAPI["paths"]]


@cache
def validator(document, *steps):
    """Checks values against the schema that lies at these steps of a document."""
    schema = root = {"openapi": OPENAPI, "asyncapi": ASYNCAPI}[document]
    for step in steps:
        schema = schema[step]
    return jsonschema_rs.Draft202012Validator(schema | {"components": root["components"]})


def route(path):
    """The described path that an address belongs to; literal ones come before those with ids."""
    address = path.split("?")[0]
    matches = [described for pattern, described in ROUTES if pattern.fullmatch(address)]
    return min(matches, key=lambda described: described.count("{"), default=None)


def check_answer(method, path, status, headers, body):
    """Fails if a status or an attribute of an answer is not described."""
    described = route(path)
    if described is None or method == "OPTIONS":
        return
    name = "get" if method == "HEAD" else method.lower()
    operation = OPENAPI["paths"][described].get(name)
    if operation is None:
        assert status in (405, 408, 414, 417, 431, 501, 503), f"{method} {path}: {status}"
        return
    key = str(status)
    assert key in operation["responses"], f"{method} {described} answers {status}: undescribed"
    steps = ["paths", described, name, "responses", key]
    response = operation["responses"][key]
    if "$ref" in response:
        steps = response["$ref"][2:].split("/")
        response = OPENAPI["components"]["responses"][steps[-1]]
    kind = headers.get("content-type", "").split(";")[0]
    if method == "HEAD" or not body:
        return
    assert kind in response.get("content", {}), f"{method} {described}: {status} with {kind!r}"
    if kind == "application/json":
        error = next(
            validator("openapi", *steps, "content", kind, "schema").iter_errors(json.loads(body)),
            None)
        assert error is None, f"{method} {described} {status}: {error}"


MESSAGES = {
    message["name"]: key for key, message in ASYNCAPI["components"]["messages"].items()
    if not key.endswith("FromClient")}


def check_message(message):
    """Fails if a message of the server or an attribute of it is not described."""
    assert message.get("type") in MESSAGES, f"undescribed: {message}"
    key = MESSAGES[message["type"]]
    error = next(
        validator("asyncapi", "components", "messages", key, "payload").iter_errors(message), None)
    assert error is None, f"{message}: {error}"
