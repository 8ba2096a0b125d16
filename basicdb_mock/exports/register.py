"""The exports of a SimpleDB: starting, tracking and writing them.

Nothing runs on its own.  StartDomainExport, GetExport, ListExports and DeleteDomain *look at* exports, and the first
look after an export is due writes it: immediately, or in a thread with ``in_background``.  Times are those of the
engine's clock, so a test can control them.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

from basicdb_mock import errors
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports import moto
from basicdb_mock.exports.book import Book
from basicdb_mock.exports.export import Export, Order, Status, to_millisecond
from basicdb_mock.exports.s3 import S3Target, make_client
from basicdb_mock.exports.targets import DirectoryTarget, Target
from basicdb_mock.exports.work import Writers, Writing
from basicdb_mock.identity import Identity
from basicdb_mock.model import Tenant
from basicdb_mock.operations.account import Account

TOKEN_SECONDS = 8 * 3600.0
"""How long a client token identifies its export (source: the service model)."""
QUOTA_SECONDS = 24 * 3600.0
"""The period of the quotas on exports (source: DG/SDBLimits)."""

_PATIENCE_WITH_OTHERS = 2.0
"""The longest that a look waits for another process, which may be dead, in seconds."""
_PAUSES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Seconds between checks on another process; the last one repeats."""

