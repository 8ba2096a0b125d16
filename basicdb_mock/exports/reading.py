"""Reading an export, one of ours or of the service's, from a directory or from S3.

A data file is read through a window, so that a million items take the memory of a few.  Each file is checked against
the manifest before its first item is yielded.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from basicdb_mock.exports.s3 import AWS_S3, make_client
from basicdb_mock.model import Item, Values
from basicdb_mock.regions import US_EAST_1

SUMMARY = "manifest-summary.json"
_WINDOW = 256 * 1024
_DATA_FILE = re.compile(r"data/[^/\\]+")
_BETWEEN = re.compile(r"[\s,]*")

Open = Callable[[str], AbstractContextManager[IO[bytes]]]
"""Opens a file of the export by its name relative to the export's folder."""


@dataclass(frozen=True, slots=True)
class ExportedDomain:
    """An export to read.  Iterating yields ``(item name, item)``; you can iterate more than once.

    Iterating raises :class:`ValueError` if a file does not match the manifest or is not a data file.
    """

    source: str
    domain: str
    items_count: int
    _open: Open

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        with self._open("manifest-file.json") as file:
            manifest = _json(file.read(), f"{self.source}/manifest-file.json")
        if not isinstance(manifest, list):
            raise ValueError(f"{self.source}/manifest-file.json is not a list of data files")
        number = 0
        for entry in manifest:
            for found in self._items(entry):
                number += 1
                yield found
        if number != self.items_count:
            raise ValueError(f"{self.source} holds {number} items, but its summary says {self.items_count}")

    def _items(self, entry: Any) -> Iterator[tuple[str, Item]]:
        key = entry.get("dataFileS3Key") if isinstance(entry, dict) else None
        name = "/".join(str(key).split("/")[-2:])
        if not _DATA_FILE.fullmatch(name) or "md5Checksum" not in entry:
            raise ValueError(f"{self.source}/manifest-file.json has an entry that is not a data file: {entry!r:.200}")
        place = f"{self.source}/{name}"
        with self._open(name) as file:
            _check(file, entry["md5Checksum"], place)
            number = 0
            for found in read_items(file, place):
                number += 1
                yield found
        if number != entry.get("dataFileItemCount", number):
            raise ValueError(f"{place} holds {number} items, but the manifest says {entry['dataFileItemCount']}")


def read_export(source: str | Path, *, s3_endpoint: str = AWS_S3, region: str = US_EAST_1) -> ExportedDomain:
    """The export at ``source``: a directory, or ``s3://bucket/prefix`` in the S3 at ``s3_endpoint``.

    ``source`` is the folder with the ``manifest-summary.json``, or any folder above it that contains only one export.
    Raises :class:`ValueError` if there is no export, if there are several, or if it is broken; :class:`OSError` for
    files, and whatever boto3 raises for S3.
    """
    text = str(source)
    if text.startswith("s3://"):
        bucket, _, prefix = text[len("s3://") :].partition("/")
        return _from_s3(make_client(s3_endpoint, region), bucket, prefix.strip("/"))
    return _from_directory(Path(source))


# -- where files come from ---------------------------------------------------------------------------------------------


def _from_directory(directory: Path) -> ExportedDomain:
    if not directory.is_dir():
        raise ValueError(f"{directory} is not a directory")
    found = [directory / SUMMARY] if (directory / SUMMARY).is_file() else sorted(directory.rglob(SUMMARY))
    folder = _only([str(path) for path in found], str(directory))[: -len(SUMMARY)]

    def opened(name: str) -> AbstractContextManager[IO[bytes]]:
        try:
            return Path(folder, name).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            raise ValueError(f"{Path(folder, name)} belongs to the export, but does not exist") from None

    return _described(folder.rstrip("/\\"), opened)


def _from_s3(client: Any, bucket: str, prefix: str) -> ExportedDomain:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/" if prefix else "")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    found = [key for key in keys if key.endswith(f"/{SUMMARY}")]
    folder = _only(found, f"s3://{bucket}/{prefix}")[: -len(SUMMARY)]

    @contextmanager
    def opened(name: str) -> Iterator[IO[bytes]]:
        with TemporaryFile() as file:
            client.download_fileobj(bucket, folder + name, file)
            file.seek(0)
            yield file

    return _described(f"s3://{bucket}/{folder.rstrip('/')}", opened)


