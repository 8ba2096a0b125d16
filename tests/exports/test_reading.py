"""An export read back is what was exported, to the last odd character; one that is broken is told where."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicdb_mock import SimpleDB
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports import read_export, restore_domain
from basicdb_mock.exports.reading import read_items
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item, values_of
from basicdb_mock.seeding import contents_of
from basicdb_mock.select.plan import plan_search
from tests.exports.asking import BOOKS, TENANT, Asker

ODD = ["\x00", "\x1f", "\x7f", "\x85", "\ufffe", "\ufdd0", "\u2028", "\U0010ffff", "\"", "\\", "/", "é", "]", ",", "a"]
TEXTS = st.text(st.sampled_from(ODD) | st.characters(codec="utf-8"), max_size=5)
NAMES = TEXTS.filter(bool)
VALUES = st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(lambda found: tuple(found) if found[1:] else found[0])
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=3)
DOMAINS = st.dictionaries(NAMES, ITEMS, max_size=8)


def in_order(item: Item) -> list[tuple[str, Any]]:
    return list(item.items())


@settings(deadline=None, max_examples=60)
@given(DOMAINS, st.integers(1, 400))
def test_a_round_trip_is_exact(items: dict[str, Item], file_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asker = Asker(Path(directory), file_bytes=file_bytes)
        asker.fill("first", items)
        asker.start("first")
        exported = read_export(directory)
        assert (exported.domain, exported.items_count) == ("first", len(items))
        storage = asker.engine.storage
        assert restore_domain(storage, TENANT, "second", exported, limits=AWS, now=0.0) == len(items)
        first, second = storage.domain(TENANT, "first"), storage.domain(TENANT, "second")
        assert second.statistics() == first.statistics()
        for name in items:
            found, kept = second.get(name), first.get(name)
            assert found is not None
            assert kept is not None
            assert in_order(found) == in_order(kept)
        everything = plan_search(None)
        assert [step.name for step in second.search(everything)] == [step.name for step in first.search(everything)]
        assert [name for name, _ in exported] == list(items)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NAMES, ITEMS), max_size=4), st.sampled_from([None, 1, 4]), st.booleans(), st.integers(1, 40))
def test_any_layout_of_the_json_is_read(
    items: list[tuple[str, Item]], indent: int | None, ascii_only: bool, window: int
) -> None:
    told = [
        {
            "attributes": [{"values": values_of(item, name), "name": name} for name in item],
            "itemName": item_name,
            "unknown": {"nested": [1, None]},
        }
        for item_name, item in items
    ]
    octets = json.dumps(told, indent=indent, ensure_ascii=ascii_only).encode()
    found = list(read_items(_Slow(octets, window), "file"))
    assert [(name, in_order(item)) for name, item in found] == [(name, in_order(item)) for name, item in items]


class _Slow(BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, octets: bytes, most: int) -> None:
        super().__init__(octets)
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._most)


def test_an_export_is_put_back_beside_what_is_there(asker: Asker, tmp_path: Path) -> None:
    asker.start()
    storage = asker.engine.storage
    asker.fill("books", {"B00005JPLW": {"Title": "301"}, "0": {"Title": "new"}})
    assert restore_domain(storage, TENANT, "books", read_export(tmp_path), limits=AWS, now=0.0) == 2
    assert storage.domain(TENANT, "books").get("B00005JPLW") == {"Title": ("300", "301")}
    assert storage.domain(TENANT, "books").get("0") == {"Title": "new"}


def test_putting_back_keeps_the_limits(asker: Asker, tmp_path: Path) -> None:
    asker.start()
    storage, exported = asker.engine.storage, read_export(tmp_path)
    for limits, code in (
        (replace(AWS, domains=1), "NumberDomainsExceeded"),
        (replace(AWS, item_attributes=1), "NumberItemAttributesExceeded"),
    ):
        with pytest.raises(SimpleDBError) as refused:
            restore_domain(storage, TENANT, "other", exported, limits=limits, now=0.0)
        assert refused.value.code == code


@settings(deadline=None, max_examples=30)
@given(DOMAINS)
def test_an_export_is_a_seed(items: dict[str, Item]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asker = Asker(Path(directory), file_bytes=100)
        asker.fill("books", items)
        asker.start()
        seeded = SimpleDB()
        seeded.seed(directory, account=TENANT.account)
        held = contents_of(asker.engine.storage, TENANT)
        assert contents_of(seeded.engine.storage, TENANT) == held
        assert list(held["books"]) == list(contents_of(seeded.engine.storage, TENANT)["books"]) == list(items)
        seeded.close()


def test_an_export_is_found_from_any_folder_above_it(asker: Asker, tmp_path: Path) -> None:
    asker.start(s3KeyPrefix="pre")
    (summary,) = tmp_path.rglob("manifest-summary.json")
    for place in (tmp_path, str(tmp_path / "a-bucket"), summary.parent):
        exported = read_export(place)
        assert dict(exported) == BOOKS
        assert dict(exported) == BOOKS  # as often as one likes


def test_several_exports_are_told_apart(asker: Asker, tmp_path: Path) -> None:
    asker.start()
    asker.start()
    with pytest.raises(ValueError, match=r"holds several exports: .*manifest-summary.json, .*manifest-summary.json"):
        read_export(tmp_path)


def test_an_export_that_never_finished_is_told(asker: Asker, tmp_path: Path) -> None:
    asker.start()
    (summary,) = tmp_path.rglob("manifest-summary.json")
    summary.unlink()
    with pytest.raises(ValueError, match=r"no finished export: there is no manifest-summary.json"):
        read_export(tmp_path)
    with pytest.raises(ValueError, match="is not a directory"):
        read_export(tmp_path / "none")


def replaced(directory: Path, name: str, before: str, after: str) -> None:
    (path,) = directory.rglob(name)
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(("name", "before", "after", "problem"), [
    ("dataFile_1_2.json", "Sirens", "Syrens", "its MD5 differs from the manifest's"),
    ("manifest-file.json", '"dataFileItemCount":2', '"dataFileItemCount":3', "holds 2 items, but the manifest says 3"),
    ("manifest-summary.json", '"itemsCount":2', '"itemsCount":5', "holds 2 items, but its summary says 5"),
    ("manifest-summary.json", '"domainName"', '"name"', "does not have domainName and itemsCount"),
    ("manifest-summary.json", "{", "", "is not JSON"),
    ("manifest-file.json", "[", "", "is not JSON"),
    ("manifest-file.json", "[", "5 #", "is not JSON"),
    ("manifest-file.json", "data/dataFile_1_2.json", "data/../../x", "has an entry that is not a data file"),
    ("manifest-file.json", "data/dataFile_1_2.json", "..\\\\x", "has an entry that is not a data file"),
    ("manifest-file.json", "md5Checksum", "md5", "has an entry that is not a data file"),
])
def test_a_broken_export_is_told(
    asker: Asker, tmp_path: Path, name: str, before: str, after: str, problem: str
) -> None:
    asker.start()
    replaced(tmp_path, name, before, after)
    with pytest.raises(ValueError, match=problem):
        list(read_export(tmp_path))


@pytest.mark.parametrize("name", ["dataFile_1_2.json", "manifest-file.json"])
def test_a_file_that_is_missing_is_told(asker: Asker, tmp_path: Path, name: str) -> None:
    asker.start()
    (path,) = tmp_path.rglob(name)
    path.unlink()
    with pytest.raises(ValueError, match=f"{name} belongs to the export, but does not exist"):
        list(read_export(tmp_path))


def test_the_line_is_told_of_an_element_far_behind() -> None:
    line = b'{"itemName":"i","attributes":[{"name":"a","values":["b"]}]},\n'
    with pytest.raises(ValueError, match=r"^the file, line 20001: an element that is not an item: 5"):
        list(read_items(BytesIO(b"[" + line * 20_000 + b"5]"), "the file"))


def test_a_manifest_that_is_no_list_is_told(asker: Asker, tmp_path: Path) -> None:
    asker.start()
    (manifest,) = tmp_path.rglob("manifest-file.json")
    manifest.write_text("{}")
    with pytest.raises(ValueError, match="is not a list of data files"):
        list(read_export(tmp_path))


@pytest.mark.parametrize(("octets", "problem"), [
    (b"", "is not an array of items"),
    (b"{}", "is not an array of items"),
    (b"[", "it is broken, or ends too early"),
    (b'[{"itemName": "i", "attributes": [{"name": "a", "values": ["b"]}]}', "it is broken, or ends too early"),
    (b"[nonsense]", "it is broken, or ends too early"),
    (b'["\xff"]', "is not UTF-8"),
    (b"[" * 200_000, "nested too deep"),
    (b"[1]", "line 1: an element that is not an item: 1"),
    (b'[\n\n{"itemName": "i", "attributes": [{"name": "a", "values": ["b"]}]},\n {\n}]', "line 4: an element"),
    (b'[{"itemName": "i"}]', "line 1: an element that is not an item"),
    (b'[{"itemName": "i", "attributes": []}]', "line 1: an element that is not an item"),
    (b'[{"itemName": 5, "attributes": [{"name": "a", "values": ["b"]}]}]', "line 1: an element that is not an item"),
    (b'[{"itemName": "i", "attributes": [{"name": "a", "values": []}]}]', "line 1: an element that is not an item"),
    (b'[{"itemName": "i", "attributes": [{"name": "a", "values": "b"}]}]', "line 1: an element that is not an item"),
    (b'[{"itemName": "i", "attributes": [{"name": "a", "values": [[]]}]}]', "line 1: an element that is not an item"),
])
def test_a_broken_data_file_is_told(octets: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^the file,? (.* )?{problem}"):
        list(read_items(BytesIO(octets), "the file"))


def test_a_data_file_is_read_through_a_window() -> None:
    line = b'{"itemName":"i","attributes":[{"name":"a","values":["b"]}]}'
    file = BytesIO(b"[" + b",".join([line] * 100_000) + b"]")
    items = read_items(file, "file")
    assert next(items) == ("i", {"a": "b"})
    assert file.tell() < 1_000_000
    assert sum(1 for _ in items) == 99_999
