"""Writing: writes that arrive while another is being committed share the next transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.sqlite.connections import Connections, failure
from basicdb_mock.storage.sqlite.ledger import Ledgers

Result = TypeVar("Result")


class _Job(Generic[Result]):
    """One call that waits for its turn, and its outcome."""

    __slots__ = ("call", "done", "problem", "result")

    def __init__(self, call: Callable[[Ledgers], Result]) -> None:
        self.call = call
        self.done = False
        self.problem: Exception | None = None
        self.result: Result | None = None

    def run(self, ledgers: Ledgers) -> None:
        try:
            self.result = self.call(ledgers)
        except SimpleDBError as refusal:
            self.problem = refusal


class Writer:
    """The one writing connection of a process.

    The thread that finds the connection free commits for all that wait; no call returns before the commit is on disk.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._connection: sqlite3.Connection | None = None
        self._ledgers: Ledgers | None = None
        self._waiting: deque[_Job[object]] = deque()
        self._turn = threading.Lock()

    def run(self, call: Callable[[Ledgers], Result]) -> Result:
        """Run ``call`` in a transaction; it may only raise SimpleDBError before it changes anything."""
        job: _Job[Result] = _Job(call)
        self._waiting.append(job)  # type: ignore[arg-type]  # what comes of it is its own affair
        with self._turn:
            if not job.done:
                self._commit()
        if job.problem is not None:
            raise job.problem
        return job.result  # type: ignore[return-value]

    def alone(self, call: Callable[[sqlite3.Connection], None]) -> None:
        """Run ``call``, which begins and commits on its own, while nothing else in this process writes."""
        with self._turn:
            connection = self._open()
            try:
                call(connection)
            except sqlite3.Error as problem:
                raise failure(self._connections.place, problem) from problem
            finally:
                self._ledgers = None
                self._undo(connection)

    def close(self) -> None:
        with self._turn:
            connection, self._connection, self._ledgers = self._connection, None, None
            if connection is not None:
                connection.close()

    def forget(self) -> None:
        """Called in a forked child: see :class:`~basicdb_mock.storage.sqlite.connections.Forgets`."""
        self._connections.lost += [self._connection] if self._connection is not None else []
        self._connection = self._ledgers = None
        self._waiting = deque()
        self._turn = threading.Lock()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._connections.open(writer=True)
            except sqlite3.Error as problem:
                raise failure(self._connections.place, problem) from problem
        return self._connection

    def _commit(self) -> None:
        """Take all waiting calls and commit them; each gets its own outcome."""
        jobs = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._transact(jobs)
        except BaseException as problem:
            self._ledgers = None
            if self._connection is not None:
                self._undo(self._connection)
            for job in jobs:
                if isinstance(problem, sqlite3.Error):
                    job.problem = failure(self._connections.place, problem)
                else:
                    job.problem = StorageError(f"{self._connections.place.path}: {problem}")
                job.problem.__cause__ = problem
            if not isinstance(problem, (sqlite3.Error, StorageError)):
                raise  # a bug or an interrupt must reach the caller that caused it
        finally:
            for job in jobs:
                job.done = True

    def _transact(self, jobs: list[_Job[object]]) -> None:
        connection = self._open()
        connection.execute("begin immediate")
        if self._ledgers is None:
            self._ledgers = Ledgers(connection)
        ledgers = self._ledgers
        ledgers.begin()
        for job in jobs:
            job.run(ledgers)
        ledgers.flush()
        connection.execute("commit")

    @staticmethod
    def _undo(connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            try:
                connection.execute("rollback")
            except sqlite3.Error:
                connection.close()  # which rolls back too
