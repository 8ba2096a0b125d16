"""The ``sqlite:`` storage: one database file, for everything that must outlive its process."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl

from basicdb_mock.storage.sqlite.connections import SYNCHRONOUS, Place
from basicdb_mock.storage.sqlite.storage import SqliteStorage

__all__ = ["SqliteStorage", "open_sqlite", "place_of"]

FILE_NAME = "basicdb.sqlite3"
"""The database's name in a directory."""


def open_sqlite(url: str) -> SqliteStorage:
    """The storage of ``sqlite:PATH?durability=full|normal|off``.

    ``PATH`` is the database file, which is created when it is not there, or a directory (one that exists, or a path
    that ends in ``/``) to keep ``basicdb.sqlite3`` in.  ``durability`` says when a write is acknowledged: ``full``
    (default) when it is on disk, ``normal`` when it survives the process but perhaps not a loss of power, ``off``
    likewise, and a loss of power may damage the store.

    Raises :class:`ValueError` for what is no such URL, StorageError when the store cannot be opened, is damaged, or is
    newer than this version; such a store is left as it is.
    """
    return SqliteStorage(place_of(url))


def place_of(url: str) -> Place:
    """What an URL of ``sqlite:`` names.  Raises :class:`ValueError`."""
    path, _, query = url.partition(":")[2].partition("?")
    if not path:
        raise ValueError(f"the storage sqlite: needs a path, as in sqlite:PATH; not {url!r}")
    durability = "full"
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "durability" or value not in SYNCHRONOUS:
            raise ValueError(f"unknown setting {name}={value} in {url!r}; there is: durability=full|normal|off")
        durability = value
    if path.endswith("/") or os.path.isdir(path):
        path = os.path.join(path, FILE_NAME)
    return Place(path, durability)
