"""A process's cache of a domain's files, so that it rereads only those that changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from basicdb_mock.model import Item
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files.disk import read
from basicdb_mock.storage.files.documents import Document, broken, parse_item
from basicdb_mock.storage.files.names import HASHED, path_of
from basicdb_mock.storage.tally import Tally

ENDING = ".json"
SETTLED = 2.0
"""Seconds after which a file that looks unchanged is unchanged, as file systems have coarse clocks."""


class _Known(NamedTuple):
    """A file as read: its metadata, whether it had settled, and its contents or the problem with it."""

    look: tuple[int, int, int, int]
    settled: bool
    document: Document | None
    problem: StorageError | None


class Shelf:
    """The items in a domain's directory as of the last look."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.tally = Tally()
        self._known: dict[str, _Known] = {}
        self._problems: dict[str, StorageError] = {}
        self._sorted: tuple[list[tuple[int, str, Item]], list[Document]] | None = None

    def look(self) -> None:
        """Read files that are new or changed, by this process, by others or by hand."""
        before = time.time() - SETTLED
        known = self._known
        seen: list[str] = []
        place = os.open(self.directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for path in _paths(self.directory):
                try:
                    status = os.stat(path, dir_fd=place)
                except FileNotFoundError:
                    continue  # somebody has just removed it
                seen.append(path)
                look = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                was = known.get(path)
                if was is None or was.look != look or not was.settled:
                    settled = status.st_mtime < before and status.st_ctime < before
                    self._keep(path, self._read(path, look, settled=settled))
        finally:
            os.close(place)
        if len(seen) < len(known):
            for path in known.keys() - set(seen):
                self._keep(path, None)

    def rows(self, last: int) -> list[tuple[int, str, Item]]:
        """All readable items as (entity, name, item) in creation order; do not modify the list.

        Files that a person wrote without a number, or copied with theirs, come last, by name; ``last`` is the last
        number assigned.
        """
        rows, without = self._ordered()
        if not without:
            return rows
        last = max(last, rows[-1][0]) if rows else last
        return rows + [(last + number, document.name, document.item) for number, document in enumerate(without, 1)]

    def unnumbered(self, last: int) -> list[tuple[int, str, Item]]:
        """The rows whose number is not the one in their file."""
        without = len(self._ordered()[1])
        return self.rows(last)[-without:] if without else []

    def _ordered(self) -> tuple[list[tuple[int, str, Item]], list[Document]]:
        """The rows with a number, in order, and the documents without a unique one."""
        if self._sorted is None:
            taken: dict[int, Document] = {}
            without = [
                document
                for document in sorted(self.documents(), key=_name)
                if document.entity is None or taken.setdefault(document.entity, document) is not document
            ]
            rows = [(entity, document.name, document.item) for entity, document in sorted(taken.items())]
            self._sorted = rows, without
        return self._sorted

    def documents(self) -> Iterator[Document]:
        return (known.document for known in self._known.values() if known.document is not None)

    def problems(self) -> list[StorageError]:
        """The problems with unreadable files."""
        return [self._problems[path] for path in sorted(self._problems)]

    def _read(self, path: str, look: tuple[int, int, int, int], *, settled: bool) -> _Known | None:
        full = os.path.join(self.directory, path)
        try:
            content = read(full)
            if content is None:
                return None
            document = parse_item(full, content)
            if path_of(document.name) + ENDING != path:
                raise broken(full, f"item {document.name!r} belongs into {path_of(document.name)}{ENDING}")
        except StorageError as problem:
            return _Known(look, settled, None, problem)
        except OSError as problem:
            return _Known(look, False, None, broken(full, problem.strerror or str(problem)))
        return _Known(look, settled, document, None)

    def _keep(self, path: str, known: _Known | None) -> None:
        before = self._known.pop(path, None) if known is None else self._known.get(path)
        if known is not None:
            self._known[path] = known
        if known is not None and known.problem is not None:
            self._problems[path] = known.problem
        else:
            self._problems.pop(path, None)
        if before is not None and known is not None and before.document == known.document:
            return  # it was just not settled yet
        self._sorted = None
        for one, gone in ((before, True), (known, False)):
            if one is not None and one.document is not None:
                name, _, item = one.document
                self.tally.replace([(name, item if gone else None, None if gone else item)])


def _paths(directory: str) -> Iterator[str]:
    """The files of items, by path in the domain's directory, without hidden files of desktops and editors."""
    for name in os.listdir(directory):
        if name.endswith(ENDING):
            if not name.startswith(("@", ".")):
                yield name
        elif name == HASHED:
            shards = os.listdir(os.path.join(directory, HASHED))
            for shard in (shard for shard in shards if len(shard) == 2):
                for hashed in os.listdir(os.path.join(directory, HASHED, shard)):
                    if hashed.endswith(ENDING):
                        yield f"{HASHED}/{shard}/{hashed}"


def _name(document: Document) -> str:
    return document.name
