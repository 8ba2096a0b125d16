"""Each row of docs/differences.md that no other test pins."""

from __future__ import annotations

import socket
import ssl

import pytest

from basicdb_mock import AdjustableClock, Engine, SimpleDB
from basicdb_mock.wire.message import Request
from tests.documents.asking import ask, put, select, send
from tests.documents.reading import NAMED_TEST, ROOT, table_rows
from tests.exports.asking import needs_simpledbv2

DOCUMENT = ROOT / "docs" / "differences.md"


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    ask(engine, "CreateDomain", DomainName="books")
    return engine


def test_every_row_names_the_test_that_pins_it() -> None:
    rows = list(table_rows(DOCUMENT))
    assert len(rows) == 15
    assert [row[0] for row in rows if len(row) != 4 or not NAMED_TEST.search(row[3])] == []


def test_any_key_is_let_in_and_is_its_own_account(engine: Engine) -> None:
    def listed(key: str) -> str:
        return send(engine, url=f"/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId={key}&Signature=x").body

    assert "<DomainName>books</DomainName>" in listed("testing")
    assert "<ListDomainsResult></ListDomainsResult>" in listed("somebodyelse")


def test_the_server_speaks_http_only() -> None:
    from basicdb_mock.server.running import RunningServer

    with RunningServer() as server, socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain:
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="localhost")


def test_any_region_is_answered() -> None:
    simpledb = SimpleDB()
    for region in ("us-east-1", "eu-central-1", "xx-somewhere-9"):
        sdb = simpledb.client(region)
        sdb.create_domain(DomainName=region)
        assert sdb.list_domains()["DomainNames"] == [region]


def test_every_read_is_consistent(engine: Engine) -> None:
    put(engine, "i1", ("a", "1"))
    assert ask(engine, "GetAttributes", DomainName="books", ItemName="i1").pairs == [("a", "1")]
    assert ask(engine, "Select", SelectExpression="select * from books").item_names == ["i1"]


def test_a_domain_is_there_at_once(engine: Engine) -> None:
    assert "<DomainName>books</DomainName>" in ask(engine, "ListDomains").body
    assert put(engine, "i1", ("a", "1")).status == 200


def test_no_load_is_shed(engine: Engine) -> None:
    statuses = {put(engine, f"i{number}", ("a", "1")).status for number in range(500)}
    assert statuses == {200}


def test_box_usage_is_a_formula(engine: Engine) -> None:
    assert "<BoxUsage>0.0000219909</BoxUsage>" in put(engine, "i1", ("a", "1")).body
    assert "<BoxUsage>0.0000219909</BoxUsage>" in put(engine, "i2", ("a", "1")).body


def test_so_many_parameters_are_too_many(engine: Engine) -> None:
    answer = send(engine, body="&".join(f"p{number}=1" for number in range(20_001)).encode())
    assert (answer.status, answer.code) == (400, "InvalidHttpRequest")


def test_soap_is_not_spoken(engine: Engine) -> None:
    envelope = b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/></soap:Envelope>'
    headers = {"Content-Type": "text/xml", "SOAPAction": "ListDomains"}
    response = engine.handle(Request("POST", "/", headers, envelope))
    assert 400 <= response.status < 500
    assert b"<Errors>" in response.body
    assert b"Envelope" not in response.body


@needs_simpledbv2
def test_an_export_is_done_at_once() -> None:
    simpledb = SimpleDB(clock=AdjustableClock())
    simpledb.seed({"books": {"b1": {"year": "1959"}}})
    exports = simpledb.session().client("simpledbv2", region_name="us-east-1")
    arn = exports.start_domain_export(domainName="books", s3Bucket="my-exports")["exportArn"]
    assert exports.get_export(exportArn=arn)["exportStatus"] == "SUCCEEDED"
    simpledb.close()


def test_what_is_in_memory_goes_with_its_engine(engine: Engine) -> None:
    assert select(engine, "select * from books").status == 200
    assert select(Engine(), "select * from books").code == "NoSuchDomain"
