"""The place of a store, as given by a ``sqlite:`` URL."""

from __future__ import annotations

import os
from dataclasses import dataclass

from basicdb_mock.storage.place import place_and_durability

FILE_NAME = "basicdb.sqlite3"
"""The database's file name in a directory."""


@dataclass(frozen=True, slots=True)
class Place:
    """The database file, and how durable writes to it are."""

    path: str
    durability: str = "full"


def place_of(url: str) -> Place:
    """The place in a ``sqlite:`` URL.  Raises :class:`ValueError`."""
    path, durability = place_and_durability(url, "path")
    if path == ":memory:":
        raise ValueError("the storage sqlite: needs a file; to keep nothing, use memory:")
    if path.endswith("/") or os.path.isdir(path):
        path = os.path.join(path, FILE_NAME)
    return Place(path, durability)
