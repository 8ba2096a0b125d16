"""What the rehearsal page does, without a browser."""

from __future__ import annotations

import io
import re
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from basicdb_mock import SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings
from basicdb_mock.limits import RELAXED
from basicdb_mock.server.app import create_app
from basicdb_mock.storage import StorageError
from tests.console.conftest import PAGES, PLACE, SHOP, TENANT, Visitor


def outcome(page: str) -> str:
    """What a page says came of the call that its form made."""
    (told,) = re.findall(r'class="sent[^>]*>\s*<summary>(.*?)</summary>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", told)


def problem(page: str) -> str:
    """What a page says is wrong with its form."""
    (told,) = re.findall(r'role="alert">(.*?)</p>', page, re.DOTALL)
    return str(told)


def test_a_fault_is_added_met_and_removed(visitor: Visitor) -> None:
    rule = {"operation": "ListDomains", "effect": "fail", "error": "ServiceUnavailable", "times": "1"}
    page = visitor.rehearse(what="fault", **rule)
    assert "Fault 1 added." in page
    assert "Not the defaults: 1 fault in force." in visitor.get("/")
    assert outcome(visitor.act("ListDomains")).startswith("ListDomains: 503 ServiceUnavailable ")
    assert outcome(visitor.act("ListDomains")).startswith("ListDomains: 200 ")
    assert "Fault 1 removed." in visitor.rehearse(what="no fault", number="1")
    assert "Not the defaults" not in visitor.get("/")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"what": "dance"}, "unknown form 'dance'"),
        ({"what": "fault", "effect": "delay", "amount": "soon"}, "amount takes a number of seconds, not 'soon'"),
        ({"what": "fault", "effect": "explode"}, "unknown effect 'explode'"),
        ({"what": "no fault", "number": "7"}, "there is no fault with that number"),
        (
            {"what": "lag", "lag": "many"},
            "lag: seconds must be a number or a text such as uniform(0.1, 0.5), not 'many'",
        ),
        ({"what": "clock", "how": "stop"}, "a clock cannot 'stop'"),
        ({"what": "clock", "how": "tick", "seconds": "-99999999999999"},
         "a clock must stay between the years 1970 and 9999"),
        ({"what": "snapshot", "how": "restore", "name": "none"}, "there is no snapshot with that name"),
        ({"what": "snapshot", "how": "save", "name": "a b"}, "a snapshot's name must be 1 to 64 characters of"),
        ({"what": "seed"}, "choose a seed file"),
    ],
)
def test_what_cannot_be_rehearsed_is_told(visitor: Visitor, form: dict[str, str], told: str) -> None:
    assert problem(visitor.rehearse(**form)).startswith(told)


def test_lag_and_clock_are_set(visitor: Visitor) -> None:
    visitor.rehearse(what="lag", lag="2")
    visitor.rehearse(what="clock", how="freeze", seconds="1700000000")
    visitor.rehearse(what="clock", how="tick", seconds="5")
    told = visitor.json("/rehearsal")
    assert told["clock"] == {"now": 1_700_000_005, "frozen": True}
    assert told["lag"]["seconds"] == 2
    assert "the clock is frozen" in visitor.get("/")
    visitor.rehearse(what="clock", how="reset")
    visitor.rehearse(what="lag", lag="")
    assert visitor.engine.lag is None


def test_snapshots_are_saved_compared_and_restored(visitor: Visitor) -> None:
    visitor.rehearse(what="snapshot", how="save", name="before")
    visitor.act("DeleteAttributes", DomainName="shop", ItemName="plum")
    visitor.act("PutAttributes", DomainName="shop", ItemName="pear", Attribute_1_Name="a", Attribute_1_Value="b")
    visitor.act("PutAttributes", DomainName="shop", ItemName="apple", Attribute_1_Name="price", Attribute_1_Value="4")
    compared = visitor.json("/rehearsal", before="before", after="now")["compared"]
    assert (compared["added"], compared["changed"], compared["gone"]) == (1, 1, 1)
    assert [(row["item"], row["what"]) for row in compared["differences"]] == [
        ("apple", "changed"), ("pear", "added"), ("plum", "gone"),
    ]  # fmt: skip
    visitor.rehearse(what="snapshot", how="restore", name="before")
    assert visitor.json("/rehearsal", before="before", after="now")["compared"]["differences"] == []
    assert "There are no differences." in visitor.get("/rehearsal", before="before", after="now")
    visitor.rehearse(what="snapshot", how="forget", name="before")
    assert visitor.json("/rehearsal")["snapshots"] == []


