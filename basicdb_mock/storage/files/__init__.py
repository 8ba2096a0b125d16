"""The ``files:`` storage: one readable file per item, in directories that can be shared and put into git."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl

from basicdb_mock.storage.files.disk import DURABILITY, Disk
from basicdb_mock.storage.files.storage import FilesStorage

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
    directory, _, query = url.partition(":")[2].partition("?")
    if not directory:
        raise ValueError(f"the storage files: needs a directory, as in files:DIRECTORY; not {url!r}")
    durability = "full"
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "durability" or value not in DURABILITY:
            raise ValueError(f"unknown setting {name}={value} in {url!r}; there is: durability=full|normal|off")
        durability = value
    return os.path.expanduser(directory), Disk(durability)
