"""How an export goes by the clock, what it stops, how often it may be asked for, and how long it is remembered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.exports import read_export
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import Domain, Found
from tests.exports.asking import ACCOUNT, BOOKS, START, TENANT, Asker, files_in
from tests.exports.gate import Gate

CONFLICT = (400, "ConflictException", "Idempotent request failed due to parameter mismatch.")
EXCEEDED = (409, "NumberExportsLimitExceeded", "The export limit was exceeded.")
HOUR = 3600.0


@pytest.fixture
def slow(asker: Asker) -> Asker:
    """An export takes ten seconds: five until it begins, five until it has ended."""
    asker.set(delay=10.0)
    return asker


# -- states ------------------------------------------------------------------------------------------------------------


def test_without_a_delay_an_export_is_done_when_it_is_answered(asker: Asker, tmp_path: Path) -> None:
    arn = asker.start()
    assert any(name.endswith("manifest-summary.json") for name in files_in(tmp_path))
    assert asker.status(arn) == "SUCCEEDED"


def test_an_export_is_pending_then_in_progress_then_succeeds(slow: Asker) -> None:
    arn = slow.start()
    told = slow.get(arn)
    assert told["exportStatus"] == "PENDING"
    assert not {"exportDataCutoffTime", "itemsCount", "exportManifest"} & set(told)
    slow.clock.tick(4.9)
    assert slow.status(arn) == "PENDING"
    slow.clock.tick(0.1)
    told = slow.get(arn)
    assert (told["exportStatus"], told["exportDataCutoffTime"]) == ("IN_PROGRESS", START + 5)
    assert not {"itemsCount", "exportManifest"} & set(told)
    slow.clock.tick(4.9)
    assert slow.status(arn) == "IN_PROGRESS"
    slow.clock.tick(0.1)
    assert (slow.get(arn)["exportStatus"], slow.get(arn)["itemsCount"]) == ("SUCCEEDED", 2)


def test_a_failure_is_told_when_the_time_has_come(slow: Asker, tmp_path: Path) -> None:
    slow.set(directory=None, s3_endpoint="http://127.0.0.1:1")
    arn = slow.start()
    slow.clock.tick(5)
    assert slow.status(arn) == "IN_PROGRESS"
    slow.clock.tick(5)
    told = slow.get(arn)
    assert (told["exportStatus"], told["failureCode"], told["failureMessage"]) == (
        "FAILED", "ExportTimedOut", "The export operation timed out and could not be completed. Try again.")
    assert not {"itemsCount", "exportManifest"} & set(told)


def test_the_list_tells_the_same_states(slow: Asker) -> None:
    arn = slow.start()
    for status in ("PENDING", "IN_PROGRESS", "SUCCEEDED"):
        assert [summary["exportStatus"] for summary in slow.ask("ListExports").told["exportSummaries"]] == [status]
        assert slow.status(arn) == status
        slow.clock.tick(5)


def test_items_put_before_the_cutoff_are_exported_and_none_put_after(slow: Asker, tmp_path: Path) -> None:
    arn = slow.start()
    slow.fill("books", {"put while pending": {"a": "b"}})
    slow.clock.tick(5)
    assert slow.status(arn) == "IN_PROGRESS"
    slow.fill("books", {"put after": {"a": "b"}})
    slow.clock.tick(5)
    assert slow.get(arn)["itemsCount"] == 3
    (data,) = (content for name, content in files_in(tmp_path).items() if "/data/" in name)
    assert b"put while pending" in data
    assert b"put after" not in data


def test_an_export_nobody_looked_at_begins_at_the_first_look(slow: Asker) -> None:
    arn = slow.start()
    slow.clock.tick(HOUR)
    assert (slow.get(arn)["exportStatus"], slow.get(arn)["exportDataCutoffTime"]) == ("SUCCEEDED", START + HOUR)


def test_times_are_told_to_the_millisecond_and_never_ahead_of_the_clock(asker: Asker) -> None:
    asker.clock.freeze(1_770_000_000.123999)
    told = asker.get(asker.start())
    assert told["requestedAt"] == told["exportDataCutoffTime"] == 1_770_000_000.123
    assert told["exportStatus"] == "SUCCEEDED"


@pytest.mark.parametrize("settings", [{"delay": -1.0}, {"delay": float("nan")}, {"file_bytes": 0}, {"patience": -1.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="delay and patience are seconds of at least 0, file_bytes is at least 1"):
        Asker(**settings)


# -- what it stops -----------------------------------------------------------------------------------------------------


def test_a_domain_is_not_deleted_while_it_is_exported(slow: Asker) -> None:
    slow.start()
    for _ in range(2):
        status, body = slow.query("DeleteDomain", DomainName="books")
        assert status == 409
        assert "<Code>DeleteConflictException</Code>" in body
        assert "<Message>Cannot delete domain due to a PENDING or IN_PROGRESS export.</Message>" in body
        assert "0385333498" in slow.query("Select", SelectExpression="select * from books")[1]
        slow.clock.tick(5)
    assert slow.query("DeleteDomain", DomainName="books")[0] == 200
    assert "NoSuchDomain" in slow.query("Select", SelectExpression="select * from books")[1]


def test_other_domains_and_other_accounts_are_deleted_meanwhile(slow: Asker) -> None:
    slow.start()
    slow.fill("films", {})
    assert slow.query("DeleteDomain", DomainName="films")[0] == 200
    assert slow.query("DeleteDomain", DomainName="books", AWSAccessKeyId="999999999999")[0] == 200


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_the_same_token_and_parameters_are_the_same_export(asker: Asker) -> None:
    arn = asker.start(clientToken="again")
    asker.clock.tick(8 * HOUR - 1)
    answer = asker.ask("StartDomainExport", domainName="books", s3Bucket="a-bucket", clientToken="again")
    assert answer.told == {"clientToken": "again", "exportArn": arn, "requestedAt": START}
    assert len(asker.ask("ListExports").told["exportSummaries"]) == 1


@pytest.mark.parametrize("other", [
    {"domainName": "films"}, {"s3Bucket": "other-bucket"}, {"s3KeyPrefix": "p"}, {"s3SseAlgorithm": "KMS"},
    {"s3BucketOwner": "111122223333"},
])
def test_the_same_token_with_other_parameters_is_a_conflict(asker: Asker, other: dict[str, str]) -> None:
    asker.fill("films", {})
    asker.start(clientToken="again")
    order = {"domainName": "books", "s3Bucket": "a-bucket", "clientToken": "again", **other}
    assert asker.ask("StartDomainExport", **order).error == CONFLICT


def test_a_token_is_used_up_after_eight_hours(asker: Asker) -> None:
    arn = asker.start(clientToken="again")
    asker.clock.tick(8 * HOUR)
    second = asker.start(clientToken="again", s3KeyPrefix="p")
    assert second != arn
    assert asker.start(clientToken="again", s3KeyPrefix="p") == second


def test_a_token_is_its_accounts(asker: Asker) -> None:
    asker.start(clientToken="again")
    asker.fill("books", tenant=Tenant("999999999999", "us-east-1"))
    answer = asker.ask(
        "StartDomainExport", key="999999999999", domainName="books", s3Bucket="other-bucket", clientToken="again")
    assert answer.status == 200


# -- quotas and retention ----------------------------------------------------------------------------------------------


def test_five_exports_of_a_domain_in_a_day(asker: Asker) -> None:
    for _ in range(5):
        asker.start(clientToken=None)
        asker.clock.tick(HOUR)
    assert asker.ask("StartDomainExport", domainName="books", s3Bucket="a-bucket").error == EXCEEDED
    asker.fill("films", {})
    asker.start("films")
    asker.clock.tick(19 * HOUR - 1)
    assert asker.ask("StartDomainExport", domainName="books", s3Bucket="a-bucket").error == EXCEEDED
    asker.clock.tick(1)
    asker.start()


def test_twenty_five_exports_of_an_account_in_a_day(asker: Asker) -> None:
    for number in range(6):
        asker.fill(f"domain{number}", {})
    for number in range(25):
        asker.start(f"domain{number // 5}")
    assert asker.ask("StartDomainExport", domainName="domain5", s3Bucket="a-bucket").error == EXCEEDED
    elsewhere = Tenant(ACCOUNT, "eu-west-1")
    asker.fill("domain5", {}, elsewhere)
    answer = asker.ask(
        "StartDomainExport", host="sdb.eu-west-1.amazonaws.com", domainName="domain5", s3Bucket="a-bucket")
    assert answer.status == 200
    asker.clock.tick(24 * HOUR)
    asker.start("domain5")


def test_the_quotas_are_settings(tmp_path: Path) -> None:
    asker = Asker(tmp_path, limits=replace(AWS, exports_per_domain=1))
    asker.fill()
    asker.start(clientToken="one")
    assert asker.start(clientToken="one")
    assert asker.ask("StartDomainExport", domainName="books", s3Bucket="a-bucket").error == EXCEEDED


def test_exports_are_known_for_three_months(asker: Asker, tmp_path: Path) -> None:
    arn = asker.start()
    asker.clock.tick(90 * 24 * HOUR - 1)
    assert asker.status(arn) == "SUCCEEDED"
    asker.clock.tick(1)
    assert asker.ask("GetExport", exportArn=arn).error[1] == "NoSuchExportException"
    assert asker.ask("ListExports").told == {"exportSummaries": []}
    assert files_in(tmp_path)


# -- storages ----------------------------------------------------------------------------------------------------------


STORAGES = ["memory:", "sqlite:{directory}/simple.db", "files:{directory}/files"]


@pytest.mark.parametrize("storage", STORAGES)
def test_every_storage_exports_the_moment_and_lets_writes_go_on(storage: str, tmp_path: Path, gate: Gate) -> None:
    asker = Asker(tmp_path / "exports", storage=storage.format(directory=tmp_path), in_background=True, patience=0.01)
    asker.fill("books", {f"i{number:04}": {"a": "b"} for number in range(50)})
    arn = asker.start()
    assert gate.reached.wait(30)
    asker.fill("books", {"put after": {"a": "b"}})
    gate.open.set()
    asker.set(patience=30.0)
    told = asker.get(arn)
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 50)
    assert [name for name, _ in read_export(tmp_path / "exports")] == [f"i{number:04}" for number in range(50)]
    asker.engine.close()


@pytest.mark.parametrize("storage", STORAGES)
def test_an_item_put_while_an_export_opens_its_search_is_not_put_after_its_cutoff(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Asker(tmp_path / "exports", storage=storage.format(directory=tmp_path))
    asker.fill()
    kind = type(asker.engine.truth.domain(TENANT, "books"))
    search, to_put = kind.search, ["the first", "the second"]

    def meanwhile(domain: Domain, *asked: Any) -> Iterator[Found]:
        if to_put:
            asker.clock.tick(1)
            asker.fill("books", {to_put.pop(): {"a": "b"}})
        return search(domain, *asked)

    monkeypatch.setattr(kind, "search", meanwhile)
    told = asker.get(asker.start())
    assert (told["itemsCount"], told["exportDataCutoffTime"]) == (4, START + 2)
    asker.engine.close()


# -- reset and snapshots -----------------------------------------------------------------------------------------------


def test_a_reset_forgets_exports_and_leaves_the_users_files(asker: Asker, tmp_path: Path) -> None:
    arn = asker.start()
    asker.engine.reset()
    assert asker.ask("GetExport", exportArn=arn).error[1] == "NoSuchExportException"
    assert files_in(tmp_path)


def test_without_any_place_files_go_to_a_directory_that_goes_with_the_engine() -> None:
    asker = Asker()
    asker.fill()
    asker.start()
    directory = asker.engine.exports.directory
    assert len(files_in(directory)) == 4
    asker.engine.reset()
    assert not directory.exists()
    asker.fill()
    asker.start()
    second = asker.engine.exports.directory
    assert second != directory
    asker.engine.close()
    assert not second.exists()


def test_a_snapshot_brings_exports_back(slow: Asker) -> None:
    done = slow.start()
    slow.clock.tick(10)
    assert slow.status(done) == "SUCCEEDED"
    begun = slow.start()
    slow.clock.tick(5)
    assert slow.status(begun) == "IN_PROGRESS"
    snapshot = slow.engine.snapshot()
    for _ in range(2):
        slow.engine.storage.clear()
        assert slow.ask("ListExports").told == {"exportSummaries": []}
        slow.engine.restore(snapshot)
        assert [slow.status(arn) for arn in (done, begun)] == ["SUCCEEDED", "IN_PROGRESS"]
    slow.clock.tick(5)
    assert slow.status(begun) == "SUCCEEDED"


def test_a_snapshot_of_one_tenant_leaves_the_others(asker: Asker) -> None:
    other = Tenant("999999999999", "us-east-1")
    asker.fill("books", tenant=other)
    arn = asker.start()
    snapshot = asker.engine.snapshot(other)
    asker.ask("StartDomainExport", key="999999999999", domainName="books", s3Bucket="a-bucket")
    asker.engine.restore(snapshot)
    assert asker.ask("ListExports", key="999999999999").told == {"exportSummaries": []}
    assert asker.status(arn) == "SUCCEEDED"
    asker.engine.storage.clear(other)
    assert asker.status(arn) == "SUCCEEDED"


# -- in the background -------------------------------------------------------------------------------------------------


def test_in_the_background_an_answer_does_not_wait_for_the_files(tmp_path: Path, gate: Gate) -> None:
    asker = Asker(tmp_path, in_background=True, patience=0.01)
    asker.fill()
    arn = asker.start()
    assert gate.reached.wait(30)
    assert asker.status(arn) == "IN_PROGRESS"
    assert asker.query("DeleteDomain", DomainName="books")[0] == 409
    asker.fill("books", {"put after": {"a": "b"}})
    gate.open.set()
    asker.set(patience=30.0)
    assert (asker.get(arn)["exportStatus"], asker.get(arn)["itemsCount"]) == ("SUCCEEDED", len(BOOKS))


def test_a_list_waits_once_however_many_are_being_written(tmp_path: Path, gate: Gate) -> None:
    asker = Asker(tmp_path, in_background=True, patience=0.01)
    asker.fill()
    arns = [asker.start(clientToken=str(number)) for number in range(4)]
    assert gate.reached.wait(30)
    exports = asker.engine.exports
    waited: list[float | None] = []
    look = exports._look
    exports._look = lambda *given: (waited.append(given[2]), look(*given))[1]  # type: ignore[method-assign, func-returns-value]
    told = asker.ask("ListExports").told["exportSummaries"]
    assert [(each["exportArn"], each["exportStatus"]) for each in told] == [(arn, "IN_PROGRESS") for arn in arns]
    assert waited == [None, 0.0, 0.0, 0.0]
    gate.open.set()
    exports.stop()


def test_in_the_background_the_first_look_awaits_the_end(tmp_path: Path) -> None:
    asker = Asker(tmp_path, in_background=True)
    asker.fill()
    assert asker.status(asker.start()) == "SUCCEEDED"


def test_an_engine_that_is_closed_stops_what_it_writes(tmp_path: Path, gate: Gate) -> None:
    asker = Asker(tmp_path, in_background=True, patience=0.01)
    asker.fill()
    asker.start()
    assert gate.reached.wait(30)
    asker.engine.close()
    gate.open.set()
    asker.set(patience=30.0)
    asker.engine.exports.stop()
    assert not any("manifest" in name for name in files_in(tmp_path))


def test_two_who_look_at_once_write_once(slow: Asker, tmp_path: Path, gate: Gate) -> None:
    arn = slow.start()
    slow.clock.tick(10)
    told: list[str] = []
    looking = [threading.Thread(target=lambda: told.append(slow.status(arn))) for _ in range(2)]
    for thread in looking:
        thread.start()
    assert gate.reached.wait(30)
    gate.open.set()
    for thread in looking:
        thread.join(30)
    assert told == ["SUCCEEDED", "SUCCEEDED"]
    assert len([name for name in files_in(tmp_path) if "/data/" in name]) == 1
