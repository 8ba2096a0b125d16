"""Checking a store without touching it: is it sound, and if not, what is wrong and where?"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from basicdb_mock.storage.contract import StorageError

PROBLEMS_TOLD = 100
"""How many problems a report names at most."""


@dataclass
class Report:
    """What checking found; ``notes`` are no problems, only worth knowing."""

    place: str
    domains: int = 0
    items: int = 0
    pairs: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems

    def problem(self, text: str) -> None:
        if len(self.problems) < PROBLEMS_TOLD:
            self.problems.append(text)
        elif len(self.problems) == PROBLEMS_TOLD:
            self.problems.append("and more")

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.domains} domains, {self.items} items, {self.pairs} name-value pairs"]
        lines += [f"  note: {note}" for note in self.notes]
        lines += [f"  problem: {problem}" for problem in self.problems]
        lines.append("  it is sound" if self.sound else f"  it is NOT sound: {len(self.problems)} problems")
        return "\n".join(lines)


def check(url: str) -> Report:
    """Check the store of a URL ``sqlite:PATH`` or ``files:DIRECTORY``, or what is in a directory; only reads it.

    Raises :class:`ValueError` for another URL, StorageError when there is no store or it cannot be read at all.
    """
    from basicdb_mock.storage.files import checking as files
    from basicdb_mock.storage.sqlite import checking as sqlite

    scheme, colon, _ = url.partition(":")
    if colon and scheme == "sqlite":
        return sqlite.check(url)
    if colon and scheme == "files":
        return files.check(url)
    if os.path.isfile(os.path.join(url, files.MARKER)):
        return files.check(f"files:{url}")
    if os.path.isfile(os.path.join(url, sqlite.FILE_NAME)) or os.path.isfile(url):
        return sqlite.check(f"sqlite:{url}")
    if os.path.exists(url):
        raise StorageError(f"{url}: there is no store of basicdb-mock in it")
    raise ValueError(f"a store to check is sqlite:PATH, files:DIRECTORY, or a directory; not {url!r}")
