"""Where the files of an export go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import quote

from basicdb_mock import errors


class Target(Protocol):
    """A place that keeps files by key.  Every call may raise the SimpleDBError that an export fails with."""

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        """A file to write; it is there, whole, when the context ends well."""


class DirectoryTarget:
    """Files below ``<directory>/<bucket>/``, the parts of a key as directories; buckets are made as they are needed.

    What a file's name cannot be, such as ``..``, is percent-encoded: no key leads out of the directory.
    """

    def __init__(self, directory: Path, bucket: str) -> None:
        self._bucket = directory / file_name(bucket)

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        path = self._bucket.joinpath(*map(file_name, key.split("/")))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                yield file
        except PermissionError as problem:
            raise errors.S3_ACCESS_DENIED() from problem


def file_name(part: str) -> str:
    """The name of the file or directory for one part of a key."""
    if part in ("", ".", ".."):
        return part.replace(".", "%2E") or "%"
    return quote(part, safe=" !$&'()+,;=@~")
