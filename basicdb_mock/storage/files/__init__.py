"""The ``files:`` storage: one readable file per item, in directories that can be shared and put into git."""

from __future__ import annotations

from basicdb_mock.storage.files.disk import Disk
from basicdb_mock.storage.files.storage import FilesStorage
from basicdb_mock.storage.place import place_and_durability

__all__ = ["FilesStorage", "open_files", "place_of"]


def open_files(url: str) -> FilesStorage:
    """The storage of ``files:DIRECTORY?durability=full|normal|off``.

    The directory is created when it is not there; one that holds anything else is refused.  ``durability`` says when a
    write is acknowledged: ``full`` (default) when it is on disk, ``normal`` when its contents are but the directory may
    still forget it at a loss of power, ``off`` when other processes see it.

    Raises :class:`ValueError` for what is no such URL, StorageError when the store cannot be opened or is newer than
    this version; such a store is left as it is.
    """
    return FilesStorage(*place_of(url))


def place_of(url: str) -> tuple[str, Disk]:
    """What an URL of ``files:`` names.  Raises :class:`ValueError`."""
    directory, durability = place_and_durability(url, "directory")
    return directory, Disk(durability)
