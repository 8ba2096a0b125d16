"""Exports outlive their process with the storage, and are one book for all processes that use it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.clock import AdjustableClock
from basicdb_mock.errors import S3_NO_SUCH_BUCKET
from basicdb_mock.exports import read_export, work
from basicdb_mock.exports.book import export_of, record_of
from basicdb_mock.exports.export import Export, Order, Outcome
from basicdb_mock.storage import Records, StorageError
from tests.exports.asking import BOOKS, START, TENANT, Asker, files_in
from tests.exports.gate import Gate
from tests.waiting import until

CONFLICT = (400, "ConflictException", "Idempotent request failed due to parameter mismatch.")
EXCEEDED = (409, "NumberExportsLimitExceeded", "The export limit was exceeded.")
HOUR = 3600.0

Open = Callable[..., Asker]


@pytest.fixture(params=["sqlite:{}/store.db?durability=off", "files:{}/store?durability=off"], ids=["sqlite", "files"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.param.format(tmp_path))


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a SimpleDB over the test's store, as another process would."""
    every: list[Asker] = []

    def opened(**settings: Any) -> Asker:
        every.append(Asker(tmp_path / "exports", storage=url, **settings))
        return every[-1]

    yield opened
    for asker in every:
        asker.engine.close()


def records_of(asker: Asker) -> Records:
    found = asker.engine.storage.records(TENANT)
    assert found is not None
    return found


def later(asker: Asker, seconds: float) -> None:
    """Set the machine's clock of one process forward."""
    machine = AdjustableClock()
    machine.tick(seconds)
    asker.engine.exports._writers.machine = machine


def awaited(asker: Asker, arn: str) -> Any:
    asker.set(patience=30.0)
    return asker.get(arn)


# -- over a restart, and between processes -----------------------------------------------------------------------------


def test_a_server_that_is_started_again_knows_its_exports(opened: Open) -> None:
    first = opened()
    first.fill()
    arn = first.start(clientToken="again", s3KeyPrefix="p")
    told = first.get(arn)
    first.engine.close()
    second = opened()
    assert second.get(arn) == told
    assert [each["exportArn"] for each in second.ask("ListExports").told["exportSummaries"]] == [arn]
    assert second.start(clientToken="again", s3KeyPrefix="p") == arn
    answer = second.ask("StartDomainExport", domainName="books", s3Bucket="a-bucket", clientToken="again")
    assert answer.error == CONFLICT
    second.clock.tick(90 * 24 * HOUR)
    assert second.ask("ListExports").told == {"exportSummaries": []}
    second.start()
    assert len(records_of(second).by_id) == 1


def test_an_export_that_was_pending_goes_on_after_a_restart(opened: Open) -> None:
    first = opened(delay=10.0)
    first.fill()
    arn = first.start()
    assert first.status(arn) == "PENDING"
    first.engine.close()
    second = opened(delay=10.0)
    second.fill("books", {"put while pending": {"a": "b"}})
    assert second.status(arn) == "PENDING"
    assert second.query("DeleteDomain", DomainName="books")[0] == 409
    second.clock.tick(5)
    assert second.status(arn) == "IN_PROGRESS"
    second.clock.tick(5)
    assert (second.get(arn)["exportStatus"], second.get(arn)["itemsCount"]) == ("SUCCEEDED", 3)


def test_a_failure_is_known_after_a_restart(opened: Open) -> None:
    first = opened()
    first.fill()
    first.set(directory=None, s3_endpoint="http://127.0.0.1:1")
    told = first.get(first.start())
    first.engine.close()
    assert told["failureCode"] == "ExportTimedOut"
    assert opened().get(told["exportArn"]) == told


def test_quotas_hold_for_all_processes_together(opened: Open) -> None:
    askers = [opened() for _ in range(4)]
    askers[0].fill()

    def start(number: int) -> int:
        return askers[number % 4].ask("StartDomainExport", domainName="books", s3Bucket="a-bucket").status

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(start, range(12)))
    assert sorted(statuses) == [200] * 5 + [409] * 7
    assert [len(asker.ask("ListExports").told["exportSummaries"]) for asker in askers] == [5] * 4
    assert askers[1].ask("StartDomainExport", domainName="books", s3Bucket="a-bucket").error == EXCEEDED


