"""boto3 and its three retry modes against the faults of a bad day, in process and over HTTP."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from basicdb_mock import mock_simpledb
from basicdb_mock.engine import Engine
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.rehearsal import InternalError, RequestTimeout, ServiceUnavailable
from tests.exports.asking import needs_simpledbv2
from tests.rehearsal.conftest import Connect

MODES = ["legacy", "standard", "adaptive"]
PAIR = [{"Name": "n", "Value": "1"}]
ITEM: Any = {"DomainName": "orders", "ItemName": "i", "Attributes": PAIR}


def statuses(simpledb: SimpleDB, operation: str) -> list[int]:
    return [call.status for call in simpledb.calls.of(operation)]


@pytest.mark.parametrize("mode", MODES)
def test_a_client_gets_over_two_failures(
    simpledb: SimpleDB, connect: Connect, retry_waits: list[float], mode: str
) -> None:
    client = connect(mode, 3)
    client.create_domain(DomainName="orders")
    simpledb.faults.fail("PutAttributes", ServiceUnavailable, times=2)

    client.put_attributes(**ITEM)

    assert statuses(simpledb, "PutAttributes") == [503, 503, 200]
    assert len(retry_waits) == 2
    assert client.get_attributes(DomainName="orders", ItemName="i")["Attributes"] == PAIR


@pytest.mark.parametrize("mode", MODES)
def test_it_gives_up_and_tells_what_it_was(simpledb: SimpleDB, connect: Connect, mode: str) -> None:
    client = connect(mode, 2)
    simpledb.faults.fail("ListDomains", InternalError)

    with pytest.raises(ClientError) as caught:
        client.list_domains()

    assert caught.value.response["Error"]["Code"] == "InternalError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert statuses(simpledb, "ListDomains") == [500, 500]


@pytest.mark.parametrize("mode", MODES)
def test_a_connection_dropped_before_the_write_costs_only_a_retry(
    simpledb: SimpleDB, connect: Connect, mode: str
) -> None:
    client = connect(mode, 2)
    client.create_domain(DomainName="orders")
    simpledb.faults.drop("PutAttributes", times=1)

    client.put_attributes(**ITEM, Expected={"Name": "n", "Exists": False})

    assert statuses(simpledb, "PutAttributes") == [0, 200]


@pytest.mark.parametrize("mode", MODES)
def test_one_dropped_after_the_write_has_the_retry_meet_its_own_write(
    simpledb: SimpleDB, connect: Connect, mode: str
) -> None:
    client = connect(mode, 2)
    client.create_domain(DomainName="orders")
    simpledb.faults.drop("PutAttributes", after=True, times=1)

    with pytest.raises(ClientError) as caught:
        client.put_attributes(**ITEM, Expected={"Name": "n", "Exists": False})

    assert caught.value.response["Error"] == {
        "Code": "ConditionalCheckFailed",
        "Message": "Conditional check failed. Attribute (n) value exists",
        "BoxUsage": "0.0000219907",
    }
    assert client.get_attributes(DomainName="orders", ItemName="i", ConsistentRead=True)["Attributes"] == PAIR


def test_without_retries_a_dropped_connection_is_what_a_network_gives(simpledb: SimpleDB, connect: Connect) -> None:
    simpledb.faults.drop("*")

    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        connect().list_domains()


def test_an_error_after_the_write_leaves_the_write(simpledb: SimpleDB, connect: Connect) -> None:
    client = connect()
    client.create_domain(DomainName="orders")
    simpledb.faults.fail("PutAttributes", InternalError, after=True)

    with pytest.raises(ClientError, match="InternalError"):
        client.put_attributes(**ITEM)

    assert client.get_attributes(DomainName="orders", ItemName="i")["Attributes"] == PAIR


@pytest.mark.parametrize("mode", MODES)
def test_a_truncated_answer_is_asked_for_again(simpledb: SimpleDB, connect: Connect, mode: str) -> None:
    client = connect(mode, 2)
    client.create_domain(DomainName="orders")
    simpledb.faults.truncate("ListDomains", keep=0.7, times=1)

    assert client.list_domains()["DomainNames"] == ["orders"]
    assert statuses(simpledb, "ListDomains") == [200, 200]


def test_a_truncated_answer_is_an_error_of_the_connection(simpledb: SimpleDB, connect: Connect) -> None:
    simpledb.faults.truncate("ListDomains")

    with pytest.raises(HTTPClientError):
        connect().list_domains()


def test_one_truncated_cleanly_is_an_error_of_the_parser(simpledb: SimpleDB, connect: Connect) -> None:
    simpledb.faults.truncate("ListDomains", clean=True)

    with pytest.raises(ResponseParserError):
        connect().list_domains()


def test_load_is_shed_by_domain(simpledb: SimpleDB, connect: Connect) -> None:
    client = connect()
    simpledb.clock.freeze()
    for name in ("orders", "others"):
        client.create_domain(DomainName=name)
    simpledb.faults.throttle(2, "PutAttributes")

    for _ in range(2):
        client.put_attributes(**ITEM)
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        client.put_attributes(**ITEM)
    client.put_attributes(**{**ITEM, "DomainName": "others"})
    simpledb.clock.tick(0.5)
    client.put_attributes(**ITEM)

    assert statuses(simpledb, "PutAttributes") == [200, 200, 503, 200, 200]


def test_a_fault_on_a_domain_strikes_a_select_from_it(simpledb: SimpleDB, connect: Connect) -> None:
    client = connect()
    client.create_domain(DomainName="orders")
    client.create_domain(DomainName="others")
    simpledb.faults.fail("Select", RequestTimeout, domain="orders")

    assert "Items" not in client.select(SelectExpression="select * from others")
    with pytest.raises(ClientError) as caught:
        client.select(SelectExpression="select * from orders")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 408
    assert caught.value.response["Error"]["Code"] == "RequestTimeout"


def test_delays_are_before_and_after_the_call(simpledb: SimpleDB, connect: Connect, retry_waits: list[float]) -> None:
    simpledb.faults.delay("ListDomains", 0.25)
    simpledb.faults.delay("ListDomains", 0.5, after=True)

    connect().list_domains()

    assert retry_waits == [0.25, 0.5]


@pytest.mark.parametrize("after", [False, True])
def test_a_write_that_is_later_than_the_read_timeout_was_done_all_the_same(after: bool) -> None:
    with mock_simpledb() as simpledb:
        config = Config(read_timeout=0.01, retries={"total_max_attempts": 2})
        client = boto3.client("sdb", region_name="us-east-1", config=config)
        client.create_domain(DomainName="orders")
        simpledb.faults.delay("PutAttributes", 3600, after=after)
        with pytest.raises(ReadTimeoutError, match="Read timeout on endpoint URL: "):
            client.put_attributes(**ITEM)
        assert statuses(simpledb, "PutAttributes") == [0, 0]
        assert simpledb.items("orders") == {"i": {"n": "1"}}


def test_delays_before_and_after_together_exhaust_the_read_timeout(retry_waits: list[float]) -> None:
    simpledb = SimpleDB.of(Engine())
    simpledb.faults._sleep = retry_waits.append
    simpledb.faults.delay("ListDomains", 2)
    simpledb.faults.delay("ListDomains", 3, after=True)
    with pytest.raises(ReadTimeoutError):
        simpledb.client(config=Config(read_timeout=4, retries={"total_max_attempts": 1})).list_domains()
    simpledb.client(config=Config(read_timeout=5, retries={"total_max_attempts": 1})).list_domains()
    assert retry_waits == [2, 2, 2, 3]


def test_an_error_that_comes_too_late_is_a_read_timeout_too() -> None:
    simpledb = SimpleDB()
    simpledb.faults.delay("*", 3600)
    simpledb.faults.fail("*", ServiceUnavailable)
    client = simpledb.client(config=Config(read_timeout=0.01, retries={"total_max_attempts": 1}))
    with pytest.raises(ReadTimeoutError):
        client.create_domain(DomainName="orders")
    assert simpledb == {}


@needs_simpledbv2
def test_exports_time_out_too() -> None:
    simpledb = SimpleDB()
    simpledb.faults.delay("ListExports", 3600)
    config = Config(read_timeout=0.01, retries={"total_max_attempts": 1})
    with pytest.raises(ReadTimeoutError):
        simpledb.session().client("simpledbv2", config=config).list_exports()


def test_reset_ends_the_bad_day(simpledb: SimpleDB, connect: Connect) -> None:
    simpledb.faults.fail("*", ServiceUnavailable)
    simpledb.lag = 5
    simpledb.clock.freeze()

    simpledb.reset()

    assert simpledb.lag is None
    assert not simpledb.clock.frozen
    assert connect().list_domains()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_dropped_call_is_in_the_journal(simpledb: SimpleDB, connect: Connect) -> None:
    simpledb.faults.drop("ListDomains")
    with pytest.raises(HTTPClientError):
        connect().list_domains()

    (call,) = simpledb.calls
    assert (call.operation, call.status, call.code, call.response.body) == ("ListDomains", 0, None, b"")