def test_a_seed_is_uploaded(visitor: Visitor) -> None:
    seed = (io.BytesIO(b"cars:\n  beetle: {color: green}\n"), "cars.yaml")
    page = visitor.rehearse(what="seed", account=TENANT.account, region=TENANT.region, file=seed)
    assert "1 item seeded into 1 domain." in page
    assert visitor.json("/item", **PLACE, domain="cars", item="beetle")["attributes"] == [
        {"name": "color", "values": ["green"]}
    ]
    broken = (io.BytesIO(b"cars: [unfinished"), "cars.yaml")
    assert "cars.yaml, line 1: " in visitor.rehearse(what="seed", file=broken)


def test_everything_is_reset(visitor: Visitor) -> None:
    visitor.rehearse(what="reset")
    assert visitor.json("/home")["tenants"] == []
    assert "There are no domains yet." in visitor.get("/")


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"effect": "delay", "amount": "uniform(0, 0.5)"}, {"delay": "uniform(0, 0.5)"}),
        ({"effect": "throttle", "amount": "25", "domain": "shop"}, {"throttle": 25.0, "domain": "shop"}),
        ({"effect": "truncate", "amount": "0.5", "nth": "2"}, {"truncate": 0.5, "nth": [2]}),
        (
            {"effect": "drop after", "operation": "PutAttributes", "probability": "0.5"},
            {"drop": "after", "operation": "PutAttributes", "probability": 0.5},
        ),
    ],
)
def test_faults_of_each_kind_are_added(visitor: Visitor, form: dict[str, str], fault: dict[str, object]) -> None:
    assert "Fault 1 added." in visitor.rehearse(what="fault", **form)
    assert visitor.json("/rehearsal")["faults"] == [{**fault, "number": 1, "met": 0, "struck": 0}]


def test_faults_are_added_as_a_file_writes_them(visitor: Visitor) -> None:
    faults = "- {operation: Select, fail: InternalError, every: 3}\n- drop: before\n"
    page = visitor.rehearse(what="faults", faults=faults)
    assert "2 faults added." in page
    assert [fault.get("every") for fault in visitor.json("/rehearsal")["faults"]] == [3, None]
    assert "a fault needs one of" in visitor.rehearse(what="faults", faults="- {operation: Select}")


def test_an_answer_that_is_cut_short_is_shown_as_it_came(visitor: Visitor) -> None:
    visitor.rehearse(what="fault", effect="truncate", amount="0.5", operation="Select")
    page = visitor.get("/select", **PLACE, expression="select * from shop")
    assert "The answer was incomplete" in page
    visitor.rehearse(what="fault", effect="drop before", operation="CreateDomain")
    assert outcome(visitor.act("CreateDomain", DomainName="fresh")).startswith("CreateDomain: no answer ")


def test_looking_is_no_call_and_uses_up_no_fault(visitor: Visitor) -> None:
    visitor.rehearse(what="fault", effect="fail", error="ServiceUnavailable", times="1")
    for path, arguments in PAGES.items():
        if path != "/select":
            visitor.get(path, **arguments)
    assert visitor.json("/requests")["calls"] == []
    assert visitor.json("/rehearsal")["faults"][0]["met"] == 0


def test_limits_are_set(visitor: Visitor) -> None:
    visitor.rehearse(what="limits", base="RELAXED")
    visitor.rehearse(what="limits", limit="domains", value="7")
    limits = visitor.json("/rehearsal")["limits"]
    assert limits["domains"] == 7
    assert {**limits, "domains": 0} == {**asdict(RELAXED), "domains": 0}
    page = visitor.rehearse(what="limits", limit="domains", value="-1")
    assert problem(page) == "limit 'domains' takes a number of at least 0, not -1"


