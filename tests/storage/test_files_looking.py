"""Looking at a domain of files: what did not change is not read again, what did is, whoever changed it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from basicdb_mock.storage import Domain, StorageError, open_storage
from basicdb_mock.storage.files import disk, shelf
from basicdb_mock.storage.testing.asking import create, names, put


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files of items that were read, as they are, for a file system with a fine clock."""
    files: list[str] = []
    original = disk.read

    def watched(path: str) -> bytes | None:
        files.append(Path(path).name)
        return original(path)

    monkeypatch.setattr(shelf, "read", watched)
    monkeypatch.setattr(shelf, "SETTLED", -60.0)
    return files


@pytest.fixture
def domain(tmp_path: Path) -> Iterator[Domain]:
    with closing(open_storage(f"files:{tmp_path}/store?durability=off")) as storage:
        made = create(storage)
        for name in ("dune", "emma", "ulysses"):
            put(made, name, ("a", "1"))
        yield made


@pytest.fixture
def place(tmp_path: Path, domain: Domain) -> Path:
    return tmp_path / "store" / "alice" / "us-east-1" / "books"


def test_a_second_look_reads_no_file(domain: Domain, read: list[str]) -> None:
    assert names(domain) == ["dune", "emma", "ulysses"]
    assert sorted(read) == ["dune.json", "emma.json", "ulysses.json"]
    read.clear()
    assert names(domain) == ["dune", "emma", "ulysses"]
    assert domain.statistics().item_count == 3
    assert read == []


def test_a_file_written_over_in_place_is_read_again_and_no_other(domain: Domain, place: Path, read: list[str]) -> None:
    names(domain)
    read.clear()
    content = json.loads((place / "emma.json").read_text())
    content["attributes"] = {"a": "22"}
    (place / "emma.json").write_text(json.dumps(content))
    assert domain.statistics().attribute_values_size == 4
    assert read == ["emma.json"]


def test_files_that_came_and_went_are_seen(domain: Domain, place: Path, read: list[str]) -> None:
    names(domain)
    read.clear()
    (place / "dune.json").unlink()
    (place / "new.json").write_text('{"item": "new", "attributes": {"a": "1"}}')
    assert names(domain) == ["emma", "ulysses", "new"]
    assert read == ["new.json"]
    os.rename(place / "new.json", place / "newer.json")
    with pytest.raises(StorageError, match=r"newer\.json is broken: item 'new' belongs into new\.json"):
        domain.statistics()
    os.rename(place / "newer.json", place / "new.json")
    assert domain.statistics().item_count == 3


def test_our_own_write_costs_the_next_look_one_file(domain: Domain, read: list[str]) -> None:
    names(domain)
    read.clear()
    put(domain, "ulysses", ("b", "2"))
    assert names(domain) == ["dune", "emma", "ulysses"]
    assert read == ["ulysses.json"]
