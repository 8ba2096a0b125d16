"""The files of an export: where they are, what is in them, when they are written."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import md5
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from basicdb_mock import SimpleDB
from basicdb_mock.exports import read_export
from basicdb_mock.exports.export import Export, Order
from basicdb_mock.exports.targets import DirectoryTarget, file_name
from basicdb_mock.exports.writing import write_export
from basicdb_mock.model import Item
from tests.exports.asking import ACCOUNT, BOOKS, START, TENANT, Asker, files_in

ID = "3eb4eaed-872b-4e08-b4b6-ff6999a83e01"
EXPORT = Export(1, ID, TENANT, Order("books", "a-bucket"), "token", requested_at=START, cutoff=START + 1)
FOLDER = f"AWSSimpleDB/{ID}/books"


class Shelf:
    """A target that remembers files in the order they were finished."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        file = BytesIO()
        yield file
        self.files[key] = file.getvalue()


def written(items: list[tuple[str, Item]], file_bytes: int = 10**9, export: Export = EXPORT) -> dict[str, bytes]:
    shelf = Shelf()
    assert write_export(export, iter(items), shelf, file_bytes) == len(items)
    return shelf.files


def test_the_files_are_written_in_the_documented_order() -> None:
    assert list(written([("i", {"a": "b"})])) == [
        f"{FOLDER}/_started", f"{FOLDER}/data/dataFile_1_2.json", f"{FOLDER}/manifest-file.json",
        f"{FOLDER}/manifest-summary.json",
    ]


def test_the_first_file_is_empty() -> None:
    assert written([])[f"{FOLDER}/_started"] == b""


def test_a_data_file_is_an_array_of_items() -> None:
    items: list[tuple[str, Item]] = [
        ("employee1", {"first_name": "John", "reportees": ("Jade", "Judith")}), ("é\x00\"\\", {"": ""}),
    ]
    content = written(items)[f"{FOLDER}/data/dataFile_1_2.json"]
    assert json.loads(content) == [
        {
            "itemName": "employee1",
            "attributes": [
                {"name": "first_name", "values": ["John"]}, {"name": "reportees", "values": ["Jade", "Judith"]},
            ],
        },
        {"itemName": "é\x00\"\\", "attributes": [{"name": "", "values": [""]}]},
    ]
    assert "é".encode() in content
    assert len(content.splitlines()) == len(items) + 2


def test_data_files_are_split_at_a_size() -> None:
    items: list[tuple[str, Item]] = [(f"i{number}", {"a": "x" * 60}) for number in range(5)]
    files = written(items, file_bytes=200)
    data = {key: json.loads(content) for key, content in files.items() if "/data/" in key}
    assert list(data) == [f"{FOLDER}/data/dataFile_{part}.json" for part in ("1_2", "3_4", "5_6")]
    assert [len(part) for part in data.values()] == [2, 2, 1]
    assert [item["itemName"] for part in data.values() for item in part] == [name for name, _ in items]
    assert len(written(items, file_bytes=1)) == 5 + 3


def test_the_manifest_has_the_checksum_and_number_of_each_file() -> None:
    files = written([(f"i{number}", {"a": "x" * 60}) for number in range(3)], file_bytes=200)
    assert json.loads(files[f"{FOLDER}/manifest-file.json"]) == [
        {
            "md5Checksum": b64encode(md5(files[key], usedforsecurity=False).digest()).decode(),
            "dataFileS3Key": key,
            "dataFileItemCount": number,
        }
        for key, number in ((f"{FOLDER}/data/dataFile_1_2.json", 2), (f"{FOLDER}/data/dataFile_3_4.json", 1))
    ]


def test_the_summary_tells_what_was_exported() -> None:
    summary = json.loads(written([("i", {"a": "b"})])[f"{FOLDER}/manifest-summary.json"])
    assert summary == {
        "version": "2025-11-01",
        "exportArn": f"arn:aws:sdb:us-east-1:{ACCOUNT}:domain/books/export/{EXPORT.id}",
        "requestedAt": "2026-02-02T02:40:00.250Z",
        "s3BucketName": "a-bucket",
        "s3ExportPrefix": FOLDER,
        "domainName": "books",
        "itemsCount": 1,
        "exportDataCutoffTime": "2026-02-02T02:40:01.250Z",
        "s3SseAlgorithm": None,
        "s3SseKmsKeyId": None,
        "s3BucketOwner": None,
    }
    assert next(iter(summary)) == "version"


def test_a_prefix_stands_before_every_key() -> None:
    export = replace(EXPORT, order=Order("books", "a-bucket", "pre/fix", "KMS", "key-1", "111122223333"))
    files = written([("i", {"a": "b"})], export=export)
    assert all(key.startswith(f"pre/fix/{FOLDER}/") for key in files)
    summary = json.loads(files[f"pre/fix/{FOLDER}/manifest-summary.json"])
    assert summary["s3ExportPrefix"] == f"pre/fix/{FOLDER}"
    assert [summary[name] for name in ("s3SseAlgorithm", "s3SseKmsKeyId", "s3BucketOwner")] == [
        "KMS", "key-1", "111122223333"]
    (entry,) = json.loads(files[f"pre/fix/{FOLDER}/manifest-file.json"])
    assert entry["dataFileS3Key"] == f"pre/fix/{FOLDER}/data/dataFile_1_2.json"