def _only(found: list[str], source: str) -> str:
    if len(found) != 1:
        shown = f"several exports: {', '.join(found[:10])}" if found else f"no finished export: there is no {SUMMARY}"
        raise ValueError(f"{source} holds {shown}")
    return found[0]


def _described(source: str, opened: Open) -> ExportedDomain:
    place = f"{source}/{SUMMARY}"
    with opened(SUMMARY) as file:
        summary = _json(file.read(), place)
    domain = summary.get("domainName") if isinstance(summary, dict) else None
    number = summary.get("itemsCount", summary.get("totalItemCount")) if isinstance(summary, dict) else None
    if not isinstance(domain, str) or not isinstance(number, int):
        raise ValueError(f"{place} does not have domainName and itemsCount")
    return ExportedDomain(source, domain, number, opened)


# -- what is in them ---------------------------------------------------------------------------------------------------


def _json(octets: bytes, place: str) -> Any:
    try:
        return json.loads(octets)
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"{place} is not JSON: {problem}") from None


def _check(file: IO[bytes], checksum: str, place: str) -> None:
    digest = md5(usedforsecurity=False)
    while octets := file.read(_WINDOW):
        digest.update(octets)
    if b64encode(digest.digest()).decode() != checksum:
        raise ValueError(f"{place} is not what was exported: its MD5 differs from the manifest's")
    file.seek(0)


def read_items(file: IO[bytes], place: str) -> Iterator[tuple[str, Item]]:
    """The items of a data file, however its JSON is formatted.

    Raises :class:`ValueError` naming ``place``, and the line where an element that is not an item begins.
    """
    window = _Window(file, place)
    window.begin()
    while not window.at_end():
        told = window.element()
        found = _item(told)
        if found is None:
            raise ValueError(f"{place}, line {window.line}: an element that is not an item: {told!r:.200}")
        yield found


def _item(told: Any) -> tuple[str, Item] | None:
    try:
        name = told["itemName"]
        item = {attribute["name"]: _values(attribute["values"]) for attribute in told["attributes"]}
    except (TypeError, KeyError, ValueError):
        return None
    return (name, item) if item and all(isinstance(text, str) for text in (name, *item)) else None


def _values(told: Any) -> Values:
    values = tuple(dict.fromkeys(told))
    if isinstance(told, str) or not values or not all(isinstance(value, str) for value in values):
        raise ValueError
    return values if len(values) > 1 else values[0]


class _Window:
    """The part of a file's JSON array that is in memory."""

    def __init__(self, file: IO[bytes], place: str) -> None:
        self._file = file
        self._place = place
        self._text = ""
        self._at = self._began = 0
        self._lines_before = 0
        self._utf8 = getincrementaldecoder("utf-8-sig")()
        self._decode = json.JSONDecoder().raw_decode

    def begin(self) -> None:
        if self._next() != "[":
            raise ValueError(f"{self._place} is not an array of items")
        self._at += 1

    def at_end(self) -> bool:
        return self._next() == "]"

    def element(self) -> Any:
        while (found := self._complete()) is None:
            if not self._fill():
                raise ValueError(f"{self._place} is not an array of items: it is broken, or ends too early")
        self._began = self._at
        element, self._at = found
        return element

    @property
    def line(self) -> int:
        """The line where the last element began, counted from 1."""
        return self._lines_before + self._text.count("\n", 0, self._began) + 1

    def _complete(self) -> tuple[Any, int] | None:
        """The next element and where it ends, or ``None`` if it is not completely in memory."""
        try:
            return self._decode(self._text, self._at)
        except ValueError:
            return None
        except RecursionError:
            raise ValueError(f"{self._place} is not an array of items: nested too deep") from None

    def _next(self) -> str:
        """The next character that is not whitespace, ``""`` at the end of the file."""
        while True:
            between = _BETWEEN.match(self._text, self._at)
            self._at = between.end() if between else self._at
            if self._at < len(self._text) or not self._fill():
                return self._text[self._at : self._at + 1]

    def _fill(self) -> bool:
        """Read on, dropping what has been yielded; returns whether there was more."""
        octets = self._file.read(_WINDOW)
        try:
            text = self._utf8.decode(octets, final=not octets)
        except UnicodeDecodeError as problem:
            raise ValueError(f"{self._place} is not UTF-8: {problem}") from None
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + text, 0
        return bool(octets)
