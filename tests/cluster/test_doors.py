"""Through the engine's doors, with a cluster behind them: transcripts of the real SimpleDB, and boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from urllib.request import urlopen

import boto3
import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.intercept.mock import mock_simpledb
from basicdb_mock.server import RunningServer
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.stages import on_engine
from basicdb_mock.transcripts.transcript import Transcript
from tests.cluster.asking import opened
from tests.cluster.conftest import PATIENT
from tests.transcripts.recordings import all_transcripts

_PLACES = count()


@pytest.fixture
def place(cluster: LocalCluster) -> Iterator[str]:
    """A storage's URL where nobody was before; emptied at the end."""
    url = f"{cluster.url}?namespace=doors-{next(_PLACES)}&{PATIENT}"
    yield url
    with opened(url) as storage:
        storage.clear()
        storage.reclaimed()


@pytest.mark.parametrize("transcript", all_transcripts(), ids=lambda transcript: transcript.name)
def test_a_transcript_replays_on_a_cluster(transcript: Transcript, place: str) -> None:
    with on_engine(transcript, place) as stage:
        outcome = replay(transcript, stage)
    assert outcome.explanation() == ""
    assert outcome.passed


def test_the_health_page_tells_the_nodes_but_not_where_they_are(place: str) -> None:
    with RunningServer(Engine(place)) as server, urlopen(f"{server.url}/_basicdb/health") as answer:
        told = json.load(answer)
    server.engine.close()
    assert told["status"] == "ok"
    assert sorted(node["role"] for node in told["nodes"]) == ["primary"] * 3 + ["replica"] * 3
    assert all(node["healthy"] for node in told["nodes"])
    assert all(node.keys() == {"role", "slots", "lag_bytes", "healthy"} for node in told["nodes"])


def test_boto3_works_on_a_cluster_and_pages_through_it(place: str) -> None:
    with mock_simpledb(storage=place, region="eu-west-1"):
        client = boto3.client("sdb")
        client.create_domain(DomainName="books")
        for start in range(0, 75, 25):
            client.batch_put_attributes(
                DomainName="books",
                Items=[
                    {"Name": f"i{number:02}", "Attributes": [{"Name": "n", "Value": f"{number:02}"}]}
                    for number in range(start, start + 25)
                ],
            )
        expression = "select * from books where n > '09' order by n desc limit 20"
        pages = client.get_paginator("select").paginate(SelectExpression=expression)
        names = [[item["Name"] for item in page.get("Items", [])] for page in pages]
        assert [len(page) for page in names] == [20, 20, 20, 5]
        assert [name for page in names for name in page] == [f"i{number:02}" for number in range(74, 9, -1)]
        assert client.domain_metadata(DomainName="books")["ItemCount"] == 75
        with pytest.raises(client.exceptions.ClientError) as refused:
            client.put_attributes(
                DomainName="books", ItemName="i00", Attributes=[{"Name": "n", "Value": "1"}],
                Expected={"Name": "n", "Value": "7"},
            )  # fmt: skip
        assert refused.value.response["Error"] == {
            "Code": "ConditionalCheckFailed",
            "Message": "Conditional check failed. Attribute (n) value is (00) but was expected (7)",
            "BoxUsage": "0.0000219907",
        }