def test_the_journal_is_cleared(visitor: Visitor) -> None:
    visitor.act("ListDomains")
    assert "The journal is empty." in visitor.rehearse(what="calls")
    assert visitor.json("/requests")["total"] == 0


def test_an_export_is_started_shown_and_its_files_opened(tmp_path: Path) -> None:
    engine = Engine(exports=ExportSettings(directory=tmp_path))
    simpledb = SimpleDB.of(engine)
    simpledb.seed({"shop": {"apple": {"color": "red"}}}, account=TENANT.account, region=TENANT.region)
    visitor = Visitor(create_app(engine).test_client(), engine)
    assert 'name="p.domainName" value="shop"' in visitor.get("/rehearsal", **SHOP)

    prefix = {"o.s3KeyPrefix": "nightly", "next": "/_basicdb/rehearsal#exports"}
    page = visitor.act("StartDomainExport", extra=prefix, domainName="shop", s3Bucket="my-exports")
    assert "POST https://sdb.amazonaws.com/v2/StartDomainExport" in page
    assert '{"s3KeyPrefix": "nightly", "domainName": "shop", "s3Bucket": "my-exports"}' in page

    (export,) = visitor.json("/rehearsal")["exports"]
    assert (export["domain"], export["prefix"], export["status"], export["items"]) == (
        "shop", "nightly", "SUCCEEDED", 1,
    )  # fmt: skip
    assert export["manifest"] in [file["key"] for file in export["files"]]
    (link,) = re.findall(r'href="([^"]+dataFile[^"]+)"', visitor.get("/rehearsal"))
    with visitor.client.get(link) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.json == [{"itemName": "apple", "attributes": [{"name": "color", "values": ["red"]}]}]
    assert visitor.client.get(link.replace("dataFile", "../../secret")).status_code == 404
    engine.close()


def test_an_export_that_cannot_be_started_shows_why(visitor: Visitor) -> None:
    page = visitor.act("StartDomainExport", domainName="nowhere", s3Bucket="my-exports")
    assert "NoSuchDomainException" in page
    assert visitor.json("/rehearsal")["exports"] == []


def test_nodes_are_shown_where_the_storage_has_some(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, object] = {"slots": [], "lag_bytes": None, "healthy": True, "primary": None}
    nodes = [
        {**told, "id": "a1", "address": "127.0.0.1:7000", "role": "primary", "slots": ["0-8191", "9000"]},
        {**told, "id": "b2", "address": "127.0.0.1:7001", "role": "replica", "primary": "a1", "lag_bytes": 1200},
        {**told, "id": "c3", "address": "127.0.0.1:7002", "role": "replica", "primary": "a1", "healthy": False},
    ]
    monkeypatch.setattr(visitor.engine.truth, "nodes", lambda: nodes, raising=False)
    assert visitor.json("/rehearsal")["nodes"] == nodes
    table = visitor.get("/rehearsal").partition('aria-label="Nodes"')[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in table.split("<tr>")[1:]]
    assert rows == [
        ["address", "role", "slots", "bytes", "behind", "health"],
        ["127.0.0.1:7000", "primary", "0-8191,", "9000", "–", "healthy"],
        ["127.0.0.1:7001", "replica", "of", "127.0.0.1:7000", "–", "1,200", "healthy"],
        ["127.0.0.1:7002", "replica", "of", "127.0.0.1:7000", "–", "–", "unhealthy"],
    ]


def test_a_cluster_whose_nodes_cannot_be_told_of_has_its_page(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise StorageError("no node answers")

    monkeypatch.setattr(visitor.engine.truth, "nodes", fails, raising=False)
    assert visitor.json("/rehearsal")["nodes_problem"] == "no node answers"
    assert "no node answers" in visitor.get("/rehearsal")


def test_data_are_downloaded_as_a_seed(visitor: Visitor) -> None:
    for query in (PLACE, SHOP):
        answer = visitor.client.get("/_basicdb/seed", query_string=query)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="seed.yaml"'
        seed = yaml.safe_load(answer.text)
        assert seed["shop"]["odd\x01"] == {"v\x02": "\x03"}
        assert ("empty" in seed) == (query is PLACE)
    assert visitor.client.get("/_basicdb/seed", query_string={**PLACE, "domain": "nowhere"}).status_code == 409
