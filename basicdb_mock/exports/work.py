"""Writing exports: who does it, how other processes know that it is still being done, and what comes of it.

Whoever writes an export says so in its record, with a lease that is renewed meanwhile.  When a lease has run out its
process is taken for dead, and the next look at the export begins it anew, in whichever process; the third time it has
failed instead.  What was stopped, by restoring a snapshot or ending a server, is begun anew at the next look.
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
"""How long a writer is thought to be alive that says nothing."""
RENEWED_SECONDS = 15.0
"""How often it says that it is."""
MOST_ATTEMPTS = 3
"""How often an export is begun whose process dies each time."""
MOST_OPENINGS = 10
"""How often an export takes its cut-off time again because of a write at the same moment."""

_EVERYTHING = plan_search(None)


class _StoppedError(Exception):
    """The writing was stopped."""


@dataclass(eq=False)
class Writing:
    """The writing of one export in this process, from when it is decided to its end."""

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
    """A target that takes no more files once the writing is stopped."""

    target: Target
    writing_on: Writing

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        self.writing_on.check()
        with self.target.writing(key) as file:
            yield file
            self.writing_on.check()


class Writers:
    """The exports that this process writes, for whom ``book`` keeps their records.

    ``machine`` is what leases go by: they are about processes, not about the time that a test sets.
    """

    def __init__(self, book: Book, machine: Clock | None = None) -> None:
        self._book = book
        self.machine = machine or SystemClock()
        self._name = os.urandom(8).hex()
        self._lock = threading.Lock()
        self._writing: dict[str, Writing] = {}  # by the export's id

    def at(self, account: Account, export: Export) -> tuple[Writing | None, bool]:
        """Who writes an export in this process, and whether that is new: then the caller must :meth:`write` it.

        ``None`` for one that a living process writes elsewhere.
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
        return f"{self._name}/{os.getpid()}"  # a forked child has none of its parent's threads

    def _is_written_elsewhere(self, export: Export) -> bool:
        """Whether a process other than this is thought to write it."""
        return (
            export.writer is not None
            and not export.writer.startswith(f"{self._me}/")
            and self.machine.now() < export.lease
        )

    def write(self, writing: Writing, target: Callable[[Export], Target], file_bytes: int) -> None:
        """Write an export and tell its record what came of it.  Never raises."""
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
        """Stop what is written of a tenant or all, and wait until it has, at most ``patience`` seconds for each."""
        with self._lock:
            stopped = [each for each in self._writing.values() if tenant in (None, each.account.tenant)]
        for writing in stopped:
            writing.stopped.set()
        for writing in stopped:
            writing.ended.wait(patience)

    # -- the steps of writing ------------------------------------------------------------------------------------------

    @staticmethod
    def _opened(account: Account, domain: str) -> tuple[float, Iterator[Found], SimpleDBError | None]:
        """The cut-off time and a search that sees that moment, or why there is none.

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
        """The record of who begins an export now; ``None`` if it has ended or another process was first."""
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
        """Write the files; what came of it.  Raises _StoppedError."""
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
        """Have whoever looks next begin it anew."""
        try:
            self._change(
                writing,
                lambda export: replace(export, cutoff=None, attempts=export.attempts - 1, writer=None, lease=0.0),
            )
        except StorageError as failure:
            _log.warning("export %s was stopped; it is begun anew in a minute: %s", writing.export.id, failure)

    def _renew(self, writing: Writing, ended: threading.Event) -> None:
        """Renew a lease until the writing has ended; one that was lost stops it."""
        until = self.machine.now() + LEASE_SECONDS
        while not ended.wait(RENEWED_SECONDS):
            lease = self.machine.now() + LEASE_SECONDS
            try:
                renewed = self._change(writing, partial(replace, lease=lease))
            except StorageError:
                if self.machine.now() < until:
                    continue  # it may still answer in time
                renewed = False
            if not renewed:
                writing.stopped.set()
                return
            until = lease

    def _change(self, writing: Writing, change: Callable[[Export], Export]) -> bool:
        """Change a record as long as it is this writing's; tells whether it was."""
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
    """What an export fails with: its own error, or that it timed out, for whatever has no name of its own."""
    named = FAILURES.get(problem.kind.code) if isinstance(problem, SimpleDBError) else None
    return named or errors.EXPORT_TIMED_OUT
