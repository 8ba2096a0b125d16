"""What the pages tell, without a browser."""

from __future__ import annotations

import html
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from basicdb_mock import SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings
from basicdb_mock.exports.export import Order
from basicdb_mock.limits import RELAXED
from basicdb_mock.operations import Account as OperationsAccount
from basicdb_mock.server import RunningServer
from basicdb_mock.server.app import create_app
from basicdb_mock.server.guard import Guard
from basicdb_mock.storage import StorageError
from basicdb_mock.transcripts.reading import parse
from tests.console.conftest import EVIL, TENANT, Visitor

PLACE = {"account": TENANT.account, "region": TENANT.region}
SHOP = {**PLACE, "domain": "shop"}
PAGES = {
    "/": {},
    "/domain": SHOP,
    "/item": {**SHOP, "item": EVIL},
    "/select": {**PLACE, "expression": f"select * from shop where `{EVIL}` = '{EVIL}'"},
    "/requests": {},
    "/rehearsal": {},
}


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
        entries = {
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
    assert answer.json.keys() == visitor.json(f"/{name}", **PAGES[path]).keys()


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
    answer = visitor.client.get("/_basicdb/results", query_string=query)
    assert answer.mimetype == "text/csv"
    assert answer.text == 'itemName(),color,price\r\napple,"green\nred",3\r\nplum,blue,2\r\n'
    answer = visitor.client.get("/_basicdb/results", query_string={**query, "as": "xml"})
    assert answer.mimetype == "text/xml"
    assert answer.text.startswith('<?xml version="1.0"?>\n<SelectResponse')


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
    assert "the journal has no such call any more" in answer.text


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
    stream = iter(answer.response)
    while "data: " not in told:
        told += next(stream).decode()
    answer.close()
    assert json.loads(told.split("data: ")[1])["operation"] == "CreateDomain"


# -- rehearsal ---------------------------------------------------------------------------------------------------------


def rehearse(visitor: Visitor, **form: Any) -> str:
    answer = visitor.post("/rehearse", **form)
    assert answer.status_code == 302
    return html.unescape(visitor.client.get(answer.headers["Location"]).text)


def test_a_fault_is_added_met_and_removed(visitor: Visitor) -> None:
    rule = {"operation": "ListDomains", "effect": "fail", "error": "ServiceUnavailable", "times": "1"}
    page = rehearse(visitor, what="fault", **rule)
    assert "Fault 1 is in force." in page
    assert "Not as usual: 1 fault in force." in visitor.get("/")
    assert "503 ServiceUnavailable" in visitor.act("ListDomains")
    assert "200" in visitor.act("ListDomains")
    assert "Fault 1 is gone." in rehearse(visitor, what="no fault", number="1")
    assert "Not as usual" not in visitor.get("/")


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"what": "dance"}, "there is no 'dance' here"),
        ({"what": "fault", "effect": "delay", "amount": "soon"}, "amount takes a number of seconds, not 'soon'"),
        ({"what": "fault", "effect": "explode"}, "there is no effect 'explode'"),
        ({"what": "no fault", "number": "7"}, "there is no fault of that number"),
        ({"what": "lag", "lag": "many"}, "lag"),
        ({"what": "clock", "how": "stop"}, "a clock cannot 'stop'"),
        ({"what": "clock", "how": "tick", "seconds": "-99999999999999"}, "a clock stands between 1970 and 9999"),
        ({"what": "snapshot", "how": "restore", "name": "none"}, "there is no snapshot of that name"),
        ({"what": "snapshot", "how": "save", "name": "a b"}, "a snapshot's name is 1 to 64 of"),
        ({"what": "seed"}, "choose a file to seed from"),
    ],
)
def test_what_cannot_be_rehearsed_is_told(visitor: Visitor, form: dict[str, str], problem: str) -> None:
    page = rehearse(visitor, **form)
    assert 'role="alert">' in page
    assert problem in page


