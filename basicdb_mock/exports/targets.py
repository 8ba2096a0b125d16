"""Where an export writes its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import quote

from basicdb_mock import errors
from basicdb_mock.exports.export import Export, Order

_LONGEST_NAME = 143
"""The longest file name in bytes, as allowed by encrypting file systems."""
_LONGEST_PREFIX = 400
"""The longest prefix as directories in bytes; some systems allow 1,024 for a whole path."""


class Target(Protocol):
    """A place that stores files by key.  Every call may raise the SimpleDBError that the export fails with."""

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        """A file to write to, which appears, complete, when the context exits without an exception."""


class DirectoryTarget:
    """Files below ``<directory>/<bucket>/``, with a directory for each part of a key; buckets are created as needed.

    Parts that are not valid file names, such as ``..``, are percent-encoded, so no key leads out of the directory.  A
    file only appears once it is complete.
    """

    def __init__(self, directory: Path, order: Order) -> None:
        self._root = root_of(directory, order)
        self._passed = 0 if order.prefix is None else len(order.prefix) + 1

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        path = self._root.joinpath(*map(file_name, key[self._passed :].split("/")))
        beside = path.with_name(f".{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("wb") as file:
                    yield file
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
        except PermissionError as problem:
            raise errors.S3_ACCESS_DENIED() from problem


def root_of(directory: Path, order: Order) -> Path:
    """The directory for an export's keys, which stands for their prefix.

    A prefix that is too long for a file system, in one part or as a whole, becomes one directory named by its SHA-256;
    ``manifest-summary.json`` still has the prefix itself.
    """
    bucket = directory / file_name(order.bucket)
    if order.prefix is None:
        return bucket
    parts = [file_name(part) for part in order.prefix.split("/")]
    if max(map(len, parts)) <= _LONGEST_NAME and sum(map(len, parts)) + len(parts) <= _LONGEST_PREFIX:
        return bucket.joinpath(*parts)
    return bucket / f"%~{sha256(order.prefix.encode()).hexdigest()}"  # no encoded part starts with this


def folder_of(directory: Path, export: Export) -> Path:
    """The directory of an export's files."""
    passed = 0 if export.order.prefix is None else len(export.order.prefix) + 1
    return root_of(directory, export.order).joinpath(*map(file_name, export.folder[passed:].split("/")))


def file_name(part: str) -> str:
    """The file or directory name for one part of a key."""
    if part in ("", ".", ".."):
        return part.replace(".", "%2E") or "%"
    return quote(part, safe=" !$&'()+,;=@~")
