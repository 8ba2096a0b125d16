"""The AWS CLI's ``simpledbv2`` against a server that exports into a directory."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings, read_export
from basicdb_mock.server.running import RunningServer

pytestmark = pytest.mark.clients


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    engine = Engine(exports=ExportSettings(directory=tmp_path / "exports", in_background=True))
    with RunningServer(engine) as server:
        yield server
    engine.close()


def aws(programs: Path, server: RunningServer, *words: str) -> Any:
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "",
    }
    done = subprocess.run(
        [str(programs / "aws"), "--endpoint-url", server.url, "--output", "json", *words],
        env=environment, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        return done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_the_cli_exports_follows_and_lists(python_clients: Path, server: RunningServer, tmp_path: Path) -> None:
    sdb = server.client()
    sdb.create_domain(DomainName="books")
    sdb.put_attributes(DomainName="books", ItemName="i", Attributes=[{"Name": "a", "Value": "b"}])
    order = ["simpledbv2", "start-domain-export", "--s3-bucket", "a-bucket", "--domain-name"]
    started = aws(python_clients, server, *order, "books")
    arn = started["exportArn"]
    assert aws(python_clients, server, "simpledbv2", "wait", "export-succeeded", "--export-arn", arn) is None
    told = aws(python_clients, server, "simpledbv2", "get-export", "--export-arn", arn)
    assert (told["exportStatus"], told["itemsCount"], told["s3Bucket"]) == ("SUCCEEDED", 1, "a-bucket")
    assert told["requestedAt"] == started["requestedAt"]
    listed = aws(python_clients, server, "simpledbv2", "list-exports", "--max-results", "5")
    assert [summary["exportArn"] for summary in listed["exportSummaries"]] == [arn]
    refused = aws(python_clients, server, *order, "none")
    assert "(NoSuchDomainException) when calling the StartDomainExport" in refused
    assert dict(read_export(tmp_path / "exports")) == {"i": {"a": "b"}}