@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Where exports write their files, and how long they take.

    With ``directory``, files are written below it.  With ``s3_endpoint``, they are written to the S3 at that URL
    (``"aws"`` is S3 itself).  With neither, they go to moto's S3 while ``mock_aws`` is active, and otherwise to a
    temporary directory that is removed with the engine.

    An export is PENDING for the first half of ``delay`` (seconds) and IN_PROGRESS for the second half.  Without a delay
    it is done when StartDomainExport returns.  With ``in_background``, a thread writes it; each look at the export
    waits for the thread, at most ``patience`` seconds.  Data files are split at ``file_bytes``.

    Raises :class:`ValueError` for a number that is out of range, or if ``s3_endpoint`` is not a URL.
    """

    directory: str | Path | None = None
    s3_endpoint: str | None = None
    delay: float = 0.0
    file_bytes: int = 64 * 1024 * 1024
    in_background: bool = False
    patience: float = 20.0

    def __post_init__(self) -> None:
        if not (0 <= self.delay < math.inf and 0 <= self.patience < math.inf and self.file_bytes >= 1):
            raise ValueError("delay and patience are seconds of at least 0, file_bytes is at least 1")
        if self.s3_endpoint not in (None, "aws") and not str(self.s3_endpoint).startswith(("http://", "https://")):
            raise ValueError(f"an S3 is reached at http://HOST:PORT, or is 'aws'; not {self.s3_endpoint!r}")


class Exports:
    """The exports of an engine.  Thread-safe; the storage keeps the records of exports."""

    def __init__(self, settings: ExportSettings, identity: Identity) -> None:
        self.settings = settings
        self._identity = identity
        self._book = Book()
        self._writers = Writers(self._book)
        self._lock = threading.Lock()
        self._temporary: _TemporaryDirectory | None = None

    # -- for the operations --------------------------------------------------------------------------------------------

    def start(self, account: Account, order: Order, token: str | None) -> Export:
        """Start an export, or return the one that the same token has started.

        Raises ConflictException, NoSuchDomainException or NumberExportsLimitExceeded.
        """
        now = account.clock.now()
        export_id, client_token = self._identity.uuid(), token or self._identity.uuid()
        begun: list[Export] = []

        def decide(known: Sequence[Export]) -> Iterable[Export]:
            """Called again if another process was faster."""
            earlier = _started_with(known, client_token, now)
            if earlier is not None:
                if earlier.order != order:
                    raise errors.CONFLICT()
                begun[:] = [earlier]
                return ()
            self.check_domain(account, order.domain)
            _check_quotas(known, account, order.domain, now)
            number = max((export.number for export in known), default=0) + 1
            begun[:] = [Export(number, export_id, account.tenant, order, client_token, to_millisecond(now))]
            return begun

        self._book.change(account, decide)
        return self._look(account, begun[0])

    def get(self, account: Account, export_id: str) -> Export:
        """One export, brought up to date.  Raises NoSuchExportException."""
        export = self._book.one(account, export_id)
        if export is None:
            raise errors.NO_SUCH_EXPORT()
        return self._look(account, export)

    def listed(
        self,
        account: Account,
        domain: str | None,
        after: int,
        at_most: int | None = None,
        *,
        patience: float | None = None,
    ) -> Sequence[Export]:
        """Exports of one domain or of all with a number above ``after``, oldest first, brought up to date.

        Waits at most ``patience`` seconds (by default those of the settings) for the first one that is being written.
        Raises NoSuchDomainException for a domain that does not exist and has no exports.
        """
        known = self._of(account, domain)
        if domain is not None and not known:
            self.check_domain(account, domain)
        later = [export for export in known if export.number > after]
        found: list[Export] = []
        for export in later[:at_most]:
            found.append(self._look(account, export, patience))
            if found[-1].outcome is None and found[-1].cutoff is not None:
                patience = 0.0
        return found

    def is_running(self, account: Account, domain: str) -> bool:
        """Whether a domain has an export that is PENDING or IN_PROGRESS and therefore cannot be deleted."""
        now = account.clock.now()
        running = (Status.PENDING, Status.IN_PROGRESS)
        return any(self.status(self._look(account, export), now) in running for export in self._of(account, domain))

    def status(self, export: Export, now: float) -> Status:
        """The status of an export at a time."""
        if export.outcome is None or now < export.requested_at + self.settings.delay:
            return Status.PENDING if export.cutoff is None else Status.IN_PROGRESS
        return Status.SUCCEEDED if export.outcome.failure is None else Status.FAILED

    @staticmethod
    def check_domain(account: Account, domain: str) -> None:
        """Raise NoSuchDomainException if there is no such domain."""
        try:
            account.domain(domain)
        except SimpleDBError:
            raise errors.NO_SUCH_DOMAIN_TO_EXPORT() from None

    # -- all exports ---------------------------------------------------------------------------------------------------

    @property
    def directory(self) -> Path:
        """Where files go unless they go to S3 or moto; a temporary directory is created on first use."""
        if self.settings.directory is not None:
            return Path(self.settings.directory)
        with self._lock:
            if self._temporary is None:
                self._temporary = _TemporaryDirectory()
            return self._temporary.path

    def stop(self, tenant: Tenant | None = None) -> None:
        """Stop writing the exports of a tenant, or of all; the next look at such an export starts over."""
        self._writers.stop(tenant, self.settings.patience)

    def clear(self, tenant: Tenant | None = None) -> None:
        """Stop likewise, and remove temporary files if ``tenant`` is ``None``.  The storage removes the records."""
        self.stop(tenant)
        with self._lock:
            if tenant is None and self._temporary is not None:
                self._temporary.remove()
                self._temporary = None

    def close(self) -> None:
        """Stop writing and remove the temporary directory, if any."""
        self.clear()

    # -- internal ------------------------------------------------------------------------------------------------------

    def _of(self, account: Account, domain: str | None) -> Sequence[Export]:
        return [export for export in self._book.exports(account) if domain in (None, export.order.domain)]

    def _look(self, account: Account, export: Export, patience: float | None = None) -> Export:
        """Write an export if it is due, or wait for its writer; returns its new state."""
        patience = self.settings.patience if patience is None else patience
        due = account.clock.now() >= export.requested_at + self.settings.delay / 2
        if export.outcome is not None or not due:
            return export
        writing, fresh = self._writers.at(account, export)
        if writing is None:
            return self._awaited(account, export, patience)
        if fresh:
            self._begin(writing, patience)
        else:
            writing.ended.wait(patience)
        return self._book.one(account, export.id) or export

    def _begin(self, writing: Writing, patience: float) -> None:
        work = (writing, self._target, self.settings.file_bytes)
        if self.settings.in_background:
            name = f"export {writing.export.id}"
            threading.Thread(target=self._writers.write, args=work, name=name, daemon=True).start()
            writing.begun.wait(patience)
        else:
            self._writers.write(*work)

    def _awaited(self, account: Account, export: Export, patience: float) -> Export:
        """Wait for another process that writes an export, at most ``patience`` seconds; returns its new state."""
        left = min(patience, _PATIENCE_WITH_OTHERS)
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):  # not by the clock, which a test may have frozen
            export = self._book.one(account, export.id) or export
            left -= pause
            if export.outcome is not None or left < 0:
                break
            time.sleep(pause)
        return export

    def _target(self, export: Export) -> Target:
        order, region = export.order, export.tenant.region
        if self.settings.directory is None:
            if self.settings.s3_endpoint is not None:
                return S3Target(make_client(self.settings.s3_endpoint, region), order)
            if moto.is_active():
                return moto.moto_target(order, region)
        return DirectoryTarget(self.directory, order)


def _started_with(known: Sequence[Export], token: str, now: float) -> Export | None:
    for export in reversed(known):
        if export.client_token == token and now - export.requested_at < TOKEN_SECONDS:
            return export
    return None


def _check_quotas(known: Sequence[Export], account: Account, domain: str, now: float) -> None:
    recent = [export for export in known if now - export.requested_at < QUOTA_SECONDS]
    of_domain = sum(export.order.domain == domain for export in recent)
    limits = account.limits
    if of_domain >= limits.exports_per_domain or len(recent) >= limits.exports_per_account:
        raise errors.NUMBER_EXPORTS_LIMIT_EXCEEDED()


class _TemporaryDirectory:
    """A directory that is removed when no longer needed, at the latest when the process exits."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="basicdb-mock-exports-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
