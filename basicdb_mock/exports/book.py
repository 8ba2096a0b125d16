"""The book of exports: the records of each account's and region's exports, which the storage keeps.

Every process that uses the storage reads and changes the same book.  So quotas, client tokens and the three months for
which exports are listed apply to all processes together, and survive a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from basicdb_mock.exports.export import FAILURES, Export, Order, Outcome
from basicdb_mock.model import Tenant
from basicdb_mock.operations.account import Account
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.records import Record

KEPT_SECONDS = 90 * 24 * 3600.0
"""How long exports are listed: three months (source: DG/ListingExports)."""

_MOST_TRIES = 1000
"""Each failed attempt means that another process made its change."""


class Book:
    """Reads and changes the export records in a storage."""

    def __init__(self) -> None:
        self._seen: dict[Tenant, tuple[str, Sequence[Export]]] = {}

    def exports(self, account: Account) -> Sequence[Export]:
        """An account's exports of the last three months, in the order of their requests."""
        return self._read(account)[1]

    def one(self, account: Account, export_id: str) -> Export | None:
        return next((export for export in self.exports(account) if export.id == export_id), None)

    def change(self, account: Account, decide: Callable[[Sequence[Export]], Iterable[Export]]) -> None:
        """Store the exports that ``decide`` returns, given the known ones; retried if those change meanwhile.

        If ``decide`` raises, nothing is changed.  Exports that are too old are removed along the way.
        """
        for _ in range(_MOST_TRIES):
            revision, known, every = self._read(account)
            changed = {export.id: export for export in decide(known)}
            if not changed:
                return
            gone = {export.id for export in every} - {export.id for export in known}
            changes: dict[str, Record | None] = dict.fromkeys(gone)
            changes.update((export_id, record_of(export)) for export_id, export in changed.items())
            if account.storage.change_records(account.tenant, revision, changes):
                return
        raise StorageError("other processes kept changing the exports", unavailable=True)

    def update(self, account: Account, export_id: str, change: Callable[[Export], Export | None]) -> Export | None:
        """Store and return what ``change`` makes of an export; ``None`` if that is ``None`` or there is no export."""
        made: list[Export] = []

        def decide(known: Sequence[Export]) -> Iterable[Export]:
            found = (change(export) for export in known if export.id == export_id)
            made[:] = [export for export in found if export is not None]
            return made

        self.change(account, decide)
        return made[0] if made else None

    def _read(self, account: Account) -> tuple[str, Sequence[Export], Sequence[Export]]:
        """The revision of the records, the known exports, and all that are stored, including those that are too old."""
        revision, every = self._seen.get(account.tenant, ("", ()))
        records = account.storage.records(account.tenant, revision)
        if records is not None:
            made = [export_of(account.tenant, key, record) for key, record in records.by_id.items()]
            revision, every = records.revision, sorted(made, key=lambda export: export.number)
            self._seen[account.tenant] = revision, every
        now = account.clock.now()
        return revision, [export for export in every if now - export.requested_at < KEPT_SECONDS], every


def record_of(export: Export) -> Record:
    """The record of an export, as stored."""
    failure = export.outcome.failure if export.outcome is not None else None
    told: dict[str, str | int | float | None] = {
        "number": export.number,
        **asdict(export.order),
        "client_token": export.client_token,
        "requested_at": export.requested_at,
        "cutoff": export.cutoff,
        "items": export.outcome.items if export.outcome is not None and failure is None else None,
        "failure": failure.code if failure is not None else None,
        "attempts": export.attempts,
        "writer": export.writer,
        "lease": export.lease,
    }
    return {name: value for name, value in told.items() if value is not None}


def export_of(tenant: Tenant, export_id: str, record: Record) -> Export:
    """The export in a record.  Raises StorageError for an invalid record."""

    def text(name: str) -> str | None:
        value = record.get(name)
        return None if value is None else str(value)

    def number(name: str) -> float:
        return float(record.get(name) or 0)

    try:
        cutoff, outcome = record.get("cutoff"), None
        if "failure" in record:
            outcome = Outcome(failure=FAILURES[str(record["failure"])])
        elif "items" in record:
            outcome = Outcome(int(number("items")))
        return Export(
            int(number("number")),
            export_id,
            tenant,
            Order(
                str(record["domain"]), str(record["bucket"]), text("prefix"), text("encryption"), text("key_id"),
                text("bucket_owner"),
            ),
            str(record["client_token"]),
            number("requested_at"),
            None if cutoff is None else float(cutoff),
            outcome,
            int(number("attempts")),
            text("writer"),
            number("lease"),
        )  # fmt: skip
    except (KeyError, ValueError) as problem:
        raise StorageError(f"the record of export {export_id} is broken: {problem!r}") from problem
