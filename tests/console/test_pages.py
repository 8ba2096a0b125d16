"""What the pages tell, without a browser."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from basicdb_mock import SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.server import RunningServer
from basicdb_mock.server.app import create_app
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.files.shelf import Shelf
from basicdb_mock.transcripts.reading import parse
from tests.console.conftest import EVIL, PAGES, PLACE, SHOP, TENANT, Visitor


def test_home_tells_every_domain_with_its_figures(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert "Account 123456789012 in us-east-1" in page
    (tenant,) = visitor.json("/home")["tenants"]
    figures = {domain["name"]: domain for domain in tenant["domains"]}
    assert list(figures) == ["empty", "shop"]
    assert (figures["shop"]["item_count"], figures["shop"]["attribute_value_count"]) == (4, 9)
    assert figures["shop"]["last_write"] is None


def test_the_last_write_is_that_of_the_journal(visitor: Visitor) -> None:
    visitor.engine.clock.freeze(1_700_000_000)
    visitor.act("PutAttributes", DomainName="shop", ItemName="new", Attribute_1_Name="a", Attribute_1_Value="b")
    (tenant,) = visitor.json("/home")["tenants"]
    assert {domain["name"]: domain["last_write"] for domain in tenant["domains"]}["shop"] == 1_700_000_000
    assert "2023-11-14 22:13:20Z" in visitor.get("/")


def test_a_grid_has_the_union_of_attributes_as_columns(visitor: Visitor) -> None:
    told = visitor.json("/domain", **SHOP)
    assert told["columns"] == [EVIL, "price", "color", "v\x02", "note"]
    names = {row["name"]["text"]: row["name"]["encoded"] for row in told["rows"]}
    assert names == {EVIL: False, "apple": False, "odd\x01": True, "plum": False}
    page = visitor.get("/domain", **SHOP)
    assert '<span class="chip">red</span>' in page
    assert '<span class="chip">green</span>' in page
    assert 'class="chip empty"' in page
    assert html.escape('"\\u0003"', quote=False) in html.unescape(page)


def test_sort_and_filter_become_a_select(visitor: Visitor) -> None:
    told = visitor.json("/domain", **SHOP, where="price > '1'", sort="color", direction="desc")
    assert told["expression"] == (
        "select * from shop where price > '1' and color is not null order by color desc limit 50"
    )
    assert [row["name"]["text"] for row in told["rows"]] == ["apple", "plum"]
    assert told["code"] is None


def test_a_wrong_filter_is_told(visitor: Visitor) -> None:
    assert "InvalidQueryExpression" in visitor.get("/domain", **SHOP, where="price >")
    assert "NoSuchDomain" in visitor.get("/domain", **{**SHOP, "domain": "nowhere"})


def test_pages_follow_by_the_real_token(visitor: Visitor) -> None:
    for start in range(0, 120, 24):
        entries: Any = {
            f"Item_{slot}_{field}": value
            for slot in range(24)
            for field, value in (
                ("ItemName", f"i{start + slot:03d}"),
                ("Attribute_1_Name", "a"),
                ("Attribute_1_Value", "1"),
            )
        }
        visitor.act("BatchPutAttributes", DomainName="empty", **entries)
    place = {**PLACE, "domain": "empty"}
    seen: list[str] = []
    token = ""
    for _ in range(3):
        told = visitor.json("/domain", **place, after=token)
        seen += [row["name"]["text"] for row in told["rows"]]
        token = told["next_token"] or ""
    assert seen == [f"i{number:03d}" for number in range(120)]
    assert token == ""
    assert 'rel="next"' in visitor.get("/domain", **place)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_that_was_stored_becomes_markup(visitor: Visitor, path: str) -> None:
    assert EVIL not in visitor.get(path, **PAGES[path])


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_json_twin(visitor: Visitor, path: str) -> None:
    page = html.unescape(visitor.get(path, **PAGES[path]))
    twin = page.split('class="twin"><a href="')[1].split('">')[0]
    answer = visitor.client.get(twin)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    name = "home" if path == "/" else path[1:]
    assert answer.get_json().keys() == visitor.json(f"/{name}", **PAGES[path]).keys()


def test_a_form_shows_the_request_as_it_went_over_the_wire(visitor: Visitor) -> None:
    page = visitor.act(
        "PutAttributes",
        DomainName="shop",
        ItemName="pear",
        Attribute_1_Name="color",
        Attribute_1_Value="yellow",
        Attribute_2_Name="",
        Attribute_2_Value="",
        Expected_Name="",
        Expected_Exists="value",
        Expected_Value="",
    )
    assert "POST https://sdb.amazonaws.com/" in page
    assert "ItemName=pear&Attribute.1.Name=color&Attribute.1.Value=yellow&Version=2009-04-15" in page
    assert "<PutAttributesResponse" in page
    assert visitor.json("/item", **SHOP, item="pear")["attributes"] == [{"name": "color", "values": ["yellow"]}]


def test_a_condition_that_fails_is_shown(visitor: Visitor) -> None:
    page = visitor.act(
        "PutAttributes",
        DomainName="shop",
        ItemName="apple",
        Attribute_1_Name="price",
        Attribute_1_Value="9",
        Expected_Name="price",
        Expected_Exists="value",
        Expected_Value="7",
    )
    assert "409 ConditionalCheckFailed" in page
    assert "Attribute (price) value is (3) but was expected (7)" in page
    page = visitor.act(
        "DeleteAttributes", DomainName="shop", ItemName="apple", Expected_Name="price", Expected_Exists="false"
    )
    assert "Attribute (price) value exists" in page


def test_domains_and_items_are_created_and_deleted(visitor: Visitor) -> None:
    visitor.act("CreateDomain", DomainName="fresh")
    visitor.act("DeleteDomain", DomainName="empty")
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="plum")
    (tenant,) = visitor.json("/home")["tenants"]
    assert [domain["name"] for domain in tenant["domains"]] == ["fresh", "shop"]
    assert visitor.json("/item", **SHOP, item="plum")["attributes"] == []


def test_select_shows_results_and_how_they_were_found(visitor: Visitor) -> None:
    told = visitor.json("/select", **PLACE, expression="select color from shop where color in ('red', 'blue')")
    assert [row["name"]["text"] for row in told["rows"]] == ["plum", "apple"]
    assert told["box_usage"] == "0.0000320033"
    explained = told["explained"]
    assert explained["predicates"] == ["color in ('red', 'blue')"]
    assert explained["read_as"] == "select color from shop where color in ('red', 'blue')"
    assert explained["found"] == 2
    assert set(told["snippets"]) == {"boto3", "AWS CLI", "Node", "Java"}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_snippet_for_boto3_finds_the_same(capsys: pytest.CaptureFixture[str], region: str) -> None:
    expression = """select * from shop where name = 'l''apostrophe "quoted"'"""
    with RunningServer() as server:
        simpledb = SimpleDB.of(server.engine)
        simpledb.seed(
            {"shop": {"one": {"name": "l'apostrophe \"quoted\""}}}, account=TENANT.account, region=region
        )
        query = {"account": TENANT.account, "region": region, "expression": expression}
        with urlopen(f"{server.url}/_basicdb/select.json?{urlencode(query)}") as answer:
            snippet = json.load(answer)["snippets"]["boto3"]
        exec(compile(snippet, "snippet", "exec"), {})
    assert capsys.readouterr().out.startswith("one [{'Name': 'name'")


def test_the_snippets_for_others_say_whose_and_where(visitor: Visitor) -> None:
    SimpleDB.of(visitor.engine).seed({"shop": {}}, account=TENANT.account, region="eu-west-1")
    told = visitor.json("/select", account=TENANT.account, region="eu-west-1", expression="select * from shop")
    assert told["snippets"]["AWS CLI"] == (
        "AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=any \\\n"
        "aws sdb select --endpoint-url http://sdb.eu-west-1.localhost --region eu-west-1 \\\n"
        "    --consistent-read --select-expression 'select * from shop'\n"
    )
    assert 'customUserAgent: "region/eu-west-1"' in told["snippets"]["Node"]
    assert 'withUserAgentSuffix(" region/eu-west-1")' in told["snippets"]["Java"]
    told = visitor.json("/select", **PLACE, expression="select * from shop")
    assert "region/" not in "".join(told["snippets"].values())


def test_select_marks_where_an_expression_goes_wrong(visitor: Visitor) -> None:
    expression = "select * from shop wher color = 'red'"
    assert visitor.json("/select", **PLACE, expression=expression)["error_at"] == 19
    page = visitor.get("/select", **PLACE, expression=expression)
    assert "select * from shop <mark>wher color =</mark>" in page
    assert "InvalidQueryExpression</strong>: The specified query expression syntax is not valid." in page


def test_results_are_kept_as_csv_and_xml(visitor: Visitor) -> None:
    query = {**PLACE, "expression": "select price, color from shop where color is not null"}
    answer = visitor.client.get("/_basicdb/results", query_string={**query, "as": "csv"})
    assert answer.mimetype == "text/csv"
    assert answer.text == 'itemName(),color,price\r\napple,"green\nred",3\r\nplum,blue,2\r\n'
    answer = visitor.client.get("/_basicdb/results", query_string={**query, "as": "xml"})
    assert answer.mimetype == "text/xml"
    assert answer.text.startswith('<?xml version="1.0"?>\n<SelectResponse')
    assert visitor.json("/requests")["total"] == 0


def test_requests_are_filtered_and_opened(visitor: Visitor) -> None:
    visitor.act("CreateDomain", DomainName="fresh")
    visitor.act("CreateDomain", DomainName="x")
    told = visitor.json("/requests", operation="CreateDomain", status="400")
    assert [call["code"] for call in told["calls"]] == ["InvalidParameterValue"]
    assert [chart["title"] for chart in told["charts"]] == ["Requests", "Errors", "BoxUsage"]
    number = str(told["calls"][0]["number"])
    call = visitor.json("/call", number=number)["call"]
    assert call["parameters"]["DomainName"] == "x"
    assert "Value (x) for parameter DomainName is invalid." in visitor.get("/call", number=number)
    assert "<svg" in visitor.get("/requests")


def test_a_call_that_is_gone_is_told_on_a_page(visitor: Visitor) -> None:
    answer = visitor.client.get("/_basicdb/call?number=999")
    assert answer.status_code == 404
    assert "the journal has no such call, or has dropped it" in answer.text


def test_a_call_is_saved_as_a_transcript(visitor: Visitor) -> None:
    visitor.act("CreateDomain", DomainName="fresh")
    number = visitor.json("/requests")["calls"][0]["number"]
    answer = visitor.client.get(f"/_basicdb/transcript?number={number}")
    assert answer.mimetype == "application/yaml"
    transcript = parse(yaml.safe_load(answer.text))
    assert [exchange.call.action for exchange in transcript.exchanges] == ["CreateDomain"]


def test_the_journal_is_told_as_it_grows(visitor: Visitor) -> None:
    visitor.act("CreateDomain", DomainName="fresh")
    answer = visitor.client.get("/_basicdb/events", buffered=False)
    assert answer.mimetype == "text/event-stream"
    told = ""
    stream: Any = iter(answer.response)
    while "data: " not in told:
        told += next(stream).decode()
    answer.close()
    assert json.loads(told.split("data: ")[1])["operation"] == "CreateDomain"


def test_many_domains_are_shown_by_the_hundred(visitor: Visitor) -> None:
    simpledb = SimpleDB.of(visitor.engine)
    names = [f"d{number:03d}" for number in range(150)]
    simpledb.seed({name: {} for name in names}, account="210987654321", region="eu-west-1")
    told = {tenant["account"]: tenant for tenant in visitor.json("/home")["tenants"]}
    first = told["210987654321"]
    assert [domain["name"] for domain in first["domains"]] == names[:100]
    assert told[TENANT.account]["next"] is None
    (rest,) = visitor.json("/home", account="210987654321", region="eu-west-1", after=first["next"])["tenants"]
    assert [domain["name"] for domain in rest["domains"]] == names[100:]
    assert "More domains" in visitor.get("/")


def test_a_storage_that_fails_is_told(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(type(visitor.engine.truth.domain(TENANT, "shop")), "statistics", fails)
    assert "the disk is gone" in visitor.get("/")
    assert "the disk is gone" in visitor.get("/domain", **SHOP)
    monkeypatch.setattr(visitor.engine.truth, "tenants", fails)
    answer = visitor.client.get("/_basicdb/")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "the storage failed" in answer.text
    answer = visitor.client.get("/_basicdb/home.json")
    error = {"code": "StorageFailed", "message": "the storage failed"}
    assert (answer.status_code, answer.json) == (503, {"error": error})


def test_a_twin_tells_its_errors_as_json(visitor: Visitor) -> None:
    answer = visitor.client.get("/_basicdb/call.json?number=999")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NotFound")


@pytest.mark.parametrize(
    ("path", "query"), [("/domain", {"where": "n > '0'"}), ("/select", {"expression": "select * from shop limit 2"})]
)
def test_a_page_looks_at_the_files_of_a_domain_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, query: dict[str, str]
) -> None:
    engine = Engine(f"files:{tmp_path}")
    items = {f"i{number}": {"n": str(number)} for number in range(3)}
    SimpleDB.of(engine).seed({"shop": items}, account=TENANT.account, region=TENANT.region)
    visitor = Visitor(create_app(engine).test_client(), engine)
    looks = []
    look = Shelf.look

    def counted(shelf: Shelf) -> None:
        looks.append(shelf)
        look(shelf)

    monkeypatch.setattr(Shelf, "look", counted)
    for number in (2, 3):
        assert len(visitor.json(path, **{**SHOP, **query})["rows"]) == 2
        assert len(looks) == number - 1
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="i1")
    rows = visitor.json(path, **{**SHOP, **query})["rows"]
    assert [row["name"]["text"] for row in rows][-1] == "i2"
    engine.close()
