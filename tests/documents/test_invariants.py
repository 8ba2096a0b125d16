"""Each rule of docs/invariants.md that no other test enforces as a whole."""

from __future__ import annotations

import http.client
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicdb_mock import AdjustableClock, Engine, SimpleDB, mock_simpledb
from basicdb_mock.errors import CATALOGUE
from basicdb_mock.identity import Identity
from basicdb_mock.wire.message import Request
from tests.documents.asking import ask, put

# -- 1: every request gets a SimpleDB answer ---------------------------------------------------------------------------

ACTIONS = (
    "CreateDomain", "DeleteDomain", "ListDomains", "DomainMetadata", "PutAttributes", "GetAttributes",
    "DeleteAttributes", "BatchPutAttributes", "BatchDeleteAttributes", "Select", "Query", "QueryWithAttributes",
)
NAMES = (
    "DomainName", "ItemName", "AttributeName", "AttributeName.0", "Attribute.1.Name", "Attribute.1.Value",
    "Attribute.1.Replace", "Attribute.2.Name", "Attribute.99999999999999999999.Name", "Attribute.-1.Name",
    "Attribute..Name", "Expected.Name", "Expected.Value", "Expected.Exists", "Expected.1.Name", "Expected.2.Value",
    "Item.0.ItemName", "Item.0.Attribute.0.Name", "Item.0.Attribute.0.Value", "Item.1.Attribute.0.Name",
    "SelectExpression", "QueryExpression", "NextToken", "ConsistentRead", "MaxNumberOfDomains", "MaxNumberOfItems",
    "Signature", "SignatureVersion", "SignatureMethod", "Timestamp", "Expires", "SecurityToken", "",
)
VALUES = (
    "books", "i1", "a", "1", "true", "false", "0", "-1", "99999999999999999999", "\0", "\ud7ff\uffff", "é" * 600, "",
    "select * from books", "select * from books where a = '1' order by a limit 1", "select count(*) from `books`",
    "select * from books where " + "(" * 300 + "a='1'", "['a' = '1']", "rO0ABXNyACdjb20=", "%00", "&", "<",
)


def check_answer(engine: Engine, request: Request) -> None:
    response = engine.handle(request)
    assert response.status in {200, *(error.status for error in CATALOGUE.values())}
    assert response.status != 500, response.body
    root = ElementTree.fromstring(response.body)
    if response.status == 200:
        assert root.find("{*}ResponseMetadata/{*}RequestId") is not None
    else:
        told = root.find("Errors/Error/Code")
        assert told is not None
        assert told.text in {error.code for error in CATALOGUE.values()}


@pytest.fixture(scope="module")
def hostile() -> Engine:
    engine = Engine()
    ask(engine, "CreateDomain", DomainName="books")
    put(engine, "i1", ("a", "1"))
    return engine


@settings(max_examples=400, deadline=None)
@given(
    action=st.sampled_from(ACTIONS) | st.text(max_size=20),
    version=st.sampled_from(["2009-04-15", "2007-11-07", "", "2000-01-01"]),
    parameters=st.lists(
        st.tuples(st.sampled_from(NAMES) | st.text(max_size=10), st.sampled_from(VALUES) | st.text(max_size=30)),
        max_size=8),
    method=st.sampled_from(["POST", "GET", "DELETE"]),
)
def test_every_combination_of_parameters_gets_a_simpledb_answer(
    hostile: Engine, action: str, version: str, parameters: list[tuple[str, str]], method: str
) -> None:
    given_first = [("Action", action), ("Version", version), ("AWSAccessKeyId", "key")]
    encoded = urlencode([*given_first, *parameters], errors="replace")
    if method == "POST":
        check_answer(hostile, Request("POST", "https://sdb.amazonaws.com/", {}, encoded.encode()))
    else:
        check_answer(hostile, Request(method, f"https://sdb.amazonaws.com/?{encoded}"))


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]) | st.text(max_size=8),
    url=st.sampled_from(["/", "", "//", "/?", "https://sdb.amazonaws.com", "http://[", "/v2/ListExports"]) | st.text(),
    headers=st.dictionaries(st.sampled_from(["host", "authorization", "content-type", "x-amz-date"]), st.text()),
    body=st.binary(max_size=200),
)
def test_every_sequence_of_octets_gets_an_answer_in_xml_or_json(
    hostile: Engine, method: str, url: str, headers: dict[str, str], body: bytes
) -> None:
    response = hostile.handle(Request(method, url, headers, body))
    assert response.status < 500, response.body
    assert response.body[:1] in {b"<", b"{"}


