"""Names of every kind pass through the pages unharmed, and none does harm."""

from __future__ import annotations

import html
import json

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.server.app import create_app
from basicdb_mock.server.guard import Guard
from tests.console.conftest import PAGES, PLACE, SHOP, TENANT, Visitor

ODD_NAMES = ["quote'\"`", "a/b?c=d&e#f%20", "line\r\nbreak\ttab", "\x01\x02", "\ud7ff\U0001f600", "n" * 1024, "  "]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_of_any_kind_is_shown_changed_and_deleted(visitor: Visitor, name: str) -> None:
    everywhere = {"ItemName": name, "Attribute_1_Name": name, "Attribute_1_Value": name}
    visitor.act_exactly("PutAttributes", DomainName="shop", **everywhere)
    link = visitor.link_to(name, visitor.get("/domain", **SHOP))
    page = html.unescape(visitor.client.get(link).text)
    assert f'name="j.ItemName" value="{json.dumps(name)}"'.replace("'", "\\u0027").replace("&", "\\u0026") in page
    assert visitor.json("/item", **SHOP, item=name)["attributes"] == [{"name": name, "values": [name]}]
    visitor.act_exactly("DeleteAttributes", DomainName="shop", **everywhere)
    assert visitor.json("/item", **SHOP, item=name)["attributes"] == []


def test_an_exact_field_is_a_json_string(visitor: Visitor) -> None:
    for value in ("{", "1", "null", '["a"]'):
        answer = visitor.post("/act", action="CreateDomain", **PLACE, **{"j.DomainName": value})
        assert answer.status_code == 400
        assert "an exact field takes a JSON string" in answer.text


def test_a_value_is_replaced_if_it_is_still_as_shown(visitor: Visitor) -> None:
    form = {
        "DomainName": "shop", "ItemName": "plum", "Attribute_1_Name": "price", "Attribute_1_Value": "9",
        "Attribute_1_Replace": "true",
    }  # fmt: skip
    condition = {"c.Expected.Name": '"price"', "c.Expected.Value": '"1"'}
    assert "ConditionalCheckFailed" in visitor.act("PutAttributes", extra={**condition, "if-still": "true"}, **form)
    visitor.act("PutAttributes", extra=condition, **form)
    attributes = visitor.json("/item", **SHOP, item="plum")["attributes"]
    assert {"name": "price", "values": ["9"]} in attributes


def test_an_attribute_is_deleted_with_all_its_values(visitor: Visitor) -> None:
    visitor.act(
        "DeleteAttributes", DomainName="shop", ItemName="apple", Attribute_1_Name="color", Attribute_1_Value=""
    )
    assert visitor.json("/item", **SHOP, item="apple")["attributes"] == [{"name": "price", "values": ["3"]}]


def test_what_a_lagging_read_sees_is_shown_beside(visitor: Visitor) -> None:
    assert visitor.json("/item", **SHOP, item="plum")["stale"] is None
    visitor.engine.clock.freeze(1_700_000_000)
    visitor.rehearse(what="lag", lag="2")
    assert "<p>The same.</p>" in visitor.get("/item", **SHOP, item="plum")
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="plum", Attribute_1_Name="color")
    told = visitor.json("/item", **SHOP, item="plum")
    assert {"name": "color", "values": ["blue"]} in told["stale"]
    assert {"name": "color", "values": ["blue"]} not in told["attributes"]


def test_what_a_drawn_lag_would_give_is_not_asked(visitor: Visitor) -> None:
    visitor.rehearse(what="lag", lag="uniform(1, 2)")
    assert visitor.json("/item", **SHOP, item="plum")["stale"] is None
    assert "As a read without ConsistentRead sees it" not in visitor.get("/item", **SHOP, item="plum")


@pytest.mark.parametrize("path", ["/act", "/rehearse"])
@pytest.mark.parametrize("token", [None, "", "guess", "\N{SNOWMAN}"])
def test_a_form_without_the_token_changes_nothing(visitor: Visitor, path: str, token: str | None) -> None:
    form = {"action": "DeleteDomain", "p.DomainName": "shop", "what": "reset", **PLACE}
    if token is not None:
        form["csrf"] = token
    answer = visitor.client.post(f"/_basicdb{path}", data=form)
    assert answer.status_code == 403
    assert visitor.engine.storage.list_domains(TENANT, "", 10) == ["empty", "shop"]


def test_a_form_goes_back_only_to_pages_of_ours(visitor: Visitor) -> None:
    for where in ("https://example.com/", "//example.com", "/_basicdb//example.com", "/_basicdb/\\example.com"):
        answer = visitor.post("/act", action="ListDomains", next=where, **PLACE)
        assert answer.headers["Location"].startswith("/_basicdb/?call=")


def test_a_page_without_the_servers_token_asks_for_it_and_its_twin_says_so() -> None:
    client = create_app(Engine(), Guard("s3cret")).test_client()
    answer = client.get("/_basicdb/select?account=1&token=wrong")
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert '<input type="password" name="token"' in answer.text
    assert '<input type="hidden" name="account" value="1">' in answer.text
    assert "wrong" not in answer.text
    assert "Set-Cookie" not in answer.headers
    answer = client.get("/_basicdb/select.json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "Unauthorized")
    with client.get("/_basicdb/static/console.css") as paint:
        assert paint.status_code == 200


def test_a_page_by_a_name_of_somebody_else_is_turned_away() -> None:
    client = create_app(Engine()).test_client()
    answer = client.get("/_basicdb/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "UnknownHost" in answer.text
    answer = client.post("/_basicdb/act", headers={"Origin": "http://evil.example"}, data={"action": "ListDomains"})
    assert answer.status_code == 403
    assert "ForeignOrigin" in answer.text


def test_the_servers_token_becomes_a_cookie_and_leaves_the_address() -> None:
    client = create_app(Engine(), Guard("s3cret")).test_client()
    assert client.get("/_basicdb/select").status_code == 401
    assert client.get("/_basicdb/select?token=wrong").status_code == 401
    answer = client.get("/_basicdb/select?account=1&token=s3cret")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/_basicdb/select?account=1")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    answer = client.get("/_basicdb/select?account=1")
    assert answer.status_code == 200
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    "path", ["/_basicdb/", "/_basicdb/static/console.js", "/_basicdb/call?number=9", "/_basicdb/home.json"]
)
def test_pages_allow_no_script_of_others(visitor: Visitor, path: str) -> None:
    with visitor.client.get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_hold_no_inline_script_or_style(visitor: Visitor) -> None:
    for path, arguments in PAGES.items():
        page = visitor.get(path, **arguments)
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == 1
