"""Exports by the control API: starting, following and listing them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from basicdb_mock import Engine, ExportSettings
from basicdb_mock.control_client import Control, ControlError
from basicdb_mock.exports import read_export
from basicdb_mock.model import Tenant
from basicdb_mock.server import RunningServer


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def engine(directory: Path) -> Engine:
    return Engine(exports=ExportSettings(directory))


@pytest.fixture
def control(engine: Engine) -> Iterator[Control]:
    with RunningServer(engine) as server:
        control = Control(server.url)
        control.seed({"books": {"0385333498": {"Title": "The Sirens of Titan"}}})
        yield control


def test_an_export_is_started_found_and_read_back(control: Control, directory: Path) -> None:
    started = control.start_export("books", "a-bucket", prefix="p/q", client_token="once")
    assert control.exports() == [started] == [control.export(started["id"])]
    assert (started["status"], started["items"], started["failure"]) == ("SUCCEEDED", 1, None)
    assert (started["domain"], started["bucket"], started["prefix"]) == ("books", "a-bucket", "p/q")
    assert started["arn"].endswith(f":domain/books/export/{started['id']}")
    folder = f"p/q/AWSSimpleDB/{started['id']}/books"
    assert [file["key"] for file in started["files"]] == [
        f"{folder}/_started", f"{folder}/data/dataFile_1_2.json", f"{folder}/manifest-file.json",
        f"{folder}/manifest-summary.json",
    ]  # fmt: skip
    assert started["files"][0]["bytes"] == 0
    assert dict(read_export(directory)) == {"0385333498": {"Title": "The Sirens of Titan"}}
    assert control.start_export("books", "a-bucket", prefix="p/q", client_token="once") == started


def test_exports_are_listed_newest_first_and_filtered(control: Control, engine: Engine) -> None:
    control.seed({"films": {}}, account="other")
    first = control.start_export("books", "a-bucket")["id"]
    second = control.start_export("films", "a-bucket", account="other")["id"]
    assert [export["id"] for export in control.exports()] == [second, first]
    assert [export["id"] for export in control.exports(account="other")] == [second]
    assert [export["id"] for export in control.exports(domain="books", region="us-east-1")] == [first]
    assert control.exports(status="FAILED") == control.exports(region="eu-west-1") == []


def test_exports_of_a_domain_that_was_deleted_are_listed_still(control: Control, engine: Engine) -> None:
    export = control.start_export("books", "a-bucket")
    engine.storage.drop_domain(Tenant(export["account"], export["region"]), "books")
    assert control.exports() == [export] == [control.export(export["id"])]


def test_starting_has_the_errors_of_start_domain_export(control: Control) -> None:
    control.start_export("books", "a-bucket", client_token="once")
    for order, status, code, message in (
        ({"bucket": "b"}, 400, "InvalidParameterValueException",
         "Value (b) for parameter S3BucketName is invalid. S3BucketName must be between 3 and 63 characters long."),
        ({"domain": "films"}, 400, "NoSuchDomainException", "The specified domain does not exist."),
        ({"client_token": "once", "prefix": "p"}, 400, "ConflictException",
         "Idempotent request failed due to parameter mismatch."),
        ({"colour": "red"}, 400, "BadRequest", "colour"),
    ):  # fmt: skip
        with pytest.raises(ControlError) as refused:
            control.start_export(**{"domain": "books", "bucket": "a-bucket", **order})
        assert (refused.value.status, refused.value.code) == (status, code)
        assert message in refused.value.message


def test_an_export_that_failed_tells_why(control: Control, engine: Engine) -> None:
    engine.exports.settings = ExportSettings(s3_endpoint="http://127.0.0.1:1")
    told = control.start_export("books", "a-bucket")
    assert (told["status"], told["items"], told["manifest"], told["files"]) == ("FAILED", None, None, [])
    assert told["failure"] == {
        "code": "ExportTimedOut",
        "message": "The export operation timed out and could not be completed. Try again.",
    }


def test_an_export_that_is_not_there_is_not_found(control: Control) -> None:
    with pytest.raises(ControlError, match="404 NotFound: there is no export with that id"):
        control.export("none")