def test_lag_and_clock_are_set(visitor: Visitor) -> None:
    rehearse(visitor, what="lag", lag="2")
    rehearse(visitor, what="clock", how="freeze", seconds="1700000000")
    rehearse(visitor, what="clock", how="tick", seconds="5")
    told = visitor.json("/rehearsal")
    assert told["clock"] == {"now": 1_700_000_005, "frozen": True}
    assert told["lag"]["seconds"] == 2
    assert "the clock is frozen" in visitor.get("/")
    rehearse(visitor, what="clock", how="reset")
    rehearse(visitor, what="lag", lag="")
    assert visitor.engine.lag is None


def test_snapshots_are_saved_compared_and_restored(visitor: Visitor) -> None:
    rehearse(visitor, what="snapshot", how="save", name="before")
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="plum")
    visitor.act("PutAttributes", DomainName="shop", ItemName="pear", Attribute_1_Name="a", Attribute_1_Value="b")
    visitor.act("PutAttributes", DomainName="shop", ItemName="apple", Attribute_1_Name="price", Attribute_1_Value="4")
    compared = visitor.json("/rehearsal", before="before", after="now")["compared"]
    assert (compared["added"], compared["changed"], compared["gone"]) == (1, 1, 1)
    assert [(row["item"], row["what"]) for row in compared["differences"]] == [
        ("apple", "changed"), ("pear", "added"), ("plum", "gone"),
    ]  # fmt: skip
    rehearse(visitor, what="snapshot", how="restore", name="before")
    assert visitor.json("/rehearsal", before="before", after="now")["compared"]["differences"] == []
    assert "They are equal." in visitor.get("/rehearsal", before="before", after="now")
    rehearse(visitor, what="snapshot", how="forget", name="before")
    assert visitor.json("/rehearsal")["snapshots"] == []


def test_a_seed_is_uploaded(visitor: Visitor) -> None:
    seed = (io.BytesIO(b"cars:\n  beetle: {color: green}\n"), "cars.yaml")
    page = rehearse(visitor, what="seed", account=TENANT.account, region=TENANT.region, file=seed)
    assert "1 item seeded into 1 domain." in page
    assert visitor.json("/item", **PLACE, domain="cars", item="beetle")["attributes"] == [
        {"name": "color", "values": ["green"]}
    ]
    broken = (io.BytesIO(b"cars: [unfinished"), "cars.yaml")
    assert "cars.yaml, line 1: " in rehearse(visitor, what="seed", file=broken)


def test_everything_is_reset(visitor: Visitor) -> None:
    rehearse(visitor, what="reset")
    assert visitor.json("/home")["tenants"] == []
    assert "Nobody has a domain yet." in visitor.get("/")


@pytest.mark.parametrize(
    "form",
    [
        {"effect": "delay", "amount": "uniform(0, 0.5)"},
        {"effect": "throttle", "amount": "25", "domain": "shop"},
        {"effect": "truncate", "amount": "0.5", "nth": "2"},
        {"effect": "drop after", "operation": "PutAttributes", "probability": "0.5"},
    ],
)
def test_faults_of_each_kind_are_added(visitor: Visitor, form: dict[str, str]) -> None:
    assert "Fault 1 is in force." in rehearse(visitor, what="fault", **form)
    (fault,) = visitor.json("/rehearsal")["faults"]
    effect = form["effect"].split()[0]
    assert effect in fault
    assert fault.items() >= {name: form[name] for name in ("operation", "domain") if name in form}.items()


def test_faults_are_added_as_a_file_writes_them(visitor: Visitor) -> None:
    faults = "- {operation: Select, fail: InternalError, every: 3}\n- drop: before\n"
    page = rehearse(visitor, what="faults", faults=faults)
    assert "2 more in force." in page
    assert [fault.get("every") for fault in visitor.json("/rehearsal")["faults"]] == [3, None]
    assert "a fault does one of" in rehearse(visitor, what="faults", faults="- {operation: Select}")


