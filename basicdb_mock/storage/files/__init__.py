"""The ``files:`` storage: one readable file per item, in a directory that you can share or put into git."""

from __future__ import annotations

from basicdb_mock.storage.files.disk import Disk
from basicdb_mock.storage.files.storage import FilesStorage
from basicdb_mock.storage.place import place_and_durability

__all__ = ["FilesStorage", "open_files", "place_of"]


def open_files(url: str) -> FilesStorage:
    """The storage of ``files:DIRECTORY?durability=full|normal|off``.

    The directory is created if missing; one with other contents is refused.  ``durability`` determines when a write is
    acknowledged: with ``full`` (default) when it is on disk; with ``normal`` when the contents of files are on disk,
    though a loss of power may still lose directory entries; with ``off`` when other processes see it.

    Raises :class:`ValueError` for an invalid URL, StorageError if the store cannot be opened or was written by a newer
    version; such a store is left as it is.
    """
    return FilesStorage(*place_of(url))


def place_of(url: str) -> tuple[str, Disk]:
    """The directory and durability in a ``files:`` URL.  Raises :class:`ValueError`."""
    directory, durability = place_and_durability(url, "directory")
    return directory, Disk(durability)
