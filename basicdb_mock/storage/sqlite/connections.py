"""The connections to one store: opening it, a pool of readers, the writer, and translating SQLite's errors."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.sqlite import schema
from basicdb_mock.storage.sqlite.place import Place

BUSY_SECONDS = 30.0
"""How long a call waits for another process that is writing, in seconds."""

_FULL, _BUSY, _DAMAGED = "full", "busy", "damaged"
_CODES = {13: _FULL, 5: _BUSY, 6: _BUSY, 11: _DAMAGED, 26: _DAMAGED}
_TEXTS = {
    "full": _FULL, "locked": _BUSY, "malformed": _DAMAGED, "decode to UTF-8": _DAMAGED, "not a database": _DAMAGED}


def failure(place: Place, problem: sqlite3.Error) -> StorageError:
    """Turn an error of SQLite into a StorageError."""
    code = getattr(problem, "sqlite_errorcode", None)  # from Python 3.11 on
    kind = _CODES.get(code & 0xFF) if isinstance(code, int) else None
    if kind is None:
        kind = next((kind for text, kind in _TEXTS.items() if text in str(problem)), None)
    if kind == _FULL:
        return StorageError(f"{place.path}: the disk is full ({problem})", unavailable=True)
    if kind == _BUSY:
        return StorageError(f"{place.path}: another process keeps it locked ({problem})", unavailable=True)
    if "unable to open" in str(problem):
        return StorageError(f"{place.path}: {problem}; SQLite must be able to write there, and beside it")
    if kind == _DAMAGED:
        return StorageError(f"{place.path}: it is damaged ({problem}); `basicdb-mock check` tells more")
    return StorageError(f"{place.path}: {problem}")


class Connections:
    """Opens a store and hands out connections to it; safe with threads and forks."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._idle: list[sqlite3.Connection] = []
        self.lost: list[sqlite3.Connection] = []
        self._closed = False
        directory = Path(place.path).absolute().parent
        try:
            make_directory(directory)
            if os.path.exists(place.path):
                look(place.path)
            with closing(self.open(writer=True)) as connection:
                connection.execute("pragma journal_mode = wal")
                if schema.version(connection) < len(schema.MIGRATIONS):
                    schema.migrate(connection)
                self.give_back(self.take())  # while the first is open, so that its closing clears nothing away
        except sqlite3.Error as problem:
            raise failure(place, problem) from problem
        except StorageError as problem:
            raise StorageError(f"{place.path}: {problem}") from None
        except OSError as problem:
            raise StorageError(f"{place.path}: {problem.strerror}") from problem
        forget_in_children(self)

    def open(self, *, writer: bool = False) -> sqlite3.Connection:
        """A new connection that is not shared."""
        if self._closed:
            raise StorageError(f"{self.place.path}: the store is closed")
        connection = sqlite3.connect(
            self.place.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute(f"pragma synchronous = {self.place.durability}")  # SQLite's setting has the same names
        connection.execute("pragma fullfsync = on")  # macOS: fsync alone leaves it in the drive's cache
        connection.execute("pragma temp_store = memory")
        if writer:
            connection.execute("pragma cache_size = -65536")
            connection.execute("pragma wal_autocheckpoint = 4000")
        else:
            connection.execute("pragma cache_size = -16384")
            connection.execute("pragma query_only = on")
        return connection

    def take(self) -> sqlite3.Connection:
        """A connection to read with, until it is given back."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self.open()
        except sqlite3.Error as problem:
            raise failure(self.place, problem) from problem

    def give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed or len(self._idle) >= 16:
            connection.close()
        else:
            self._idle.append(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection in a read transaction: everything read through it is of one moment."""
        connection = self.take()
        whole = False
        try:
            connection.execute("begin")
            connection.execute("select 1 from domain limit 1").fetchone()  # the moment is that of the first read
            yield connection
            whole = True
        except sqlite3.Error as problem:
            raise failure(self.place, problem) from problem
        except GeneratorExit:
            whole = True
            raise
        finally:
            if whole:
                connection.execute("rollback")
                self.give_back(connection)
            else:
                connection.close()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def forget(self) -> None:
        """See :class:`Forgets`."""
        self.lost += self._idle
        self._idle = []


class Forgets(Protocol):
    """An object that must reopen its connections in a forked child."""

    def forget(self) -> None:
        """Called in a forked child, where the parent's connections must be neither used nor closed.

        Source: sqlite.org/howtocorrupt.
        """


_alive: weakref.WeakSet[Forgets] = weakref.WeakSet()


def _forget_in_child() -> None:
    for one in list(_alive):
        one.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_forget_in_child)


def forget_in_children(one: Forgets) -> None:
    _alive.add(one)


def look(path: str) -> None:
    """Refuse a store that is not ours or is newer, by only reading it."""
    if os.path.getsize(path) == 0:
        return
    url = f"{Path(path).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(url, uri=True, timeout=BUSY_SECONDS)) as connection:
        try:
            schema.version(connection)
        except sqlite3.OperationalError as problem:
            if "readonly" not in str(problem):
                raise
            # Its creation or migration was interrupted: SQLite has to undo that first, which takes a writer.


def make_directory(directory: Path) -> None:
    """Create a directory durably."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    descriptor = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