def test_an_answer_that_is_cut_short_is_shown_as_it_came(visitor: Visitor) -> None:
    rehearse(visitor, what="fault", effect="truncate", amount="0.5", operation="Select")
    page = visitor.get("/select", **PLACE, expression="select * from shop")
    assert "The answer did not come whole" in page
    rehearse(visitor, what="fault", effect="drop before", operation="CreateDomain")
    assert "CreateDomain" in visitor.act("CreateDomain", DomainName="fresh")


def test_looking_is_no_call_and_uses_up_no_fault(visitor: Visitor) -> None:
    rehearse(visitor, what="fault", effect="fail", error="ServiceUnavailable", times="1")
    for path, arguments in PAGES.items():
        if path != "/select":
            visitor.get(path, **arguments)
    assert visitor.json("/requests")["calls"] == []
    assert visitor.json("/rehearsal")["faults"][0]["met"] == 0


def test_limits_are_set(visitor: Visitor) -> None:
    rehearse(visitor, what="limits", base="RELAXED")
    rehearse(visitor, what="limits", limit="domains", value="7")
    limits = visitor.json("/rehearsal")["limits"]
    assert limits["domains"] == 7
    assert {**limits, "domains": 0} == {**asdict(RELAXED), "domains": 0}
    assert 'role="alert">' in rehearse(visitor, what="limits", limit="domains", value="-1")


def test_the_journal_is_cleared(visitor: Visitor) -> None:
    visitor.act("ListDomains")
    assert "The journal is empty." in rehearse(visitor, what="calls")
    assert visitor.json("/requests")["total"] == 0


def test_an_export_is_shown_with_its_files(tmp_path: Path) -> None:
    engine = Engine(exports=ExportSettings(directory=tmp_path))
    simpledb = SimpleDB.of(engine)
    simpledb.seed({"shop": {"apple": {"color": "red"}}}, account=TENANT.account, region=TENANT.region)
    account = OperationsAccount(TENANT, engine.storage, engine.limits, engine.clock, engine.exports)
    engine.exports.start(account, Order("shop", "pail"), None)
    visitor = Visitor(create_app(engine).test_client(), engine)
    (export,) = visitor.json("/rehearsal")["exports"]
    assert (export["domain"], export["status"], export["items"]) == ("shop", "SUCCEEDED", 1)
    assert export["manifest"] in [file["key"] for file in export["files"]]
    assert sum(file["bytes"] for file in export["files"]) > 100
    assert export["manifest"] in visitor.get("/rehearsal")


def test_nodes_are_shown_where_the_storage_has_some(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    node = {"address": "127.0.0.1:7000", "role": "primary", "slots": ["0-8191", "9000"], "lag_bytes": None}
    monkeypatch.setattr(visitor.engine.truth, "nodes", lambda: [node], raising=False)
    assert visitor.json("/rehearsal")["nodes"] == [node]
    page = visitor.get("/rehearsal")
    assert "Nodes of the cluster" in page
    assert "<td>0-8191, 9000</td><td>–</td>" in page


def test_data_are_downloaded_as_a_seed(visitor: Visitor) -> None:
    for query in (PLACE, SHOP):
        answer = visitor.client.get("/_basicdb/download", query_string=query)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="seed.yaml"'
        seed = yaml.safe_load(answer.text)
        assert seed["shop"]["odd\x01"] == {"v\x02": "\x03"}
        assert ("empty" in seed) == (query is PLACE)
    assert visitor.client.get("/_basicdb/download", query_string={**PLACE, "domain": "nowhere"}).status_code == 409


# -- names of every kind -----------------------------------------------------------------------------------------------

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
    rehearse(visitor, what="lag", lag="2")
    assert "<p>The same.</p>" in visitor.get("/item", **SHOP, item="plum")
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="plum", Attribute_1_Name="color")
    told = visitor.json("/item", **SHOP, item="plum")
    assert {"name": "color", "values": ["blue"]} in told["stale"]
    assert {"name": "color", "values": ["blue"]} not in told["attributes"]


# -- many domains, and those that cannot be read -----------------------------------------------------------------------


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
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NotFound")


# -- safety ------------------------------------------------------------------------------------------------------------


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
