"""The exports of a SimpleDB: starting them, following them, writing them when their time has come.

Nothing runs by itself: an export is *looked at* by StartDomainExport, GetExport, ListExports and DeleteDomain, and the
first look after its time does its work, there and then or, ``in_background``, in a thread.  Times are the engine's
clock's, so a test decides when that is.
"""

from __future__ import annotations

import logging
import math
import shutil
import tempfile
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import cast

from basicdb_mock import errors
from basicdb_mock.errors import Error, SimpleDBError
from basicdb_mock.exports import moto
from basicdb_mock.exports.export import Export, Order, Outcome, Status, to_millisecond
from basicdb_mock.exports.s3 import S3Target, make_client
from basicdb_mock.exports.targets import DirectoryTarget, Target
from basicdb_mock.exports.writing import write_export
from basicdb_mock.identity import Identity
from basicdb_mock.model import Item, Tenant
from basicdb_mock.operations.account import Account
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.contract import Found

_log = logging.getLogger(__name__)

TOKEN_SECONDS = 8 * 3600.0
"""How long a client token stands for its export (source: the service model)."""
QUOTA_SECONDS = 24 * 3600.0
"""What the quotas of exports are counted in (source: DG/SDBLimits)."""
KEPT_SECONDS = 90 * 24 * 3600.0
"""How long exports are known: three months (source: DG/ListingExports)."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How exports are done.

    ``directory`` puts their files below it, ``s3_endpoint`` into the S3 at that URL (``"aws"`` is S3 itself); with
    neither they go to moto's S3 while ``mock_aws`` is active, and else to a temporary directory that goes with the
    engine.  Half of ``delay``, in seconds, they are PENDING, the other half IN_PROGRESS; without any an export is done
    when StartDomainExport answers.  ``in_background`` leaves the writing to a thread, whose end a look awaits for at
    most ``patience`` seconds.  ``file_bytes`` is where data files are split.

    Raises :class:`ValueError` for a number that is out of range.
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


class Exports:
    """The exports of an engine.  Its calls may come from any thread.

    Records of exports live in this object; a server that is started again has forgotten them, not their files.
    """

    def __init__(self, settings: ExportSettings, identity: Identity) -> None:
        self.settings = settings
        self._identity = identity
        self._lock = threading.RLock()
        self._numbers = count(1)
        self._exports: dict[str, Export] = {}  # by id, in the order they were asked for
        self._written: dict[str, threading.Event] = {}  # of those that somebody writes or wrote
        self._temporary: _TemporaryDirectory | None = None

    # -- what operations ask -------------------------------------------------------------------------------------------

    def start(self, account: Account, order: Order, token: str | None) -> Export:
        """Start an export, or find the one that the same token started.

        Raises ConflictException, NoSuchDomainException or NumberExportsLimitExceeded.
        """
        now = account.clock.now()
        with self._lock:
            self._forget_old(now)
            earlier = self._started_with(account.tenant, token, now)
            if earlier is not None:
                if earlier.order != order:
                    raise errors.CONFLICT()
                return earlier
            self.check_domain(account, order.domain)
            self._check_quotas(account, order.domain, now)
            export = Export(
                number=next(self._numbers),
                id=self._identity.uuid(),
                tenant=account.tenant,
                order=order,
                client_token=token or self._identity.uuid(),
                requested_at=to_millisecond(now),
            )
            self._exports[export.id] = export
        self._look(account, export)
        return export

    def get(self, account: Account, export_id: str) -> Export:
        """One export, brought up to date.  Raises NoSuchExportException."""
        with self._lock:
            self._forget_old(account.clock.now())
            export = self._exports.get(export_id)
        if export is None or export.tenant != account.tenant:
            raise errors.NO_SUCH_EXPORT()
        return self._look(account, export)

    def listed(self, account: Account, domain: str | None, after: int, at_most: int) -> Sequence[Export]:
        """Exports with a greater number, oldest first, brought up to date; of one domain or all.

        Raises NoSuchDomainException for a domain that neither is there nor has an export.
        """
        with self._lock:
            self._forget_old(account.clock.now())
            known = self._of(account.tenant, domain)
        if domain is not None and not known:
            self.check_domain(account, domain)
        later = [export for export in known if export.number > after]
        return [self._look(account, export) for export in later[:at_most]]

    def is_running(self, account: Account, domain: str) -> bool:
        """Whether a domain has an export that is PENDING or IN_PROGRESS: it cannot be deleted then."""
        if not self._exports:
            return False
        with self._lock:
            known = self._of(account.tenant, domain)
        now = account.clock.now()
        running = (Status.PENDING, Status.IN_PROGRESS)
        return any(self.status(self._look(account, export), now) in running for export in known)

    def status(self, export: Export, now: float) -> Status:
        """Where an export stands."""
        if export.outcome is None or now < export.requested_at + self.settings.delay:
            return Status.PENDING if export.cutoff is None else Status.IN_PROGRESS
        return Status.SUCCEEDED if export.outcome.failure is None else Status.FAILED

    @staticmethod
    def check_domain(account: Account, domain: str) -> None:
        """Raises NoSuchDomainException."""
        try:
            account.domain(domain)
        except SimpleDBError:
            raise errors.NO_SUCH_DOMAIN_TO_EXPORT() from None

    # -- the records as a whole ----------------------------------------------------------------------------------------

    @property
    def directory(self) -> Path:
        """Where files go that go neither to S3 nor to moto; made when it is first asked for."""
        if self.settings.directory is not None:
            return Path(self.settings.directory)
        with self._lock:
            if self._temporary is None:
                self._temporary = _TemporaryDirectory()
            return self._temporary.path

    def snapshot(self, tenant: Tenant | None = None) -> object:
        """The records, of one tenant or all, as a value for :meth:`restore`; files are not part of it."""
        with self._lock:
            return tenant, {key: export for key, export in self._exports.items() if tenant in (None, export.tenant)}

    def restore(self, snapshot: object) -> None:
        """Go back to the records of a snapshot; what was being written then is written anew at the next look."""
        tenant, exports = cast("tuple[Tenant | None, dict[str, Export]]", snapshot)
        with self._lock:
            self._forget(tenant)
            fresh = {
                key: export if export.outcome is not None else replace(export, cutoff=None)
                for key, export in exports.items()
            }
            ordered = sorted((self._exports | fresh).items(), key=lambda entry: entry[1].number)
            self._exports = dict(ordered)

    def clear(self, tenant: Tenant | None = None) -> None:
        """Forget all exports, or those of one tenant; of files only the temporary ones go, and only with all."""
        with self._lock:
            self._forget(tenant)
            if tenant is None and self._temporary is not None:
                self._temporary.remove()
                self._temporary = None

    def close(self) -> None:
        """Stop what is being written and remove the temporary directory, if there is one."""
        with self._lock:
            writing = list(self._written.values())
        self.clear()
        for written in writing:
            written.wait(self.settings.patience)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _of(self, tenant: Tenant, domain: str | None) -> list[Export]:
        return [
            export
            for export in self._exports.values()
            if export.tenant == tenant and domain in (None, export.order.domain)
        ]

    def _started_with(self, tenant: Tenant, token: str | None, now: float) -> Export | None:
        for export in reversed(self._of(tenant, None)):
            if export.client_token == token and now - export.requested_at < TOKEN_SECONDS:
                return export
        return None

    def _check_quotas(self, account: Account, domain: str, now: float) -> None:
        recent = [export for export in self._of(account.tenant, None) if now - export.requested_at < QUOTA_SECONDS]
        of_domain = sum(export.order.domain == domain for export in recent)
        limits = account.limits
        if of_domain >= limits.exports_per_domain or len(recent) >= limits.exports_per_account:
            raise errors.NUMBER_EXPORTS_LIMIT_EXCEEDED()

    def _forget_old(self, now: float) -> None:
        for export in list(self._exports.values()):
            if now - export.requested_at < KEPT_SECONDS:
                break
            del self._exports[export.id]
            self._written.pop(export.id, None)

    def _forget(self, tenant: Tenant | None) -> None:
        for export in list(self._exports.values()):
            if tenant in (None, export.tenant):
                del self._exports[export.id]
                self._written.pop(export.id, None)

    def _look(self, account: Account, export: Export) -> Export:
        """Do what is due of an export, or wait for who is doing it; returns it as it is then."""
        settings = self.settings
        with self._lock:
            written = self._written.get(export.id)
            due = account.clock.now() >= export.requested_at + settings.delay / 2
            begins = due and written is None and export.outcome is None
            if begins:
                written = self._written[export.id] = threading.Event()
        if begins and written is not None:
            begun = threading.Event()
            work = (account, export, begun, written)
            if settings.in_background:
                threading.Thread(target=self._work, args=work, name=f"export {export.id}", daemon=True).start()
                begun.wait(settings.patience)
            else:
                self._work(*work)
        elif written is not None:
            written.wait(settings.patience)
        with self._lock:
            return self._exports.get(export.id, export)

    def _work(self, account: Account, export: Export, begun: threading.Event, written: threading.Event) -> None:
        try:
            try:
                export = self._update(export, cutoff=to_millisecond(account.clock.now()))
                found = account.domain(export.order.domain).search(plan_search(None))
                begun.set()
                with closing(self._items(export, found)) as items:
                    number = write_export(export, items, self._target(export), self.settings.file_bytes)
                self._update(export, outcome=Outcome(number))
            except Exception as problem:  # noqa: BLE001  # whatever it is, the export must end
                _log.warning("export %s failed: %r", export.id, problem.__cause__ or problem)
                self._update(export, outcome=Outcome(failure=_failure(problem)))
        finally:
            begun.set()
            written.set()

    def _items(self, export: Export, found: Iterator[Found]) -> Generator[tuple[str, Item], None, None]:
        """What is found, for as long as the export is known: forgetting it stops its writing."""
        for _, name, item in found:
            if export.id not in self._exports:
                raise errors.EXPORT_TIMED_OUT()
            if item is not None:
                yield name, item

    def _update(self, export: Export, **changes: object) -> Export:
        changed = replace(export, **changes)  # type: ignore[arg-type]  # two fields, from two lines above
        with self._lock:
            if export.id in self._exports:
                self._exports[export.id] = changed
        return changed

    def _target(self, export: Export) -> Target:
        order, region = export.order, export.tenant.region
        if self.settings.directory is None:
            if self.settings.s3_endpoint is not None:
                return S3Target(make_client(self.settings.s3_endpoint, region), order)
            if moto.is_active():
                return moto.moto_target(order, region)
        return DirectoryTarget(self.directory, order.bucket)


class _TemporaryDirectory:
    """A directory that is removed when it is no longer needed, at the latest when the process ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="basicdb-mock-exports-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _failure(problem: Exception) -> Error:
    """What an export fails with: its own error, or that it timed out, for whatever has no name of its own."""
    if isinstance(problem, SimpleDBError) and problem.kind is not errors.NO_SUCH_DOMAIN:
        return problem.kind
    return errors.EXPORT_TIMED_OUT
