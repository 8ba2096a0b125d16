"""Writing exports, by one process at a time, even if several processes share a storage.

The writer of an export puts its name and a lease into the export's record, and renews the lease while it writes.  If
the lease expires, the writer is presumed dead, and the next look at the export, from any process, starts over.  The
third time, the export fails instead.  An export that was stopped, by restoring a snapshot or by ending a server, also
starts over at the next look.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO

from basicdb_mock import errors
from basicdb_mock.clock import Clock, SystemClock
from basicdb_mock.errors import Error, SimpleDBError
from basicdb_mock.exports.book import Book
from basicdb_mock.exports.export import FAILURES, Export, Outcome, to_millisecond
from basicdb_mock.exports.targets import Target
from basicdb_mock.exports.writing import write_export
from basicdb_mock.model import Item, Tenant
from basicdb_mock.operations.account import Account
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.contract import Found, StorageError

_log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""How long a writer that does not renew its lease counts as alive."""
RENEWED_SECONDS = 15.0
"""How often a writer renews its lease."""
MOST_ATTEMPTS = 3
"""How often an export is started if its process dies each time."""
MOST_OPENINGS = 10
"""How often an export takes its cut-off time at most, if writes keep coming at the same moment."""

_EVERYTHING = plan_search(None)


class _StoppedError(Exception):
    """The writing has been stopped."""


@dataclass(eq=False)
class Writing:
    """The writing of one export in this process, from the decision to write it until its end."""

    account: Account
    export: Export
    token: str
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        if self.stopped.is_set():
            raise _StoppedError


@dataclass(frozen=True, slots=True)
class _Fence:
    """A target that accepts no more files once the writing has been stopped."""

    target: Target
    writing_on: Writing

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        self.writing_on.check()
        with self.target.writing(key) as file:
            yield file
            self.writing_on.check()


