"""The control API is as openapi.yaml describes it: schemathesis makes up requests from it and checks the answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

import basicdb_mock.server
from basicdb_mock.engine import Engine
from basicdb_mock.server import create_app
from basicdb_mock.server.console.pages import PAGES

DESCRIPTION: dict[str, Any] = yaml.safe_load(
    Path(basicdb_mock.server.__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
)
_app = create_app(Engine())
schema = schemathesis.openapi.from_wsgi("/_basicdb/openapi.yaml", _app)


@schema.parametrize()
@settings(
    max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_as_described(case: Any) -> None:
    if case.query.get("wait"):
        case.query["wait"] = 0
    if case.path == "/events":
        case.query["seconds"] = 0
    case.call_and_validate(
        checks=[
            not_a_server_error,
            conformance.status_code_conformance,
            conformance.content_type_conformance,
            conformance.response_schema_conformance,
        ]
    )


def test_every_route_is_described_but_pages_and_their_forms() -> None:
    described = {
        (method.upper(), path)
        for path, methods in DESCRIPTION["paths"].items()
        for method in methods
        if method != "parameters"
    }
    of_a_browser = {"/", "/act", "/rehearse", "/static/{filename}"} | {f"/{page}" for page in PAGES}

    assert described == {
        (method, path)
        for rule in _app.url_map.iter_rules()
        for path in [re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/_basicdb")]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if path not in of_a_browser
    }