# -- 3: the same answer through every door and from every storage ------------------------------------------------------

Send = Callable[[str], tuple[int, bytes]]


def conversation(seed: int) -> list[str]:
    """Requests that go to and fro between all operations, with errors among them."""
    choose = random.Random(seed)
    lines: list[dict[str, str]] = [
        {"Action": "ListDomains"}, {"Action": "CreateDomain", "DomainName": "books"},
        {"Action": "CreateDomain", "DomainName": "x"}, {"Action": "CreateDomain", "DomainName": "films"},
    ]
    for _ in range(160):
        item, name = f"i{choose.randrange(4)}", choose.choice("abc")
        value = choose.choice(["1", "2", "é&<", "\x01", ""])
        lines += choose.choices([
            {"Action": "PutAttributes", "ItemName": item, "Attribute.1.Name": name, "Attribute.1.Value": value,
             "Attribute.2.Name": name, "Attribute.2.Value": "3", "Attribute.2.Replace": choose.choice(["true", "no"])},
            {"Action": "PutAttributes", "ItemName": item, "Attribute.0.Name": name, "Attribute.0.Value": value,
             "Expected.Name": name, "Expected.Value": "1"},
            {"Action": "BatchPutAttributes", "Item.1.ItemName": item, "Item.1.Attribute.1.Name": name,
             "Item.1.Attribute.1.Value": value, "Item.2.ItemName": f"{item}-2", "Item.2.Attribute.1.Name": name,
             "Item.2.Attribute.1.Value": value},
            {"Action": "DeleteAttributes", "ItemName": item, "Attribute.1.Name": name},
            {"Action": "BatchDeleteAttributes", "Item.1.ItemName": item},
            {"Action": "GetAttributes", "ItemName": item, "ConsistentRead": "true"},
            {"Action": "DomainMetadata"},
            {"Action": "Select", "SelectExpression": f"select * from books where {name} >= '1' limit 3",
             "ConsistentRead": "true", "NextToken": "LAST"},
            {"Action": "Select", "SelectExpression": f"select * from books where {name} > '' order by {name} desc",
             "ConsistentRead": "true"},
            {"Action": "Select", "SelectExpression": "select count(*) from books", "ConsistentRead": "true"},
        ], [6, 6, 6, 1, 1, 2, 2, 4, 4, 2])
    common = {"Version": "2009-04-15", "AWSAccessKeyId": "key", "DomainName": "books"}
    return [urlencode({**common, **line}) for line in lines]


def talk(send: Send) -> list[tuple[int, bytes]]:
    """A conversation, each answer with its status; a NextToken is sent back with the next request that takes one."""
    answers: list[tuple[int, bytes]] = []
    last = ""
    for line in conversation(7):
        form = line.replace("NextToken=LAST", urlencode({"NextToken": last}) if last else "Unknown=1")
        answers.append(send(form))
        found = re.search(rb"<NextToken>([^<]*)", answers[-1][1])
        last = found[1].decode() if found else ""
    return answers


def steady(storage: str = "memory:") -> Engine:
    """An engine whose ids and times are the same each time."""
    clock = AdjustableClock()
    clock.freeze(1_300_000_000)
    return Engine(storage, clock=clock, identity=Identity(seed=1))


def told_directly(engine: Engine) -> list[tuple[int, bytes]]:
    def send(form: str) -> tuple[int, bytes]:
        response = engine.handle(Request("POST", "https://sdb.amazonaws.com/", {}, form.encode()))
        return response.status, response.body

    return talk(send)


@pytest.fixture(scope="module")
def reference() -> list[tuple[int, bytes]]:
    answers = told_directly(steady())
    assert {status for status, _ in answers} >= {200, 400, 404, 409}
    return answers


