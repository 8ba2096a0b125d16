"""Checking a store without changing it: whether it is sound, and if not, what is wrong and where."""

from __future__ import annotations

import os

from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files import checking as files
from basicdb_mock.storage.report import Report
from basicdb_mock.storage.sqlite import checking as sqlite


def check(url: str) -> Report:
    """Check the store at ``sqlite:PATH``, ``files:DIRECTORY``, or in a directory, without writing to it.

    Raises :class:`ValueError` for any other URL, StorageError if there is no store or it cannot be read at all.
    """
    scheme, colon, _ = url.partition(":")
    if colon and scheme == "sqlite":
        return sqlite.check(url)
    if colon and scheme == "files":
        return files.check(url)
    if not os.path.exists(url):
        raise ValueError(f"a store to check is sqlite:PATH, files:DIRECTORY, or a directory; not {url!r}")
    found = store_at(url)
    return files.check(found) if found.startswith("files:") else sqlite.check(found)


def store_at(path: str) -> str:
    """The URL of the store at a path: a database file, or a directory that contains a store.

    Raises StorageError if there is none, :class:`OSError` if the directory cannot be read.
    """
    if not os.path.exists(path):
        raise StorageError(f"{path}: there is no such file or directory")
    names = os.listdir(path) if os.path.isdir(path) else [sqlite.FILE_NAME]
    if files.MARKER in names:
        return f"files:{path}"
    if sqlite.FILE_NAME in names:
        return f"sqlite:{path}"
    raise StorageError(f"{path}: there is no store of basicdb-mock in it")
