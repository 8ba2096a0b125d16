"""Batches: all of their files are written first, then one journal says that they count, then they are put in place.

The journal is the moment of the commit: it comes by one rename, after all it speaks of is on disk.  From then on the
write has happened, for readers too, who look into the journal; whoever finds one completes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress

from basicdb_mock.storage.files.disk import Disk, read
from basicdb_mock.storage.files.documents import broken, parse, written

JOURNAL = "@journal.json"
NEW = "@new"
"""The directory, in a domain's, of files that are not yet what they will be."""


def read_journal(directory: str) -> dict[str, str | None] | None:
    """Which files a committed batch changes: path to its new file's name, or ``None`` where it removes.

    Raises StorageError for a journal that is broken, which no crash leaves behind.
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
    """The content of an item's file as it is for readers, who hold no lock."""
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
    """Write all files beside, then the journal.  Raises OSError, having changed nothing."""
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
    """Put the files of a committed batch in place and end its journal; tells whether there was one."""
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
    """Sync the directories that files were put into, and the domain's own, in which a journal may have ended."""
    for place in {os.path.dirname(os.path.join(directory, path)) for path in paths} | {directory}:
        disk.sync_directory(place)


def clear_litter(disk: Disk, directory: str) -> None:
    """Remove what was written beside and never put in place; only with the domain's lock, and with no journal."""
    new = os.path.join(directory, NEW)
    with suppress(OSError):
        for name in os.listdir(new):
            disk.remove(os.path.join(new, name))
