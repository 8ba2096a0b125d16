"""The ``sqlite:`` storage: one database file, for everything that must outlive its process."""

from __future__ import annotations

from basicdb_mock.storage.sqlite.place import FILE_NAME, place_of
from basicdb_mock.storage.sqlite.storage import SqliteStorage

__all__ = ["FILE_NAME", "SqliteStorage", "open_sqlite", "place_of"]
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
