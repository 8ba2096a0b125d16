"""Batches: first all files are written, then a journal commits them, then they are put in place.

The journal appears by one rename, after everything it lists is on disk; that is the commit.  From then on the write has
happened, also for readers, who look into the journal.  Any writer that finds a journal completes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress

from basicdb_mock.storage.files.disk import Disk, read
from basicdb_mock.storage.files.documents import broken, parse, written

JOURNAL = "@journal.json"
NEW = "@new"
"""The subdirectory of a domain for files that are not yet in place."""


def read_journal(directory: str) -> dict[str, str | None] | None:
    """The files that a committed batch changes: maps paths to the names of new files, or to ``None`` for removal.

    Raises StorageError for a broken journal, which no crash leaves behind.
    """
    path = os.path.join(directory, JOURNAL)
    content = read(path)
    if content is None:
        return None
    files = parse(path, content).get("files")
    if not isinstance(files, dict) or not all(value is None or isinstance(value, str) for value in files.values()):
        raise broken(path, "it must tell the files of a batch")
    return files


def overlay(directory: str, path: str) -> bytes | None:
    """The content of an item's file for readers, which hold no lock."""
    files = read_journal(directory)
    if files and path in files:
        beside = files[path]
        if beside is None:
            return None
        content = read(os.path.join(directory, NEW, beside))
        if content is not None:
            return content  # committed, but not yet put in place
    return read(os.path.join(directory, path))


def commit(disk: Disk, directory: str, contents: Mapping[str, bytes | None]) -> None:
    """Write all new files, then the journal.  Raises OSError, having changed nothing."""
    new = os.path.join(directory, NEW)
    files: dict[str, str | None] = {}
    journal = os.path.join(directory, JOURNAL)
    try:
        for path, content in contents.items():
            files[path] = None if content is None else os.path.basename(disk.write_beside(new, content))
        beside = disk.write_beside(new, written({"files": files}))
        disk.sync_directory(new)
        disk.replace(beside, journal)
        disk.sync_directory(directory)
    except BaseException:
        disk.remove(journal)
        clear_litter(disk, directory)
        raise


def complete(disk: Disk, directory: str) -> bool:
    """Put the files of a committed batch in place and remove its journal; returns whether there was one."""
    files = read_journal(directory)
    if files is None:
        return False
    new = os.path.join(directory, NEW)
    for path, beside in files.items():
        target = os.path.join(directory, path)
        if beside is None:
            disk.remove(target)
        else:
            with suppress(FileNotFoundError):  # it is in place already
                disk.replace(os.path.join(new, beside), target)
    sync_places(disk, directory, files)
    disk.remove(os.path.join(directory, JOURNAL))
    return True


def sync_places(disk: Disk, directory: str, paths: Iterable[str]) -> None:
    """Sync the directories that files were put into, and the domain's own, from which a journal may have gone."""
    for place in {os.path.dirname(os.path.join(directory, path)) for path in paths} | {directory}:
        disk.sync_directory(place)


def clear_litter(disk: Disk, directory: str) -> None:
    """Remove new files that were never put in place; requires the domain's lock, and that there is no journal."""
    new = os.path.join(directory, NEW)
    with suppress(OSError):
        for name in os.listdir(new):
            disk.remove(os.path.join(new, name))
