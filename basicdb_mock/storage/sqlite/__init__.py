"""The ``sqlite:`` storage: one database file, for data that must outlive its process."""

from __future__ import annotations

from basicdb_mock.storage.sqlite.place import FILE_NAME, place_of
from basicdb_mock.storage.sqlite.storage import SqliteStorage

__all__ = ["FILE_NAME", "SqliteStorage", "open_sqlite", "place_of"]
def open_sqlite(url: str) -> SqliteStorage:
    """The storage of ``sqlite:PATH?durability=full|normal|off``.

    ``PATH`` is the database file, which is created if missing, or a directory for ``basicdb.sqlite3`` (an existing one,
    or a path that ends in ``/``).  ``durability`` determines what an acknowledged write survives: with ``full``
    (default) a loss of power; with ``normal`` the end of the process, but perhaps not a loss of power; ``off`` is the
    same, but a loss of power may damage the store.

    Raises :class:`ValueError` for an invalid URL, StorageError if the store cannot be opened, is damaged, or was
    written by a newer version; such a store is left as it is.
    """
    return SqliteStorage(place_of(url))