def test_a_token_sent_to_many_processes_at_once_is_one_export(opened: Open, tmp_path: Path) -> None:
    askers = [opened() for _ in range(3)]
    askers[0].fill()
    with ThreadPoolExecutor(6) as threads:
        arns = set(threads.map(lambda number: askers[number % 3].start(clientToken="once"), range(6)))
    assert len(arns) == 1
    assert len(list(tmp_path.rglob("manifest-summary.json"))) == 1


def test_a_domain_is_not_deleted_while_another_process_exports_it(opened: Open, gate: Gate) -> None:
    first, second = opened(in_background=True, patience=0.01), opened(patience=0.01)
    first.fill()
    arn = first.start()
    assert gate.reached.wait(30)
    assert second.status(arn) == "IN_PROGRESS"
    status, body = second.query("DeleteDomain", DomainName="books")
    assert (status, "<Code>DeleteConflictException</Code>" in body) == (409, True)
    gate.open.set()
    assert awaited(first, arn)["exportStatus"] == "SUCCEEDED"
    assert second.status(arn) == "SUCCEEDED"
    assert second.query("DeleteDomain", DomainName="books")[0] == 200


def test_a_look_awaits_what_another_process_writes(opened: Open, gate: Gate) -> None:
    first, second = opened(in_background=True, patience=0.01), opened()
    first.fill()
    arn = first.start()
    assert gate.reached.wait(30)
    threading.Timer(0.05, gate.open.set).start()
    assert second.status(arn) == "SUCCEEDED"


# -- when a process dies -----------------------------------------------------------------------------------------------

_DIES = """
import sys
from basicdb_mock.exports.targets import DirectoryTarget
from tests.exports.asking import Asker

writing = DirectoryTarget.writing

def held(target, key):
    if "/data/" in key:
        print("writing", flush=True)
        sys.stdin.read()
    return writing(target, key)

DirectoryTarget.writing = held
Asker(sys.argv[2], storage=sys.argv[1]).start(clientToken="once")
"""


@pytest.fixture
def killed(url: str, tmp_path: Path) -> Callable[[], None]:
    """Starts an export in a process of its own and kills that in the midst of its first data file."""

    def killed() -> None:
        command = [sys.executable, "-c", _DIES, url, str(tmp_path / "exports")]
        with subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"writing\n"
            process.kill()

    return killed


def test_an_export_whose_process_was_killed_is_begun_anew_when_its_lease_has_run_out(
    opened: Open, killed: Callable[[], None], tmp_path: Path
) -> None:
    asker = opened(patience=0.01)
    asker.fill()
    killed()
    arn = asker.start(clientToken="once")
    assert asker.status(arn) == "IN_PROGRESS"
    assert asker.query("DeleteDomain", DomainName="books")[0] == 409
    asker.clock.tick(5)
    later(asker, work.LEASE_SECONDS - 5)
    assert asker.status(arn) == "IN_PROGRESS"
    later(asker, work.LEASE_SECONDS + 1)
    told = asker.get(arn)
    assert (told["exportStatus"], told["itemsCount"], told["exportDataCutoffTime"]) == ("SUCCEEDED", 2, START + 5)
    assert dict(read_export(tmp_path / "exports")) == BOOKS
    assert asker.query("DeleteDomain", DomainName="books")[0] == 200


@pytest.mark.parametrize("look", ["ListExports", "DeleteDomain", "StartDomainExport"])
def test_every_look_takes_over_what_a_dead_process_left(
    opened: Open, killed: Callable[[], None], tmp_path: Path, look: str
) -> None:
    asker = opened(patience=0.01)
    asker.fill()
    killed()
    later(asker, work.LEASE_SECONDS + 1)
    if look == "DeleteDomain":
        assert asker.query("DeleteDomain", DomainName="books")[0] == 200
    else:
        given = {"domainName": "books", "s3Bucket": "a-bucket", "clientToken": "once"}
        assert asker.ask(look, **(given if look == "StartDomainExport" else {})).status == 200
    assert len(list(tmp_path.rglob("manifest-summary.json"))) == 1


def test_an_export_whose_process_dies_three_times_has_failed(opened: Open) -> None:
    asker = opened()
    asker.fill()
    arn = asker.start()
    records = records_of(asker)
    ((export_id, record),) = records.by_id.items()
    dead = {name: value for name, value in record.items() if name != "items"}
    dead |= {"attempts": work.MOST_ATTEMPTS, "writer": "another", "lease": 1.0}
    assert asker.engine.storage.change_records(TENANT, records.revision, {export_id: dead})
    told = asker.get(arn)
    assert (told["exportStatus"], told["failureCode"], told["failureMessage"]) == (
        "FAILED", "ExportTimedOut", "The export operation timed out and could not be completed. Try again.")


