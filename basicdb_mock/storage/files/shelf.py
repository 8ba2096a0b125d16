"""What a process remembers of a domain's files, so that it reads again only those that changed."""

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
"""Seconds after which a file that looks unchanged is unchanged: clocks of file systems are coarse."""


class _Known(NamedTuple):
    """A file as it was read: how it looked, whether it had settled, and what it holds or what is wrong with it."""

    look: tuple[int, int, int, int]
    settled: bool
    document: Document | None
    problem: StorageError | None


class Shelf:
    """The items of a domain's directory as they were when last looked at."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.tally = Tally()
        self._known: dict[str, _Known] = {}

    def look(self) -> None:
        """Read what is new or was changed, by us, by other processes or by hand."""
        now = time.time()
        seen: set[str] = set()
        for path, entry in _files(self.directory):
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue  # a hand removed it this moment
            seen.add(path)
            look = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            known = self._known.get(path)
            if known is None or known.look != look or not known.settled:
                recent = max(status.st_mtime, status.st_ctime)
                self._keep(path, self._read(path, look, settled=recent < now - SETTLED))
        for path in self._known.keys() - seen:
            self._keep(path, None)

    def rows(self, last: int) -> list[tuple[int, str, Item]]:
        """Every sound item as (entity, name, item) in order of creation.

        Files that a person wrote without a number, or copied with it, come after all others, by name; ``last`` is the
        last number that was given.
        """
        taken: dict[int, Document] = {}
        without: list[Document] = []
        for document in sorted(self.documents(), key=lambda document: document.name):
            if document.entity is None or document.entity in taken:
                without.append(document)
            else:
                taken[document.entity] = document
        rows = [(entity, document.name, document.item) for entity, document in sorted(taken.items())]
        last = max([last, *taken])
        rows += [(last + number, document.name, document.item) for number, document in enumerate(without, 1)]
        return rows

    def unnumbered(self, last: int) -> list[tuple[int, str, Item]]:
        """The rows whose number is not the one in their file."""
        numbers = {document.name: document.entity for document in self.documents()}
        return [row for row in self.rows(last) if numbers[row[1]] != row[0]]

    def documents(self) -> Iterator[Document]:
        return (known.document for known in self._known.values() if known.document is not None)

    def problems(self) -> list[StorageError]:
        """What is wrong with files that are broken."""
        return [known.problem for _, known in sorted(self._known.items()) if known.problem is not None]

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
        before = self._known.pop(path, None)
        if known is not None:
            self._known[path] = known
        for one, gone in ((before, True), (known, False)):
            if one is not None and one.document is not None:
                name, _, item = one.document
                self.tally.replace([(name, item if gone else None, None if gone else item)])


def _files(directory: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The files of items, with their path in the domain's directory."""
    with os.scandir(directory) as entries:
        found = list(entries)
    for entry in found:
        if entry.name == HASHED:
            with os.scandir(entry.path) as shards:
                for shard in list(shards):
                    with os.scandir(shard.path) as hashed:
                        for one in list(hashed):
                            if one.name.endswith(ENDING):
                                yield f"{HASHED}/{shard.name}/{one.name}", one
        elif entry.name.endswith(ENDING) and not entry.name.startswith("@"):
            yield entry.name, entry