@pytest.mark.parametrize("url", ["sqlite:{0}/simple.db", "files:{0}/files"])
def test_every_storage_gives_the_same_octets(reference: list[tuple[int, bytes]], url: str, tmp_path: Path) -> None:
    engine = steady(url.format(tmp_path))
    try:
        assert told_directly(engine) == reference
    finally:
        engine.close()


def test_the_server_gives_the_same_octets(reference: list[tuple[int, bytes]]) -> None:
    from basicdb_mock.server import RunningServer

    with RunningServer(steady()) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

        def send(form: str) -> tuple[int, bytes]:
            connection.request("POST", "/", form.encode(), {"Host": "sdb.amazonaws.com"})
            answer = connection.getresponse()
            return answer.status, answer.read()

        try:
            assert talk(send) == reference
        finally:
            connection.close()


def by_requests(form: str) -> tuple[int, bytes]:
    import requests

    answer = requests.post("https://sdb.amazonaws.com/", form.encode(), timeout=30)
    return answer.status_code, answer.content


def by_botocore(form: str) -> tuple[int, bytes]:
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    prepared = AWSRequest("POST", "https://sdb.amazonaws.com/", {}, form.encode()).prepare()
    answer = URLLib3Session().send(prepared)
    return answer.status_code, answer.content


@pytest.mark.parametrize("send", [by_requests, by_botocore])
def test_every_door_in_process_gives_the_same_octets(reference: list[tuple[int, bytes]], send: Send) -> None:
    with mock_simpledb(simpledb=SimpleDB.of(steady())):
        assert talk(send) == reference


# -- 4: nothing heavy is imported --------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["basicdb_mock", "basicdb_mock.pytest_plugin.plugin"])
def test_importing_it_imports_nothing_heavy(module: str) -> None:
    heavy = ("moto", "flask", "pyparsing", "boto3", "botocore", "responses", "aiobotocore", "redis")
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- 5: no test sees another's data ------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_with_nothing(simpledb: SimpleDB, turn: int) -> None:
    sdb = simpledb.client()
    assert "DomainNames" not in sdb.list_domains()
    sdb.create_domain(DomainName=f"left-behind-{turn}")


def test_a_mock_within_a_mock_sees_its_own_data(simpledb: SimpleDB) -> None:
    sdb = simpledb.client()
    sdb.create_domain(DomainName="outer")
    with mock_simpledb() as inner:
        inner.client().create_domain(DomainName="inner")
        assert inner.client().list_domains()["DomainNames"] == ["inner"]
    assert sdb.list_domains()["DomainNames"] == ["outer"]


# -- 6: nothing reaches the network ------------------------------------------------------------------------------------


def test_no_operation_opens_a_connection_or_asks_for_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    expected = told_directly(steady())
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        patched.setattr(socket.socket, "connect_ex", refuse)
        patched.setattr(socket, "getaddrinfo", refuse)
        with mock_simpledb(simpledb=SimpleDB.of(steady())):
            assert talk(by_requests) == expected
        with mock_simpledb() as simpledb:
            for region in ("us-east-1", "eu-west-1"):
                simpledb.client(region).list_domains()


# -- 7: every recorded transcript replays ------------------------------------------------------------------------------


def test_every_recording_is_a_test_at_every_door_and_on_every_storage() -> None:
    """The replays themselves run with the other tests: ``recordings`` is one of their paths (setup.cfg)."""
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "recordings"], cwd=root,
        capture_output=True, text=True, check=True).stdout
    replays: dict[str, set[str]] = {}
    for line in told.splitlines():
        path, separator, name = line.partition("::")
        if separator:
            replays.setdefault(path, set()).add(name)
    assert set(replays) == {str(path.relative_to(root)) for path in (root / "recordings").rglob("*.yaml")}
    assert len(replays) > 50
    for names in replays.values():
        assert {name.rpartition("-")[2] for name in names} == {"memory", "sqlite", "files"}
        assert {name.rpartition("-")[0] for name in names} >= {"engine", "http"}


def test_the_recordings_run_with_the_tests(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("testpaths") == ["tests", "recordings"]
