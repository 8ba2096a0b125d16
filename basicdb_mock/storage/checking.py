"""Checking a store without touching it: is it sound, and if not, what is wrong and where?"""

from __future__ import annotations

import os

from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files import checking as files
from basicdb_mock.storage.report import Report
from basicdb_mock.storage.sqlite import checking as sqlite


def check(url: str) -> Report:
    """Check the store of a URL ``sqlite:PATH`` or ``files:DIRECTORY``, or what is in a directory; only reads it.

    Raises :class:`ValueError` for another URL, StorageError when there is no store or it cannot be read at all.
    """
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