class Writers:
    """The exports that this process writes; ``book`` has their records.

    ``machine`` is the clock for leases, which concern real processes, not the time that a test sets.
    """

    def __init__(self, book: Book, machine: Clock | None = None) -> None:
        self._book = book
        self.machine = machine or SystemClock()
        self._name = os.urandom(8).hex()
        self._lock = threading.Lock()
        self._writing: dict[str, Writing] = {}  # by the export's id

    def at(self, account: Account, export: Export) -> tuple[Writing | None, bool]:
        """The writing of an export in this process, and whether it is new, so that the caller must :meth:`write` it.

        ``None`` if another process that counts as alive is writing the export.
        """
        with self._lock:
            there = self._writing.get(export.id)
            if there is not None:
                return there, False
            if self._is_written_elsewhere(export):
                return None, False
            fresh = self._writing[export.id] = Writing(account, export, f"{self._me}/{os.urandom(8).hex()}")
            return fresh, True

    @property
    def _me(self) -> str:
        return f"{self._name}/{os.getpid()}"  # a forked child does not have its parent's threads

    def _is_written_elsewhere(self, export: Export) -> bool:
        """Whether another process that counts as alive is writing it."""
        return (
            export.writer is not None
            and not export.writer.startswith(f"{self._me}/")
            and self.machine.now() < export.lease
        )

    def write(self, writing: Writing, target: Callable[[Export], Target], file_bytes: int) -> None:
        """Write an export and record its outcome.  Never raises."""
        account, export_id = writing.account, writing.export.id
        ended = threading.Event()
        try:
            cutoff, found, problem = self._opened(account, writing.export.order.domain)
            export = self._book.update(account, export_id, lambda export: self._claimed(export, writing, cutoff))
            if export is None or export.outcome is not None:
                return
            writing.begun.set()
            threading.Thread(target=self._renew, args=(writing, ended), name=f"lease {export_id}", daemon=True).start()
            self._end(writing, self._written(writing, export, found, problem, target, file_bytes))
        except _StoppedError:
            self._let_go(writing)
        except Exception as failure:  # noqa: BLE001  # of the storage: the next look begins it anew
            _log.warning("export %s is not done: %r", export_id, failure)
        finally:
            ended.set()
            with self._lock:
                del self._writing[export_id]
            writing.begun.set()
            writing.ended.set()

    def stop(self, tenant: Tenant | None, patience: float) -> None:
        """Stop writing the exports of a tenant, or of all, and wait at most ``patience`` seconds for each to stop."""
        with self._lock:
            stopped = [each for each in self._writing.values() if tenant in (None, each.account.tenant)]
        for writing in stopped:
            writing.stopped.set()
        for writing in stopped:
            writing.ended.wait(patience)

    # -- the steps of writing ------------------------------------------------------------------------------------------

    @staticmethod
    def _opened(account: Account, domain: str) -> tuple[float, Iterator[Found], SimpleDBError | None]:
        """The cut-off time and a search as of that time, or the error why there is none.

        Writes between taking the time and opening the search would be in the export although they came after its
        cut-off, so both are repeated until no write came between, up to ``MOST_OPENINGS`` times.
        """
        cutoff = to_millisecond(account.clock.now())
        try:
            there = account.domain(domain)
            for _ in range(MOST_OPENINGS):
                revision = there.revision()
                cutoff = to_millisecond(account.clock.now())
                found = there.search(_EVERYTHING)
                if there.revision() == revision:
                    break
            return cutoff, found, None
        except SimpleDBError as refused:
            return cutoff, iter(()), refused

    def _claimed(self, export: Export, writing: Writing, cutoff: float) -> Export | None:
        """The export's record with this process as writer; ``None`` if it has ended or another process was first."""
        if export.outcome is not None or self._is_written_elsewhere(export):
            return None
        if export.attempts >= MOST_ATTEMPTS:
            return replace(export, outcome=Outcome(failure=errors.EXPORT_TIMED_OUT), writer=None, lease=0.0)
        lease = self.machine.now() + LEASE_SECONDS
        return replace(export, cutoff=cutoff, attempts=export.attempts + 1, writer=writing.token, lease=lease)

    @staticmethod
    def _written(
        writing: Writing,
        export: Export,
        found: Iterator[Found],
        problem: SimpleDBError | None,
        target: Callable[[Export], Target],
        file_bytes: int,
    ) -> Outcome:
        """Write the files; returns the outcome.  Raises _StoppedError."""
        try:
            if problem is not None:
                raise problem
            with closing(_items(writing, found)) as items:
                return Outcome(write_export(export, items, _Fence(target(export), writing), file_bytes))
        except _StoppedError:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever it is, the export has failed
            _log.warning("export %s failed: %r", export.id, failure.__cause__ or failure)
            return Outcome(failure=_failure(failure))

    def _end(self, writing: Writing, outcome: Outcome) -> None:
        self._change(writing, partial(replace, outcome=outcome, writer=None, lease=0.0))

    def _let_go(self, writing: Writing) -> None:
        """Give the export up, so that the next look at it starts over."""
        try:
            self._change(
                writing,
                lambda export: replace(export, cutoff=None, attempts=export.attempts - 1, writer=None, lease=0.0),
            )
        except StorageError as failure:
            _log.warning("export %s was stopped; it is begun anew in a minute: %s", writing.export.id, failure)

    def _renew(self, writing: Writing, ended: threading.Event) -> None:
        """Renew the lease until the writing has ended; a lost lease stops the writing."""
        until = self.machine.now() + LEASE_SECONDS
        while not ended.wait(RENEWED_SECONDS):
            lease = self.machine.now() + LEASE_SECONDS
            try:
                renewed = self._change(writing, partial(replace, lease=lease))
            except StorageError:
                if self.machine.now() < until:
                    continue  # the storage may recover in time
                renewed = False
            if not renewed:
                writing.stopped.set()
                return
            until = lease

    def _change(self, writing: Writing, change: Callable[[Export], Export]) -> bool:
        """Change the record if this writing still owns it; returns whether it does."""
        changed = self._book.update(
            writing.account,
            writing.export.id,
            lambda export: change(export) if export.writer == writing.token else None,
        )
        return changed is not None


def _items(writing: Writing, found: Iterator[Found]) -> Generator[tuple[str, Item], None, None]:
    for _, name, item in found:
        writing.check()
        if item is not None:
            yield name, item


def _failure(problem: Exception) -> Error:
    """The error that an export fails with: its own failure code, or ExportTimedOut for all other problems."""
    named = FAILURES.get(problem.kind.code) if isinstance(problem, SimpleDBError) else None
    return named or errors.EXPORT_TIMED_OUT
