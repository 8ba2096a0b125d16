"""What a user's test file looks like: mypy --strict and pyright find nothing wrong with it."""

from __future__ import annotations

import unittest
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

import basicdb_mock
from basicdb_mock import RELAXED, Limits, Mock, SimpleDB, active_simpledb, mock_simpledb
from basicdb_mock.pytest_plugin.served import ServedSimpleDB

if TYPE_CHECKING:
    from mypy_boto3_sdb import SimpleDBClient


@mock_simpledb
def decorated(name: str, *, region: str = "us-east-1") -> list[str]:
    return [name, region]


@mock_simpledb(limits={"domains": 3}, region="eu-west-1", lag=1.5, direct=True)
async def coroutine(number: int) -> str:
    return str(number)


@mock_simpledb
def generator() -> Iterator[int]:
    yield 1


@mock_simpledb(storage="memory:")
async def async_generator() -> AsyncIterator[int]:
    yield 1


@mock_simpledb
class DecoratedTest(unittest.TestCase):
    attribute: int = 1


@mock_simpledb(limits=RELAXED)
class TestPlain:
    def test_it(self) -> None: ...


@pytest.mark.simpledb(seed={"users": {"alice": {"age": "30"}}})
def test_fixtures(
    simpledb: SimpleDB, simpledb_client: SimpleDBClient, simpledb_domain: str, simpledb_server: ServedSimpleDB
) -> None:
    assert simpledb == {"users": {"alice": {"age": "30"}}}
    url: str = simpledb_server.url
    names: list[str] = simpledb_client.list_domains().get("DomainNames", [])
    age: str | list[str] = simpledb.items(simpledb_domain)["alice"]["age"]
    calls: list[str] = [call.operation for call in simpledb.calls.of("PutAttributes")]
    assert [url, names, age, calls]
    simpledb.limits = Limits(domains=3)
    simpledb.clock.freeze(0)
    simpledb.restore(simpledb.snapshot())


def users() -> None:
    names: list[str] = decorated("a", region="b")
    test: DecoratedTest = DecoratedTest("test_it")
    attribute: int = test.attribute
    mock: Mock = mock_simpledb()
    with mock as simpledb:
        client: SimpleDBClient = simpledb.client("us-east-1")
        client.create_domain(DomainName="users")
    simpledb = mock.start()
    mock.stop()
    current: SimpleDB | None = active_simpledb()
    basicdb_mock.moto.install()
    assert [names, attribute, current, simpledb]
