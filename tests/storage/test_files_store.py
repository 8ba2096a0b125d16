"""What is particular to the ``files:`` storage: its names, its files, edits by hand, its journal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicdb_mock.changes import Change, Delete, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import DomainStatistics
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Storage, StorageError, open_storage
from basicdb_mock.storage.checking import check
from basicdb_mock.storage.files.disk import Disk, locked
from basicdb_mock.storage.files.names import decoded, encoded, is_long, path_of
from basicdb_mock.storage.files.storage import FilesStorage
from basicdb_mock.storage.testing.asking import ALICE, AWKWARD_NAMES, compare, count, create, found, names, put, state


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def storage(store: Path) -> Iterator[Storage]:
    with closing(open_storage(f"files:{store}?durability=off")) as storage:
        yield storage


@pytest.fixture
def shelf(store: Path, storage: Storage) -> Path:
    """The directory of a domain with two items."""
    books = create(storage, now=3.5)
    put(books, "Dune", ("year", "1965"), ("tag", "sand"), ("tag", "worm"))
    put(books, "emma", ("year", "1815"))
    return store / "alice" / "us-east-1" / "books"


# -- names -------------------------------------------------------------------------------------------------------------
@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_an_encoded_name_is_safe_everywhere_and_tells_the_name(name: str) -> None:
    text = encoded(name)
    assert decoded(text) == name
    assert text == text.lower() == unicodedata.normalize("NFC", text) == unicodedata.normalize("NFD", text)
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.%")
    assert text[0] not in ".-"
    assert text[-1] not in ". "
    ports = {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
    assert text.split(".")[0] not in {"con", "prn", "aux", "nul"} | ports


def test_no_two_names_share_a_file_and_no_part_of_a_path_is_too_long() -> None:
    paths = [path_of(name) for name in AWKWARD_NAMES]
    assert len({path.casefold() for path in paths}) == len(AWKWARD_NAMES)
    assert max(len(part) for path in paths for part in path.split("/")) <= 120
    assert is_long("A" * 41)
    assert not is_long("A" * 40)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("", "%"), ("emma", "emma"), ("Dune", "%44une"), ("a b", "a%20b"), ("con", "%63on"), ("con.x", "%63on.x"),
        ("context", "context"), ("..", "%2e%2e"), ("a.", "a%2e"), ("-rf", "%2drf"), ("é", "%c3%a9"), ("100%", "100%25"),
    ],
)
def test_names_are_readable_where_they_can_be(name: str, path: str) -> None:
    assert path_of(name) == path


@pytest.mark.parametrize("text", ["Dune", "a%2Fb", "a%61", "con", "%zz", "%ff"])
def test_what_we_would_not_have_written_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an encoded name|can't decode"):
        decoded(text)


# -- the files ---------------------------------------------------------------------------------------------------------
def test_an_item_is_a_canonical_pretty_file(shelf: Path) -> None:
    assert (shelf / "%44une.json").read_text() == (
        '{\n  "item": "Dune",\n  "entity": 1,\n  "attributes": {\n    "year": "1965",\n    "tag": [\n'
        '      "sand",\n      "worm"\n    ]\n  }\n}\n'
    )
    assert json.loads((shelf / "@domain.json").read_text()) == {
        "account": "alice", "region": "us-east-1", "domain": "books", "created": 3.5
    }


def test_only_what_matters_goes_into_git(store: Path, shelf: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=store, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], cwd=store, check=True, capture_output=True, text=True
    )
    assert listed.stdout.split() == [
        ".gitignore", "@basicdb.json", "alice/us-east-1/books/%44une.json", "alice/us-east-1/books/@domain.json",
        "alice/us-east-1/books/emma.json",
    ]


def test_a_store_without_our_own_notes_is_as_good(store: Path, storage: Storage, shelf: Path) -> None:
    books = storage.domain(ALICE, "books")
    put(books, "last", ("a", "1"))
    before = state(books)
    (shelf / "@state").unlink()
    with closing(open_storage(f"files:{store}")) as again:
        books = again.domain(ALICE, "books")
        assert state(books)[1:] == before[1:]  # type: ignore[index]
        put(books, "next", ("a", "1"))
        assert found(books)[-1].place.entity == 4
        assert books.statistics().item_count == 4


# -- hands -------------------------------------------------------------------------------------------------------------
def test_edits_by_hand_are_seen(storage: Storage, shelf: Path) -> None:
    books = storage.domain(ALICE, "books")
    assert names(books, compare("year", "=", "1815")) == ["emma"]
    text = (shelf / "emma.json").read_text()
    (shelf / "emma.json").write_text(text.replace("1815", "1816"))
    assert books.get("emma") == {"year": "1816"}
    assert names(books, compare("year", "=", "1816")) == ["emma"]
    (shelf / "%44une.json").unlink()
    assert books.get("Dune") is None
    assert books.statistics() == DomainStatistics(1, 4, 1, 4, 1, 4)
    put(books, "emma", ("tag", "x"))
    assert books.statistics() == DomainStatistics(1, 4, 2, 7, 2, 5)
    with closing(open_storage(f"files:{shelf.parents[2]}")) as again:
        assert again.domain(ALICE, "books").statistics() == DomainStatistics(1, 4, 2, 7, 2, 5)


def test_items_written_by_hand_come_last_until_the_next_write_gives_them_numbers(
    storage: Storage, shelf: Path
) -> None:
    books = storage.domain(ALICE, "books")
    for name in ("zoo", "ant"):
        (shelf / f"{name}.json").write_text(json.dumps({"item": name, "attributes": {"a": ["1", "1"]}}))
    (shelf / "copy.json").write_text((shelf / "emma.json").read_text().replace("emma", "copy"))
    assert [(step.name, step.place.entity) for step in found(books)] == [
        ("Dune", 1), ("copy", 2), ("ant", 3), ("emma", 4), ("zoo", 5)
    ]
    assert "item 'zoo' has no number of its own" in str(check(f"files:{shelf.parents[2]}"))
    put(books, "new", ("a", "1"))
    assert json.loads((shelf / "zoo.json").read_text()) == {"item": "zoo", "entity": 5, "attributes": {"a": "1"}}
    assert [(step.name, step.place.entity) for step in found(books)][-2:] == [("zoo", 5), ("new", 6)]


BROKEN = [
    ("", "Expecting value"),
    ("[]", "it must be an object"),
    ('{"item": "emma", "entity": 2, "attributes": {}}', '"attributes" must be an object with at least one attribute'),
    ('{"item": "emma", "entity": 0, "attributes": {"a": "1"}}', '"entity" must be a number of at least 1'),
    ('{"item": "emma", "entity": 2, "attributes": {"a": 1}}', "attribute 'a' must have a text as its value"),
    ('{"item": "emma", "entity": 2, "attributes": {"a": []}}', "attribute 'a' must have a text as its value"),
    ('{"item": "emma", "entity": 2, "attributes": {"a": "\\ud800"}}', "half a surrogate pair"),
    ('{"item": "anna", "entity": 2, "attributes": {"a": "1"}}', "item 'anna' belongs "),
    ('{"item": "emma", "attribute": {"a": "1"}}', '"attributes" must be an object'),
    ('{"item": "emma", "attributes": {"a": "1"}, "colour": 1}', "there is no 'colour' in an item"),
    ("[" * 100000, "nested too deeply"),
    ('{"item": "emma", "entity": 2, "attributes": {"a": "1", "a": "2"}}', "'a' occurs twice"),
    ('{"item": "emma", "item": "emma", "attributes": {"a": "1"}}', "'item' occurs twice"),
    ('{"item": "emma", "entity": 9007199254740992, "attributes": {"a": "1"}}', '"entity" must be a number of at least'),
    ('<<<<<<< HEAD\n{"item": "emma", "attributes": {"a": "1"}}\n', "Expecting value"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_a_broken_file_is_named_and_does_not_hide_the_rest(
    storage: Storage, shelf: Path, text: str, problem: str
) -> None:
    (shelf / "emma.json").write_text(text)
    books = storage.domain(ALICE, "books")
    assert books.get("Dune") is not None
    put(books, "new", ("a", "1"))
    seen: list[str] = []
    with pytest.raises(StorageError) as refusal:
        seen += (step.name for step in books.search(plan_search(None)))
    assert seen == ["Dune", "new"]
    assert str(refusal.value).startswith(f"{shelf}/emma.json is broken: ")
    assert problem in str(refusal.value)
    for call in (
        lambda: books.get("emma"), lambda: put(books, "emma", ("a", "1")), books.statistics, lambda: count(books),
    ):
        with pytest.raises(StorageError, match=r"emma\.json is broken"):
            call()
    report = check(f"files:{shelf.parents[2]}")
    assert [line for line in report.problems if "emma.json is broken" in line]
    assert report.items == 2


def test_what_desktops_and_editors_leave_beside_the_files_is_not_looked_at(storage: Storage, shelf: Path) -> None:
    books = storage.domain(ALICE, "books")
    put(books, "x" * 500, ("a", "1"))
    for path in ("._emma.json", "emma.json~", "~/.DS_Store", "~/notes", ".x.json"):
        (shelf / path).write_bytes(b"\0\0")
    (shelf / ".#emma.json").symlink_to("user@host.123")
    assert names(books) == ["Dune", "emma", "x" * 500]
    assert check(f"files:{shelf.parents[2]}").sound


def test_a_file_saved_with_a_byte_order_mark_is_read(storage: Storage, shelf: Path) -> None:
    text = (shelf / "emma.json").read_text()
    (shelf / "emma.json").write_text(text.replace("1815", "1816"), encoding="utf-8-sig")
    assert storage.domain(ALICE, "books").get("emma") == {"year": "1816"}


def test_directories_of_something_else_are_told_by_check_and_hide_nothing(
    store: Path, storage: Storage, shelf: Path
) -> None:
    stray = [store / "Notes", shelf.parents[1] / "Notes", shelf.parent / "Books"]
    for directory in stray:
        (directory / "a" / "b").mkdir(parents=True)
    with closing(open_storage(f"files:{store}")) as again:
        assert again.tenants() == [ALICE]
        assert again.list_domains(ALICE, "", 10) == ["books"]
        assert names(again.domain(ALICE, "books")) == ["Dune", "emma"]
    assert check(f"files:{store}").problems == [
        f"{stray[0]}: nothing tells whose account it is; what is in it is not seen",
        f"{stray[1]}: nothing tells whose region it is; what is in it is not seen",
        f"{stray[2]}: nothing tells whose domain it is; what is in it is not seen",
    ]


def test_a_child_that_is_forked_during_a_write_keeps_no_lock(store: Path, storage: Storage, shelf: Path) -> None:
    reader, writer = os.pipe()
    with locked(str(shelf / "@state")):
        child = os.fork()
        if not child:
            os.close(writer)
            os.read(reader, 1)  # until the parent is done
            os._exit(0)
    try:
        script = f"""
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.testing.asking import ALICE, put
put(open_storage("files:{store}").domain(ALICE, "books"), "new", ("a", "1"))
"""
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(child, 0)
    assert names(storage.domain(ALICE, "books")) == ["Dune", "emma", "new"]


def test_a_link_in_place_of_a_file_is_followed_for_reading_and_replaced_for_writing(
    storage: Storage, shelf: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    (shelf / "emma.json").rename(elsewhere)
    (shelf / "emma.json").symlink_to(elsewhere)
    before = elsewhere.read_text()
    books = storage.domain(ALICE, "books")
    put(books, "emma", ("a", "1"))
    assert books.get("emma") == {"year": "1815", "a": "1"}
    assert elsewhere.read_text() == before


# -- opening -----------------------------------------------------------------------------------------------------------
def test_a_directory_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(StorageError, match="it is neither empty nor a store of basicdb-mock; it was left as it is"):
        open_storage(f"files:{tmp_path}")
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_newer_store_is_refused_and_left_as_it_is(store: Path, shelf: Path) -> None:
    (store / "@basicdb.json").write_text('{"format": "basicdb-mock files", "version": 2}')
    with pytest.raises(StorageError, match=r"newer basicdb-mock \(version 2 of the store; this one knows up to 1\)"):
        open_storage(f"files:{store}")


@pytest.mark.parametrize("url", ["files:", "files:x?durability=never", "files:x?sync=1"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="files:"):
        open_storage(url)


def test_a_tilde_is_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_storage("files:~/store").close()
    assert (tmp_path / "store" / "@basicdb.json").is_file()


# -- batches that were cut short ---------------------------------------------------------------------------------------
class DyingDisk(Disk):
    """A disk of a process that dies at the n-th rename."""

    def __init__(self, renames: int) -> None:
        super().__init__("off")
        self.left = renames

    def replace(self, beside: str, path: str) -> None:
        if self.left == 0:
            raise KeyboardInterrupt  # nothing after it happens
        self.left -= 1
        super().replace(beside, path)

    def remove(self, path: str) -> None:
        if self.left:
            super().remove(path)


@pytest.mark.parametrize("renames", range(5))
def test_a_batch_that_was_cut_short_is_undone_before_its_journal_and_completed_after(
    store: Path, storage: Storage, shelf: Path, renames: int
) -> None:
    dune = Put("Dune", (("year", "1"),), frozenset({"year"}))
    batch: list[Change] = [dune, Delete("emma"), Put("new", (("a", "1"),))]
    before = state(storage.domain(ALICE, "books"))
    dying = FilesStorage(str(store), Disk("off"))
    domain = dying.domain(ALICE, "books")
    domain._disk = DyingDisk(renames)
    try:
        domain.apply(Write(batch, AWS))
    except KeyboardInterrupt:
        pass
    else:
        assert renames >= 3
    if renames:
        for reader in (storage.domain(ALICE, "books"), open_storage(f"files:{store}").domain(ALICE, "books")):
            assert reader.get("Dune") == {"year": "1", "tag": ("sand", "worm")}
            assert reader.get("emma") is None
            assert names(reader) == ["Dune", "new"]
            assert reader.statistics().attribute_value_count == 4
    else:
        again = open_storage(f"files:{store}").domain(ALICE, "books")
        assert state(again)[1:] == before[1:]  # type: ignore[index]
    assert not (shelf / "@journal.json").exists()
    assert os.listdir(shelf / "@new") == []
    assert check(f"files:{store}").sound


def test_a_reader_sees_a_batch_whole_that_is_not_in_place_yet(store: Path, storage: Storage, shelf: Path) -> None:
    domain = FilesStorage(str(store), Disk("off")).domain(ALICE, "books")
    domain._disk = DyingDisk(1)  # the journal, and nothing more
    with pytest.raises(KeyboardInterrupt):
        domain.apply(Write([Put("Dune", (("year", "1"),), frozenset({"year"})), Delete("emma")], AWS))
    books = storage.domain(ALICE, "books")
    assert (shelf / "@journal.json").exists()
    assert (books.get("Dune"), books.get("emma")) == ({"year": "1", "tag": ("sand", "worm")}, None)
    assert (shelf / "@journal.json").exists()
    assert names(books) == ["Dune"]
    assert not (shelf / "@journal.json").exists()


def test_a_broken_journal_is_named(store: Path, storage: Storage, shelf: Path) -> None:
    (shelf / "@journal.json").write_text('{"files": ["x"]}')
    books = storage.domain(ALICE, "books")
    for call in (lambda: books.get("emma"), lambda: put(books, "i", ("a", "1")), lambda: names(books)):
        with pytest.raises(StorageError, match=r"@journal\.json is broken: it must tell the files of a batch"):
            call()
    assert not check(f"files:{store}").sound


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "Expecting property name"),
        ('{"account": "alice", "records": {}}', "it must tell account, region and revision"),
        ('{"account": "alice", "region": "us-east-1", "revision": "1", "records": [1]}', '"records" must be an object'),
    ],
)
def test_broken_records_are_named_and_do_not_hide_the_domains(
    store: Path, storage: Storage, shelf: Path, content: str, why: str
) -> None:
    (shelf.parent / "@records.json").write_text(content)
    for call in (lambda: storage.records(ALICE), lambda: storage.change_records(ALICE, "", {"one": {}})):
        with pytest.raises(StorageError, match=re.escape(f"{shelf.parent}/@records.json is broken: {why}")):
            call()
    assert names(storage.domain(ALICE, "books")) == ["Dune", "emma"]
    (problem,) = check(f"files:{store}").problems
    assert "@records.json is broken" in problem


def test_records_are_a_file_to_read(store: Path, storage: Storage, shelf: Path) -> None:
    assert storage.change_records(ALICE, "", {"one": {"domain": "b\u00fccher", "items": 2}})
    document = json.loads((shelf.parent / "@records.json").read_text(encoding="utf-8"))
    assert document.pop("revision")
    assert document == {
        "account": "alice", "region": "us-east-1", "records": {"one": {"domain": "b\u00fccher", "items": 2}},
    }  # fmt: skip
    assert "b\u00fccher" in (shelf.parent / "@records.json").read_text(encoding="utf-8")
    assert "@records.json" in (store / ".gitignore").read_text().splitlines()


# -- processes ---------------------------------------------------------------------------------------------------------
def test_a_domain_that_another_process_dropped_is_gone_here_too(store: Path, storage: Storage, shelf: Path) -> None:
    books = storage.domain(ALICE, "books")
    script = (
        "import sys; from basicdb_mock.storage import open_storage; from basicdb_mock.model import Tenant;"
        "s = open_storage(sys.argv[1]); t = Tenant('alice', 'us-east-1'); s.drop_domain(t, 'books');"
        "s.create_domain(t, 'books', now=9.0, at_most=1)"
    )
    subprocess.run([sys.executable, "-c", script, f"files:{store}"], check=True)
    again = storage.domain(ALICE, "books")
    assert (again.created, names(again), again.statistics()) == (9.0, [], DomainStatistics())
    put(books, "i", ("a", "1"))  # the name means the new one
    assert names(again) == ["i"]


def test_what_a_dead_process_left_is_cleared_away_on_opening(store: Path, storage: Storage, shelf: Path) -> None:
    (store / "@staging-1").mkdir()
    (store / "@trash-1" / "x").mkdir(parents=True)
    (shelf / "@new" / "0123").write_text("half a fi")
    open_storage(f"files:{store}").close()
    assert sorted(os.listdir(store)) == [".gitignore", "@basicdb.json", "@lock", "@new", "alice"]
    assert os.listdir(shelf / "@new") == []