def test_who_writes_renews_the_lease(opened: Open, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "RENEWED_SECONDS", 0.001)
    first, second = opened(in_background=True, patience=0.01), opened(patience=0.01)
    first.fill()
    arn = first.start()
    assert gate.reached.wait(30)
    began = _lease(second)
    later(first, 50)
    until(lambda: _lease(second) >= began + 40)
    assert second.status(arn) == "IN_PROGRESS"
    later(second, 70)
    assert second.status(arn) == "IN_PROGRESS"
    gate.open.set()
    assert awaited(first, arn)["itemsCount"] == 2


def _lease(asker: Asker) -> float:
    (record,) = records_of(asker).by_id.values()
    return float(record["lease"] or 0)


def test_who_has_lost_the_lease_writes_no_further_file(
    opened: Open, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "RENEWED_SECONDS", 0.001)
    gate.only_the_first = True
    first, second = opened(in_background=True, patience=0.01), opened()
    first.fill()
    arn = first.start()
    assert gate.reached.wait(30)
    ((_, writing),) = first.engine.exports._writers._writing.items()
    later(second, 24 * HOUR)  # what the first renews has run out already, for the second
    first.fill("books", {"late": {"a": "b"}})
    told = second.get(arn)
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 3)
    assert writing.stopped.wait(30)
    before = {name: octets for name, octets in files_in(tmp_path / "exports").items() if "/." not in name}
    gate.open.set()
    assert awaited(first, arn) == told
    assert writing.ended.wait(30)
    assert files_in(tmp_path / "exports") == before
    assert len(dict(read_export(tmp_path / "exports"))) == 3


def test_what_a_server_was_writing_when_it_ended_is_begun_anew_at_once(
    opened: Open, gate: Gate, tmp_path: Path
) -> None:
    first = opened(in_background=True, patience=0.01)
    first.fill()
    arn = first.start()
    assert gate.reached.wait(30)
    first.engine.exports.stop()
    gate.open.set()
    first.set(patience=30.0)
    first.engine.close()
    assert list(tmp_path.rglob("manifest-summary.json")) == []
    told = opened().get(arn)
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 2)


# -- restoring ---------------------------------------------------------------------------------------------------------


def test_restoring_a_snapshot_while_an_export_is_written_starts_no_second_writer(
    opened: Open, gate: Gate, tmp_path: Path
) -> None:
    asker = opened(in_background=True, patience=0.01)
    asker.fill()
    arn = asker.start()
    assert gate.reached.wait(30)
    snapshot = asker.engine.snapshot()
    asker.fill("books", {"late": {"a": "b"}})
    for _ in range(3):
        asker.engine.restore(snapshot)
        assert asker.status(arn) == "IN_PROGRESS"
    gate.open.set()
    asker.engine.exports.stop()
    awaited(asker, arn)
    told = asker.get(arn)
    assert (told["exportStatus"], told["itemsCount"], gate.most) == ("SUCCEEDED", 2, 1)
    assert dict(read_export(tmp_path / "exports")) == BOOKS


# -- records -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("export", [
    Export(1, "id", TENANT, Order("books", "a-bucket"), "token", START),
    Export(7, "id", TENANT, Order("books", "b", "p\x00é", "KMS", "key", "1" * 12), "t", START, START, Outcome(0), 1),
    Export(7, "id", TENANT, Order("books", "b"), "t", START, START + 0.001, Outcome(failure=S3_NO_SUCH_BUCKET), 3),
    Export(7, "id", TENANT, Order("books", "b"), "t", START, START, None, 2, "who", START + 60),
])
def test_a_record_is_the_whole_export(export: Export) -> None:
    assert export_of(TENANT, "id", record_of(export)) == export


@pytest.mark.parametrize("record", [{}, {"number": "x"}, {"number": 1, "domain": "d", "bucket": "b", "failure": "no"}])
def test_a_record_that_is_broken_is_named(record: dict[str, Any]) -> None:
    with pytest.raises(StorageError, match="the record of export id is broken"):
        export_of(TENANT, "id", record)
