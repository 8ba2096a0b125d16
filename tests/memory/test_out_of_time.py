"""Sorting, and making an index, end when a query's time is up; what was made of the index is there for the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from basicdb_mock import mock_simpledb
from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.storage import searching
from basicdb_mock.storage.memory import index, ordered
from basicdb_mock.storage.memory import searching as memory_searching
from tests.query.asking import Asker

ITEMS = 2_200


@pytest.fixture(params=["memory:", "files:{}/store?durability=off"], ids=["memory", "files"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.param).format(tmp_path)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_RUNS_A_STEP", 1)
    monkeypatch.setattr(ordered, "RUN", 500)
    monkeypatch.setattr(searching, "RUN", 1_000)
    monkeypatch.setattr(memory_searching, "_RUNS_A_SORT", 1)


def value(at: int) -> str:
    return f"{at * 1009 % ITEMS:05}"


@pytest.fixture
def client(storage: str) -> Iterator[Any]:
    """A client of a large domain whose queries have no time."""
    with mock_simpledb(storage=storage, limits={"query_seconds": 0.0}):
        session: Any = boto3.Session("a", "s", region_name="us-east-1")
        made = session.client("sdb", config=Config(retries={"total_max_attempts": 1}))
        made.create_domain(DomainName="large")
        for start in range(0, ITEMS, 25):
            items = [
                {"Name": f"i{at:05}", "Attributes": [{"Name": "a", "Value": value(at)}]}
                for at in range(start, start + 25)
            ]
            made.batch_put_attributes(DomainName="large", Items=items)
        yield made


def refused(call: Callable[[], Any]) -> str | None:
    """Status, code and text of the error that a call ends with."""
    try:
        call()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return "{} {Code}: {Message}".format(status, **error.response["Error"])
    return None


TIMEOUT = (
    "408 RequestTimeout: A timeout occurred when attempting to query domain large with query expression {}. "
    "BoxUsage [0.0000137200]"
)


@pytest.mark.parametrize("direction", ["", " desc"])
def test_a_sort_that_takes_too_long_is_refused(client: Any, direction: str) -> None:
    expression = f"select itemName() from large where a > '' order by a{direction}"
    assert refused(lambda: client.select(SelectExpression=expression)) == TIMEOUT.format(expression)


@pytest.mark.parametrize("storage", ["memory:"], indirect=True)
@pytest.mark.parametrize("direction", ["", " desc"])
def test_a_client_that_asks_again_gets_the_index_made_and_everything_in_order(client: Any, direction: str) -> None:
    expression = f"select itemName() from large where a > '' order by a{direction} limit 2500"
    names: list[str] = []
    more: dict[str, str] = {}
    refusals = 0
    while True:
        try:
            answer = client.select(SelectExpression=expression, **more)
        except ClientError:
            refusals += 1
            continue
        names += [item["Name"] for item in answer.get("Items", ())]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    order = sorted(range(ITEMS), key=value, reverse=bool(direction))
    assert names == [f"i{at:05}" for at in order]
    assert refusals > 4  # two sorts that came to nothing, and the steps of the index


@pytest.mark.parametrize("storage", ["memory:"], indirect=True)
def test_a_count_that_takes_too_long_is_refused_until_its_index_is_made(client: Any) -> None:
    expression = "select count(*) from large where a > '01000'"
    refusals = 0
    while refused(lambda: client.select(SelectExpression=expression)) == TIMEOUT.format(expression):
        refusals += 1
    assert refusals > 4
    pages = client.get_paginator("select").paginate(SelectExpression=expression)
    counts = [int(page["Items"][0]["Attributes"][0]["Value"]) for page in pages]
    assert sum(counts) == ITEMS - 1001


def test_a_query_of_the_2007_language_is_refused_alike() -> None:
    asker = Asker(Engine(limits=replace(AWS, query_seconds=0.0)))
    asker.fill("large", {f"i{at:05}": {"a": [value(at)]} for at in range(ITEMS)})
    expression = "['a' > ''] sort 'a'"
    answer = asker.ask("Query", DomainName="large", QueryExpression=expression)
    assert "{} {}: {}".format(*answer.error) == TIMEOUT.format(expression)
