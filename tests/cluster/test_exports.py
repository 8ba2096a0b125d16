"""Exports recorded in a cluster: one book for all servers that use it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from basicdb_mock.exports import read_export
from basicdb_mock.exports.work import LEASE_SECONDS, Writers
from basicdb_mock.storage.cluster.local import LocalCluster
from tests.cluster.conftest import PATIENT
from tests.exports.asking import BOOKS, Asker


@pytest.fixture
def askers(cluster: LocalCluster, tmp_path: Path) -> Iterator[list[Asker]]:
    """Three servers that share a cluster and a directory for exports, with two books."""
    url = f"{cluster.url}?namespace=exports&{PATIENT}"
    askers = [Asker(tmp_path / "exports", storage=url) for _ in range(3)]
    askers[0].engine.storage.clear()
    askers[0].fill()
    yield askers
    for asker in askers:
        asker.engine.close()


def test_quotas_and_tokens_hold_for_all_servers(askers: list[Asker]) -> None:
    with ThreadPoolExecutor(6) as threads:
        arns = set(threads.map(lambda number: askers[number % 3].start(clientToken="once"), range(6)))
        given = {"domainName": "books", "s3Bucket": "a-bucket"}
        answers = list(threads.map(lambda number: askers[number % 3].ask("StartDomainExport", **given), range(8)))
    assert len(arns) == 1
    assert sorted(answer.status for answer in answers) == [200] * 4 + [409] * 4
    listed = [asker.ask("ListExports").told for asker in askers]
    assert listed[0] == listed[1] == listed[2]
    assert [each["exportStatus"] for each in listed[0]["exportSummaries"]] == ["SUCCEEDED"] * 5


def test_a_server_that_came_later_begins_anew_what_a_dead_one_left(
    askers: list[Asker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, alive, _ = askers
    with monkeypatch.context() as dying:
        dying.setattr(Writers, "_end", lambda *_: 1 / 0)
        arn = dead.start()
    alive.set(patience=0.01)
    assert alive.status(arn) == "IN_PROGRESS"
    assert alive.query("DeleteDomain", DomainName="books")[0] == 409
    machine = alive.engine.exports._writers.machine
    monkeypatch.setattr(machine, "now", lambda now=machine.now: now() + LEASE_SECONDS + 1)
    assert alive.status(arn) == "SUCCEEDED"
    assert dict(read_export(tmp_path / "exports")) == BOOKS
    assert alive.query("DeleteDomain", DomainName="books")[0] == 200


def test_writes_go_on_while_a_cluster_is_exported_and_the_moment_is_kept(
    askers: list[Asker], tmp_path: Path
) -> None:
    writing, other, _ = askers
    writing.fill("many", {f"i{number:03}": {"a": "b" * 100} for number in range(300)})
    writing.set(in_background=True, patience=30.0, file_bytes=1000)
    arn = writing.start("many")  # it has begun then
    other.fill("many", {f"j{number:03}": {"a": "b"} for number in range(50)})
    told = writing.get(arn)
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 300)
    assert [name for name, _ in read_export(tmp_path / "exports")] == [f"i{number:03}" for number in range(300)]