def test_an_empty_domain_has_no_data_file() -> None:
    files = written([])
    assert json.loads(files[f"{FOLDER}/manifest-file.json"]) == []
    assert json.loads(files[f"{FOLDER}/manifest-summary.json"])["itemsCount"] == 0


def test_items_are_written_one_at_a_time() -> None:
    shelf = Shelf()
    given: list[str] = []

    def items() -> Iterator[tuple[str, Item]]:
        for number in range(3):
            given.append(f"i{number}")
            yield f"i{number}", {"a": "b"}
            assert len(shelf.files) == 2 + number  # each file ends before the next item is asked for

    write_export(EXPORT, items(), shelf, file_bytes=1)
    assert given == ["i0", "i1", "i2"]


# -- in a directory ----------------------------------------------------------------------------------------------------


def test_a_directory_has_a_folder_for_each_bucket(asker: Asker, tmp_path: Path) -> None:
    export = asker.start(s3KeyPrefix="pre/fix")[-36:]
    folder = f"a-bucket/pre/fix/AWSSimpleDB/{export}/books"
    assert list(files_in(tmp_path)) == [
        f"{folder}/_started", f"{folder}/data/dataFile_1_2.json", f"{folder}/manifest-file.json",
        f"{folder}/manifest-summary.json",
    ]


@pytest.mark.parametrize("prefix", ["../../..", "/", "//x//", ".", "a/../../b", "nul\x00", "C:\\x", "%2E%2E", "x/"])
def test_no_prefix_leads_out_of_the_directory(asker: Asker, tmp_path: Path, prefix: str) -> None:
    asker.set(directory=tmp_path / "exports")
    arn = asker.start(s3KeyPrefix=prefix)
    assert asker.status(arn) == "SUCCEEDED"
    assert [path.name for path in tmp_path.iterdir()] == ["exports"]
    assert len(files_in(tmp_path / "exports" / "a-bucket")) == 4


@pytest.mark.parametrize(
    "prefix", ["x" * 850, "é" * 850, "\U0001f600" * 850, "\U0001f600/" * 425, "\x00/" * 425, f"a/{'%' * 100}/b"]
)
def test_a_prefix_too_long_for_a_file_system_is_exported_and_read_back(
    asker: Asker, tmp_path: Path, prefix: str
) -> None:
    told = asker.get(asker.start(s3KeyPrefix=prefix))
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 2)
    assert all(len(part.encode()) <= 143 for name in files_in(tmp_path) for part in name.split("/"))
    (summary,) = tmp_path.rglob("manifest-summary.json")
    assert json.loads(summary.read_bytes())["s3ExportPrefix"].startswith(f"{prefix}/AWSSimpleDB/")
    assert dict(read_export(tmp_path / "a-bucket")) == BOOKS
    seeded = SimpleDB()
    seeded.seed(tmp_path)
    assert seeded.contents()["books"]["B00005JPLW"] == {"Title": "300"}


def test_a_long_prefix_shares_a_directory_with_no_other(asker: Asker, tmp_path: Path) -> None:
    for prefix in ("x" * 144, "x" * 145, "y" * 144):
        asker.start(s3KeyPrefix=prefix)
    assert len(list((tmp_path / "a-bucket").iterdir())) == 3


def test_the_longest_name_of_a_domain_is_exported(asker: Asker, tmp_path: Path) -> None:
    asker.fill("d" * 255)
    assert asker.status(asker.start("d" * 255)) == "SUCCEEDED"
    assert read_export(tmp_path).domain == "d" * 255


def test_another_attempt_numbers_its_data_files_anew() -> None:
    files = written([("i", {"a": "b"}), ("j", {"a": "b"})], file_bytes=1, export=replace(EXPORT, attempts=2))
    data = [key for key in files if "/data/" in key]
    assert data == [f"{FOLDER}/data/dataFile_{part}.json" for part in ("1000001_1000002", "1000003_1000004")]
    assert [entry["dataFileS3Key"] for entry in json.loads(files[f"{FOLDER}/manifest-file.json"])] == data


def test_two_keys_never_share_a_file() -> None:
    parts = ["", ".", "..", "%", "%2E", "a", "A", "a b", "a%20b", "é", "\x00", "a:b"]
    assert len({file_name(part) for part in parts}) == len(parts)


def test_a_directory_that_cannot_be_written_fails_the_export(asker: Asker, tmp_path: Path) -> None:
    (tmp_path / "a-bucket").write_text("in the way")
    told = asker.get(asker.start())
    assert (told["exportStatus"], told["failureCode"]) == ("FAILED", "ExportTimedOut")


def test_permission_denied_is_access_denied(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "mkdir", refuse)
    told = asker.get(asker.start())
    assert (told["failureCode"], told["failureMessage"]) == (
        "S3AccessDenied", "Export failed due to insufficient access to the Amazon S3 bucket.")


def test_a_file_that_fails_midway_leaves_the_rest_unwritten(tmp_path: Path) -> None:
    target = DirectoryTarget(tmp_path, EXPORT.order)

    def items() -> Iterator[tuple[str, Item]]:
        yield "i", {"a": "b"}
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write_export(EXPORT, items(), target, 10**9)
    assert [name.rsplit("/", 1)[-1] for name in files_in(tmp_path)] == ["_started"]
