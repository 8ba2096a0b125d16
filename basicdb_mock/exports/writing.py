"""The files of an export (source: DG/ListingExports, DG/TrackingExportStatus)::

    <folder>/_started                   empty, written first
    <folder>/data/dataFile_1_2.json     an array of items; the next are dataFile_3_4.json and so on
    <folder>/manifest-file.json         the data files with their checksums
    <folder>/manifest-summary.json      what was exported, written last

Text that XML cannot represent is an ordinary JSON string here, so nothing is lost (docs/assumptions.md).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5
from itertools import chain, count
from typing import IO, NamedTuple

from basicdb_mock.exports.export import MANIFEST_VERSION, Export, iso_time
from basicdb_mock.exports.targets import Target
from basicdb_mock.model import Item

_FILES_OF_AN_ATTEMPT = 1_000_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class DataFile(NamedTuple):
    """A data file as listed in the manifest."""

    key: str
    checksum: str
    items: int


def write_export(export: Export, items: Iterator[tuple[str, Item]], target: Target, file_bytes: int) -> int:
    """Write all files; a data file ends with the item that brings it to ``file_bytes``.  Returns the number of items.

    Only one item at a time is in memory.  Each attempt of an export numbers its data files differently, so that files
    of an earlier attempt are not mistaken for its own.  Raises the SimpleDBError that the export fails with.
    """
    _write(target, f"{export.folder}/_started", b"")
    files: list[DataFile] = []
    for number in count(1 + max(0, export.attempts - 1) * _FILES_OF_AN_ATTEMPT, 2):
        first = next(items, None)
        if first is None:
            break
        key = f"{export.folder}/data/dataFile_{number}_{number + 1}.json"
        with target.writing(key) as file:
            files.append(_write_items(key, file, chain([first], items), file_bytes))
    total = sum(file.items for file in files)
    manifest = [
        {"md5Checksum": file.checksum, "dataFileS3Key": file.key, "dataFileItemCount": file.items} for file in files
    ]
    _write(target, f"{export.folder}/manifest-file.json", _encode(manifest).encode())
    _write(target, export.manifest, _encode(_summary(export, total)).encode())
    return total


def _write(target: Target, key: str, content: bytes) -> None:
    with target.writing(key) as file:
        file.write(content)


def _write_items(key: str, file: IO[bytes], items: Iterator[tuple[str, Item]], file_bytes: int) -> DataFile:
    """Fill a data file: an array with one item per line."""
    checksum = md5(usedforsecurity=False)
    size = number = 0
    for name, item in items:
        line = ("[\n" if number == 0 else ",\n") + _encode(item_object(name, item))
        octets = line.encode()
        file.write(octets)
        checksum.update(octets)
        size += len(octets)
        number += 1
        if size >= file_bytes:
            break
    file.write(b"\n]\n")
    checksum.update(b"\n]\n")
    return DataFile(key, b64encode(checksum.digest()).decode(), number)


def item_object(name: str, item: Item) -> dict[str, object]:
    """An item as written to a data file."""
    return {
        "itemName": name,
        "attributes": [
            {"name": attribute, "values": [values] if isinstance(values, str) else list(values)}
            for attribute, values in item.items()
        ],
    }


def _summary(export: Export, items: int) -> dict[str, object]:
    order = export.order
    return {
        "version": MANIFEST_VERSION,
        "exportArn": export.arn,
        "requestedAt": iso_time(export.requested_at),
        "s3BucketName": order.bucket,
        "s3ExportPrefix": export.folder,
        "domainName": order.domain,
        "itemsCount": items,
        "exportDataCutoffTime": iso_time(export.cutoff or export.requested_at),
        "s3SseAlgorithm": order.encryption,
        "s3SseKmsKeyId": order.key_id,
        "s3BucketOwner": order.bucket_owner,
    }
