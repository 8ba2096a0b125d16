"""Every page has a twin, and whatever a page can do, a program can do by the control API."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from flask import Flask

import basicdb_mock.server
from basicdb_mock import SimpleDB
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings
from basicdb_mock.rehearsal.faults_file import parse_faults
from basicdb_mock.server.app import create_app
from basicdb_mock.server.console.pages import PAGES as NAMES
from tests.console.conftest import EVIL, PLACE, SHOP, TENANT, Visitor

DESCRIBED = {
    (method.upper(), path)
    for path, methods in yaml.safe_load(
        Path(basicdb_mock.server.__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
    )["paths"].items()
    for method in methods
    if method != "parameters"
}
BUSY = {
    "/": {},
    "/domain": SHOP,
    "/item": {**SHOP, "item": "apple"},
    "/select": {**PLACE, "expression": "select * from shop limit 1"},
    "/requests": {},
    "/call": {"number": "1"},
    "/rehearsal": {"before": "kept"},
}


def busy_console(directory: Path) -> Visitor:
    """A console in which there is something of everything that a page can show, at a time that stands still."""
    engine = Engine(clock=AdjustableClock(), exports=ExportSettings(directory=directory))
    engine.clock.freeze(1_690_000_000)
    SimpleDB.of(engine).seed(
        {"shop": {"apple": {"color": ["red", "green"]}, "plum": {"color": "blue"}, EVIL: {"a": "b"}}},
        account=TENANT.account, region=TENANT.region,
    )  # fmt: skip
    visitor = Visitor(create_app(engine).test_client(), engine)
    visitor.act("CreateDomain", DomainName="fresh")
    visitor.act("StartDomainExport", domainName="shop", s3Bucket="my-exports")
    visitor.client.put("/_basicdb/snapshots/kept")
    visitor.act("PutAttributes", DomainName="shop", ItemName="pear", Attribute_1_Name="a", Attribute_1_Value="b")
    engine.rehearsal.add(parse_faults("- {operation: PutAttributes, fail: InternalError}")[0])
    node = {"address": "127.0.0.1:7000", "role": "primary", "slots": ["0-8191"], "lag_bytes": None, "healthy": True}
    engine.truth.nodes = lambda: [node]  # type: ignore[attr-defined]
    return visitor


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Visitor]:
    visitor = busy_console(tmp_path)
    yield visitor
    visitor.engine.close()


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/_basicdb"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def matches(path: str) -> Callable[[str], bool]:
    """Whether a described path, with its parameters in braces, is the one given."""
    def described(pattern: str) -> bool:
        parts = re.split(r"{\w+}", pattern)
        return re.fullmatch(".+".join(map(re.escape, parts)), path) is not None

    return described


def test_every_route_is_a_page_with_a_twin_a_form_or_described_for_programs(busy: Visitor) -> None:
    forms = {("POST", "/act"), ("POST", "/rehearse"), ("GET", "/static/{filename}")}
    pages = {("GET", "/" if name == "home" else f"/{name}") for name in NAMES}
    assert routes(busy.client.application) == DESCRIBED | forms | pages
    assert {("GET", f"/{name}.json") for name in NAMES} <= DESCRIBED


def test_every_page_is_visited_here() -> None:
    assert set(BUSY) == {"/" if name == "home" else f"/{name}" for name in NAMES}


@pytest.mark.parametrize("path", BUSY)
def test_a_page_and_its_twin_are_at_a_permanent_address(busy: Visitor, path: str) -> None:
    page = busy.get(path, **BUSY[path])
    (twin,) = re.findall(r'class="twin"><a href="([^"]+)"', page)
    answer = busy.client.get(html.unescape(twin))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    again = busy.client.get(html.unescape(twin).replace(".json", "").replace("/home", "/"))
    assert (again.status_code, again.mimetype) == (200, "text/html")


@pytest.mark.parametrize("path", BUSY)
def test_every_link_leads_to_a_page_or_to_what_is_described_for_programs(busy: Visitor, path: str) -> None:
    links = set(re.findall(r'(?:href|data-events)="(/_basicdb[^"#]*)', busy.get(path, **BUSY[path])))
    assert len(links) >= 6
    for link in map(html.unescape, links):
        place = link.removeprefix("/_basicdb").partition("?")[0]
        if place.startswith("/static/") or place.strip("/") in NAMES or place == "/":
            continue
        assert any(matches(unquote(place))(pattern) for method, pattern in DESCRIBED if method == "GET"), link
        with busy.client.get(link, buffered=False) as answer:
            assert answer.status_code == 200, link


@pytest.mark.parametrize("path", BUSY)
def test_every_button_that_changes_something_names_what_a_program_asks(busy: Visitor, path: str) -> None:
    page = busy.get(path, **BUSY[path])
    forms = [form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'method="post"' in form]
    assert forms or path in ("/select", "/call")
    for form in forms:
        buttons = [button for button in re.findall(r"<button[^>]*>", form) if 'type="button"' not in button]
        assert buttons, form
        for button in buttons:
            (named,) = re.findall(r'data-control="(\w+) ([^"]+)"', button) or [("", button)]
            assert named in DESCRIBED


Made = Callable[[Visitor], Any]
SAME: dict[str, tuple[dict[str, Any], Made]] = {
    "a fault": (
        {"what": "fault", "effect": "fail", "error": "InternalError", "operation": "Select", "times": "2"},
        lambda it: it.client.post(
            "/_basicdb/faults", json={"fail": "InternalError", "operation": "Select", "times": 2}
        ),
    ),
    "faults": (
        {"what": "faults", "faults": "- {drop: before, domain: shop}"},
        lambda it: it.client.post("/_basicdb/faults", json={"drop": "before", "domain": "shop"}),
    ),
    "no fault": ({"what": "no fault", "number": "1"}, lambda it: it.client.delete("/_basicdb/faults/1")),
    "lag": (
        {"what": "lag", "lag": "uniform(0, 2)", "torn": "true"},
        lambda it: it.client.put("/_basicdb/lag", json={"seconds": "uniform(0, 2)", "tear_batches": True}),
    ),
    "clock": (
        {"what": "clock", "how": "freeze", "seconds": "1700000000"},
        lambda it: it.client.post("/_basicdb/clock", json={"freeze": 1700000000}),
    ),
    "limits": (
        {"what": "limits", "base": "RELAXED", "limit": "domains", "value": "7"},
        lambda it: it.client.patch("/_basicdb/limits", json={"base": "RELAXED", "domains": 7}),
    ),
    "a snapshot": (
        {"what": "snapshot", "how": "save", "name": "fresh"},
        lambda it: it.client.put("/_basicdb/snapshots/fresh"),
    ),
    "going back": (
        {"what": "snapshot", "how": "restore", "name": "kept"},
        lambda it: it.client.post("/_basicdb/snapshots/kept/restore"),
    ),
    "forgetting": (
        {"what": "snapshot", "how": "forget", "name": "kept"},
        lambda it: it.client.delete("/_basicdb/snapshots/kept"),
    ),
    "clearing": ({"what": "calls"}, lambda it: it.client.delete("/_basicdb/calls")),
    "reset": ({"what": "reset"}, lambda it: it.client.post("/_basicdb/reset")),
}


@pytest.mark.parametrize("name", SAME)
def test_a_program_does_what_a_form_does(tmp_path: Path, name: str) -> None:
    form, made = SAME[name]
    by_form, by_program, untouched = (busy_console(tmp_path / who) for who in ("form", "program", "untouched"))

    assert 'role="alert"' not in by_form.rehearse(**form)
    assert made(by_program).status_code < 300

    def told(visitor: Visitor) -> dict[str, Any]:
        rehearsal = visitor.json("/rehearsal")
        del rehearsal["exports"]  # their ids are drawn
        if not rehearsal["clock"]["frozen"]:
            del rehearsal["clock"]["now"]
        return {"home": visitor.json("/home"), "rehearsal": rehearsal, "calls": len(visitor.engine.journal)}

    assert told(by_form) == told(by_program) != told(untouched)
    for visitor in (by_form, by_program, untouched):
        visitor.engine.close()


def test_a_program_makes_the_calls_that_forms_make(tmp_path: Path) -> None:
    by_form, by_program = (busy_console(tmp_path / who) for who in ("form", "program"))
    parameters = {"DomainName": "shop", "ItemName": "fig", "Attribute.1.Name": "a", "Attribute.1.Value": "\x01"}

    by_form.engine.rehearsal.clear()
    by_form.act_exactly("PutAttributes", **{name.replace(".", "_"): value for name, value in parameters.items()})
    by_program.engine.rehearsal.clear()
    call = {"action": "PutAttributes", "account": TENANT.account, "region": TENANT.region, "parameters": parameters}
    answer = by_program.client.post("/_basicdb/calls", data=json.dumps(call), content_type="application/json")
    assert answer.status_code == 201

    requests = [list(visitor.engine.journal)[-1].request for visitor in (by_form, by_program)]
    assert requests[0] == requests[1]
    assert by_form.json("/item", **SHOP, item="fig") == by_program.json("/item", **SHOP, item="fig")
    for visitor in (by_form, by_program):
        visitor.engine.close()
