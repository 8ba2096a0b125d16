"""Recording boto3 code in this process."""

from __future__ import annotations

import inspect
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.endpoint import Endpoint

import basicdb_mock
from basicdb_mock import mock_simpledb
from basicdb_mock.server.running import RunningServer
from basicdb_mock.transcripts.reading import load

from .stories import OPERATIONS, all_operations, failures

SEAM: Any = Endpoint
"""botocore's own, which its types do not tell."""


def test_botocore_still_has_the_seam() -> None:
    parameters = list(inspect.signature(SEAM._do_get_response).parameters)

    assert parameters == ["self", "request", "operation_model", "context"]


def test_what_a_mock_answers_is_recorded_and_replays_without_a_difference(tmp_path: Path) -> None:
    with mock_simpledb(), basicdb_mock.record(tmp_path / "a-story.yaml") as recorder:
        all_operations(boto3.client("sdb", region_name="eu-west-1"))

    transcript = load(tmp_path / "a-story.yaml")
    assert (len(recorder), len(transcript.exchanges)) == (OPERATIONS, OPERATIONS)
    assert (transcript.title, transcript.region) == ("a story", "eu-west-1")
    assert failures(tmp_path / "a-story.yaml") == ""


def test_what_a_server_answers_is_recorded_and_replays_without_a_difference(tmp_path: Path) -> None:
    with RunningServer() as server, basicdb_mock.record(tmp_path / "a.yaml", title="Served"):
        all_operations(server.client("us-west-2"))

    assert (load(tmp_path / "a.yaml").title, load(tmp_path / "a.yaml").region) == ("Served", "us-west-2")
    assert failures(tmp_path / "a.yaml") == ""


def test_the_file_is_written_when_the_block_fails(tmp_path: Path) -> None:
    with mock_simpledb(), suppress(KeyError), basicdb_mock.record(tmp_path / "a.yaml"):
        boto3.client("sdb", region_name="us-east-1").create_domain(DomainName="books")
        raise KeyError

    assert len(load(tmp_path / "a.yaml").exchanges) == 1


def test_after_the_block_botocore_is_as_it_was(tmp_path: Path) -> None:
    before = SEAM._do_get_response
    with basicdb_mock.record(tmp_path / "a.yaml"), basicdb_mock.record(tmp_path / "b.yaml"):
        assert SEAM._do_get_response is not before

    assert SEAM._do_get_response is before
    assert list(tmp_path.iterdir()) == []


def test_recordings_nest_and_hear_every_thread(tmp_path: Path) -> None:
    with mock_simpledb(), basicdb_mock.record(tmp_path / "outer.yaml"):
        client = boto3.client("sdb", region_name="us-east-1")
        client.create_domain(DomainName="books")
        with basicdb_mock.record(tmp_path / "inner.yaml"):
            thread = threading.Thread(target=client.create_domain, kwargs={"DomainName": "films"})
            thread.start()
            thread.join()

    assert len(load(tmp_path / "outer.yaml").exchanges) == 2
    assert [call.parameters for call in load(tmp_path / "inner.yaml").calls()] == [{"DomainName": "films"}]


def test_other_services_are_not_recorded(tmp_path: Path) -> None:
    from moto import mock_aws

    with mock_aws(), basicdb_mock.record(tmp_path / "a.yaml") as recorder:
        boto3.client("sqs", region_name="us-east-1").list_queues()

    assert len(recorder) == 0


def test_a_mock_that_answers_directly_is_recorded_too(tmp_path: Path) -> None:
    with mock_simpledb(direct=True), basicdb_mock.record(tmp_path / "a.yaml"):
        all_operations(boto3.client("sdb", region_name="us-east-1"))

    assert len(load(tmp_path / "a.yaml").exchanges) == OPERATIONS
    assert failures(tmp_path / "a.yaml") == ""
