"""What is particular to the ``sqlite:`` storage: its file, its versions, its transactions, its plans."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import RELAXED
from basicdb_mock.model import DomainStatistics
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison, Expression, Or, Subject
from basicdb_mock.select.plan import Position, plan_search
from basicdb_mock.storage import Records, StorageError, open_storage
from basicdb_mock.storage.checking import check
from basicdb_mock.storage.contract import Counted, Domain
from basicdb_mock.storage.sqlite import garbage, ledger, reading, schema
from basicdb_mock.storage.sqlite.connections import Connections
from basicdb_mock.storage.sqlite.place import Place
from basicdb_mock.storage.testing.asking import ALICE, BOB, compare, create, found, names, put
from basicdb_mock.storage.testing.naive import NaiveDomain, pairs_of
from tests.waiting import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def books(path: Path) -> Iterator[Domain]:
    with closing(open_storage(f"sqlite:{path}?durability=off")) as storage:
        yield create(storage)


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


# -- opening -----------------------------------------------------------------------------------------------------------
def test_a_directory_keeps_the_database_under_a_name_of_its_own(tmp_path: Path) -> None:
    for url in (f"sqlite:{tmp_path}", f"sqlite:{tmp_path}/made/below/"):
        open_storage(url).close()
    assert (tmp_path / "basicdb.sqlite3").is_file()
    assert (tmp_path / "made" / "below" / "basicdb.sqlite3").is_file()


def test_a_tilde_is_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_storage("sqlite:~/store.sqlite3").close()
    assert (tmp_path / "store.sqlite3").is_file()


@pytest.mark.parametrize("url", [
    "sqlite:", "sqlite:?durability=off", "sqlite:x?durability=some", "sqlite:x?speed=1", "sqlite::memory:"])
def test_a_url_that_is_none_is_refused_and_makes_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="sqlite:"):
        open_storage(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("normal", 1), ("off", 0)])
def test_durability_is_sqlites_synchronous(path: Path, durability: str, level: int) -> None:
    connections = Connections(Place(str(path), durability))
    with closing(connections.open(writer=True)) as connection:
        assert connection.execute("pragma synchronous").fetchone() == (level,)
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    connections.close()


def refused_untouched(path: Path) -> str:
    before = contents(path.parent)
    with pytest.raises(StorageError) as refusal:
        open_storage(f"sqlite:{path}")
    after = contents(path.parent)
    assert after[path.name] == before[path.name]
    return str(refusal.value)


def test_a_newer_store_is_refused_and_left_as_it_is(path: Path) -> None:
    open_storage(f"sqlite:{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma user_version = 99")
    message = refused_untouched(path)
    assert message == (
        f"{path}: it was written by a newer basicdb-mock (version 99 of the store; this one knows up to "
        f"{len(schema.MIGRATIONS)}); it was left as it is"
    )


def test_a_database_of_something_else_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table theirs (a)")
    assert refused_untouched(path) == f"{path}: it is an SQLite database of another application; it was left as it is"


def test_what_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)
    assert refused_untouched(path).startswith(f"{path}: it is damaged (file is not a database)")


def test_a_store_that_was_cut_short_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        for number in range(50):
            put(create(storage), f"i{number}", ("a", "x" * 500))
    path.write_bytes(path.read_bytes()[:-8192])
    assert refused_untouched(path).startswith(f"{path}: it is damaged (database disk image is malformed)")
    report = check(f"sqlite:{path}")
    assert report.problems == ["SQLite: database disk image is malformed"]


def test_a_place_that_cannot_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"Not a directory|File exists"):
        open_storage(f"sqlite:{tmp_path}/file/store")
    with pytest.raises(StorageError, match="unable to open database file; SQLite must be able to write there"):
        open_storage(f"sqlite:{tmp_path}/{'x' * 300}")


def test_a_store_of_an_earlier_version_is_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        put(create(storage), "i", ("a", "1"))
    step = "create table later (a); insert into later values (7)"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    for _ in range(2):
        with closing(open_storage(f"sqlite:{path}")) as storage:
            assert names(storage.domain(ALICE, "books")) == ["i"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select a from later").fetchall() == [(7,)]
        assert connection.execute("pragma user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_store_of_the_first_version_gets_records(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Connections(Place(str(path))).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma user_version").fetchone() == (1,)
        assert connection.execute("select name from sqlite_master where name = 'record'").fetchall() == []
    with closing(open_storage(f"sqlite:{path}")) as storage:
        assert storage.records(ALICE) == Records("", {})
        assert storage.change_records(ALICE, "", {"one": {"n": 1}})
    with closing(open_storage(f"sqlite:{path}")) as storage:
        found = storage.records(ALICE)
        assert found is not None
        assert found.by_id == {"one": {"n": 1}}
    assert check(f"sqlite:{path}").sound


def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_storage(f"sqlite:{path}").close()
    step = "create table later (a); insert into nowhere values (7)"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    with pytest.raises(StorageError, match="nowhere"):
        open_storage(f"sqlite:{path}")
    monkeypatch.undo()
    open_storage(f"sqlite:{path}").close()


# -- writing -----------------------------------------------------------------------------------------------------------
def test_a_store_that_is_locked_too_long_is_unavailable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from basicdb_mock.storage.sqlite import connections

    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    with closing(open_storage(f"sqlite:{path}")) as storage, closing(sqlite3.connect(path)) as other:
        books = create(storage)
        other.execute("begin immediate")
        with pytest.raises(StorageError, match="another process keeps it locked") as refusal:
            put(books, "i", ("a", "1"))
        assert refusal.value.unavailable
        assert books.get("i") is None
        other.execute("rollback")
        put(books, "i", ("a", "1"))
        assert books.get("i") == {"a": "1"}


def test_writers_that_wait_are_committed_together(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}?durability=full")) as storage, closing(sqlite3.connect(path)) as other:
        books = create(storage)
        other.execute("begin immediate")  # the first writer waits for this, the others behind it
        threads = [threading.Thread(target=put, args=(books, f"i{number}", ("a", "1"))) for number in range(8)]
        for thread in threads:
            thread.start()
        writer = storage._writer  # type: ignore[attr-defined]
        until(lambda: len(writer._waiting) >= 7)
        (before,) = other.execute("pragma data_version").fetchone()
        other.execute("rollback")
        for thread in threads:
            thread.join()
        (after,) = other.execute("pragma data_version").fetchone()
        assert after - before <= 2
        assert books.revision() == 8


def test_two_storages_of_one_file_see_each_others_writes(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as one, closing(open_storage(f"sqlite:{path}")) as two:
        mine, theirs = create(one), create(two)
        for number in range(5):
            put(mine, f"m{number}", (f"name{number}", "1"))
            put(theirs, f"t{number}", (f"name{number}", "1"), ("x", "2"))
        assert names(mine) == names(theirs) == [f"{who}{number}" for number in range(5) for who in "mt"]
        assert mine.statistics() == theirs.statistics() == DomainStatistics(10, 20, 6, 26, 15, 15)
    assert check(f"sqlite:{path}").sound


def test_a_forked_child_uses_the_store_like_any_other_process(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        books = create(storage)
        put(books, "parent", ("a", "1"))
        child = os.fork()
        if child == 0:
            try:
                put(storage.domain(ALICE, "books"), "child", ("b", "2"))
                os._exit(0 if names(storage.domain(ALICE, "books")) == ["parent", "child"] else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        put(books, "after", ("a", "1"))
        assert names(books) == ["parent", "child", "after"]
    assert check(f"sqlite:{path}").sound


# -- dropping and putting back -----------------------------------------------------------------------------------------
def test_a_large_domain_is_gone_at_once_and_its_rows_soon(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "AT_ONCE", 5)
    monkeypatch.setattr(garbage, "AT_A_TIME", 7)
    with closing(open_storage(f"sqlite:{path}?durability=off")) as storage:
        books = create(storage)
        for number in range(60):
            put(books, f"i{number}", ("a", str(number)), ("b", "1"))
        storage.drop_domain(ALICE, "books")
        assert names(create(storage)) == []
        put(create(storage), "new", ("a", "1"))
        thread = storage._sweeper._thread  # type: ignore[attr-defined]
        if thread is not None:
            thread.join()
    with closing(sqlite3.connect(path)) as connection:
        rows = [connection.execute(f"select count(*) from {table}").fetchone()[0] for table in schema.TABLES]
    assert rows == [1, 1, 1, 1, 0]
    assert check(f"sqlite:{path}").sound


def test_a_tenant_is_restored_while_rows_of_its_old_domains_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage.Sweeper, "start", lambda self: None)
    with closing(open_storage(f"sqlite:{path}?durability=off")) as storage:
        put(create(storage), "i", ("a", "1"), ("a", "2"))
        put(create(storage, "books", BOB), "j", ("a", "1"))
        snapshot = storage.snapshot(ALICE)
        for _ in range(3):
            put(create(storage), "k", ("a", "1"))
            storage.restore(snapshot)
            assert names(storage.domain(ALICE, "books"), compare("a", ">", "")) == ["i"]
    report = check(f"sqlite:{path}")
    assert report.sound, report
    assert report.notes == ["the rows of 3 dropped domains are still to be cleared away"]


def test_a_snapshots_file_goes_with_it(books: Domain, path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        snapshot = storage.snapshot()
        copy = Path(snapshot.path)  # type: ignore[attr-defined]
        assert copy.is_file()
        del snapshot
        assert not copy.exists()


# -- searching ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def shelf(books: Domain) -> Domain:
    """3,000 items: ``n`` is unique, ``tenth`` and ``half`` are not, ``both`` has two values."""
    for start in range(0, 3000, 500):
        changes = [
            Put(
                f"i{number:04}",
                (
                    ("n", f"{number:04}"), ("tenth", str(number % 10)), ("half", str(number % 2)),
                    ("both", f"{number:04}"), ("both", f"x{number % 7}"),
                ),
            )
            for number in range(start, start + 500)
        ]
        books.apply(Write(changes, RELAXED))
    return books


@pytest.mark.parametrize(
    ("where", "sort", "given", "at_most"),
    [
        (Comparison("n", "=", ("1234",)), None, 1, 2),
        (Comparison("n", "like", ("012%",)), None, 10, 12),
        (And((Comparison("n", "between", ("0100", "0103")), Comparison("half", "=", ("1",)))), None, 2, 5),
        (And((Comparison("half", "=", ("1",)), Comparison("tenth", "=", ("3",)))), None, 10, 12),
        (And((Comparison("half", "=", ("1",)), Comparison("tenth", "in", ("3", "5")))), None, 10, 14),
        (Comparison("n", ">", ("0500",)), ("n", False), 10, 11),
        (Comparison("n", ">", ("0500",)), ("n", True), 10, 11),
        (Comparison(ITEM_NAME, "like", ("i1%",)), (ITEM_NAME, False), 10, 11),
        (None, None, 10, 11),
    ],
)
def test_a_page_reads_few_more_items_than_it_gives(
    shelf: Domain,
    where: Expression | None,
    sort: tuple[Subject, bool] | None,
    given: int,
    at_most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = 0
    decode = ledger.decode

    def counted(body: str) -> object:
        nonlocal read
        read += 1
        return decode(body)

    monkeypatch.setattr(reading, "decode", counted)
    page = list(islice(shelf.search(plan_search(where, sort)), 10))
    assert [step.item is not None for step in page] == [True] * given
    assert given <= read <= at_most


def test_a_count_of_one_predicate_reads_no_item(shelf: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "decode", None)
    for where, number in (
        (None, 3000), (Comparison("tenth", "=", ("3",)), 300), (Comparison("both", ">=", ("1000",)), 3000),
        (Comparison("both", "is not null"), 3000), (Comparison("none", "is not null"), 0),
        (Comparison("n", "like", ("%99",)), 30), (Comparison("both", "!=", ("x1",)), 3000),
        (Comparison(ITEM_NAME, "between", ("i0010", "i0019")), 10),
    ):
        assert shelf.count(plan_search(where), None, None, lambda: False) == Counted(number, None)


def test_a_count_on_an_index_stops_and_goes_on(shelf: Domain) -> None:
    plan = plan_search(Comparison("both", ">", ("0",)))
    total, after, rounds = 0, None, 0
    while True:
        number, after = shelf.count(plan, after, None, lambda: True)
        total += number
        rounds += 1
        if after is None:
            break
    assert total == 3000
    assert rounds > 3


def test_a_search_left_open_does_not_hold_up_writers_or_closing(path: Path) -> None:
    storage = open_storage(f"sqlite:{path}?durability=off")
    books = create(storage)
    for number in range(10):
        put(books, f"i{number}", ("a", "1"))
    search = books.search(plan_search(None))
    first = next(search)
    put(books, "new", ("a", "1"))
    storage.close()
    assert [first.name, *(step.name for step in search)] == [f"i{number}" for number in range(10)]
    with pytest.raises(StorageError, match="the store is closed"):
        books.get("i1")


# -- checking ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("delete from pair where value = '1'", "the index lacks 'a' = '1' of item 'i'"),
        ("insert into pair values (1, 'ghost', 1)", "the index has 1 values of 'a' that no item has"),
        ("update domain set item_count = 7", "its figures are DomainStatistics(item_count=7"),
        ("update attribute set holders = 9", "9 items are said to have 'a', 1 have it"),
        ("update item set body = '{'", "item 'i' cannot be read"),
        ("update domain set last_entity = 0", "item 'i' has the impossible number 1"),
        ("delete from domain", "1 items belong to no domain"),
        ("update record set body = '[]'", "record 'one' is damaged, of 'alice' in 'us-east-1'"),
        ("update record set body = '{'", "record 'one' is damaged, of 'alice' in 'us-east-1'"),
        ("delete from record_book", "1 records belong to nobody"),
    ],
)
def test_check_finds_what_is_wrong_and_changes_nothing(path: Path, damage: str, problem: str) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        put(create(storage), "i", ("a", "1"))
        assert storage.change_records(ALICE, "", {"one": {"n": 1}})
    assert str(check(str(path))).endswith("it is sound")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage)
        connection.commit()
    before = path.read_bytes()
    report = check(f"sqlite:{path}")
    assert problem in str(report)
    assert "NOT sound" in str(report)
    assert path.read_bytes() == before


@pytest.mark.parametrize("broken", ["'{'", "cast(x'7b22ff' as text)"])
def test_an_item_whose_row_is_broken_is_a_storage_error(path: Path, broken: str) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        books = create(storage)
        put(books, "i", ("a", "1"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"update item set body = {broken}")
            connection.commit()
        for call in (lambda: books.get("i"), lambda: found(books), lambda: put(books, "i", ("a", "2"))):
            with pytest.raises(StorageError, match=r"it is damaged \(.*`basicdb-mock check` tells more"):
                call()


def test_a_damaged_record_is_told_when_it_is_read(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        assert storage.change_records(ALICE, "", {"one": {"n": 1}})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update record set body = '{'")
        connection.commit()
    told = "record 'one' is damaged; `basicdb-mock check` tells more"
    with closing(open_storage(f"sqlite:{path}")) as storage, pytest.raises(StorageError, match=told):
        storage.records(ALICE)


def test_a_store_of_an_earlier_version_is_checked_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Connections(Place(str(path))).close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("insert into item values (1, 1, 'lost', '{}')")
            connection.commit()
    report = check(f"sqlite:{path}")
    assert report.notes == ["it is of version 1; opening it brings it to 2"]
    assert report.problems == ["1 items belong to no domain"]


def test_a_store_where_nothing_can_be_written_is_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        put(create(storage), "i", ("a", "1"))
    before = contents(path.parent)
    monkeypatch.setattr(os, "access", lambda *_: False)
    report = check(f"sqlite:{path}")
    assert (report.sound, report.items) == (True, 1)
    assert contents(path.parent) == before


def test_check_finds_a_page_that_was_overwritten(path: Path) -> None:
    with closing(open_storage(f"sqlite:{path}")) as storage:
        for number in range(200):
            put(create(storage), f"i{number}", ("a", "x" * 100))
    damaged = bytearray(path.read_bytes())
    for page in range(5, len(damaged) // 4096):
        damaged[page * 4096 : page * 4096 + 200] = bytes(200)
    path.write_bytes(damaged)
    assert "problem: SQLite: " in str(check(f"sqlite:{path}"))
    with pytest.raises(StorageError, match="it is damaged"), closing(open_storage(f"sqlite:{path}")) as storage:
        found(storage.domain(ALICE, "books"))


def test_there_is_nothing_to_check_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no store"):
        check(f"sqlite:{tmp_path}/none")
    with pytest.raises(StorageError, match="no store of basicdb-mock in it"):
        check(str(tmp_path))
    with pytest.raises(ValueError, match="a store to check is"):
        check("memory:")


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("sort", [None, ("n", True), ("both", False), (ITEM_NAME, False)])
@pytest.mark.parametrize(
    "where",
    [
        And((compare("half", "=", "1"), compare("tenth", "=", "3"))),
        And((compare("half", "=", "1"), compare("tenth", "in", "3", "4", "5"))),
        And((compare("n", ">", "1500"), compare("tenth", "=", "3"), compare("half", "!=", "0"))),
        Or((compare("tenth", "=", "3"), compare("both", "=", "x1"))),
        Or((compare("tenth", "=", "3"), compare("n", "<", "0100"))),
        And((compare(ITEM_NAME, "like", "i1%"), compare("tenth", "=", "3"))),
        And((compare("both", ">", "0500"), compare("both", "<", "x"), compare("half", "=", "0"))),
        And((compare("none", "=", "1"), compare("half", "=", "1"))),
    ],
    ids=str,
)
def test_however_it_goes_about_it_a_search_finds_the_same(
    shelf: Domain, where: Expression, sort: tuple[Subject, bool] | None, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not few:
        for name in ("FEW", "FEW_AT_MOST", "SOME"):
            monkeypatch.setattr(reading, name, -1)
    model = NaiveDomain(0.0)
    for number, step in enumerate(shelf.search(plan_search(None)), 1):
        model.items[step.name] = number, pairs_of(step.item) or []
    expected = [(key, entity, name) for key, entity, name in model.search(where, sort)]
    whole = [(*step.place, step.name) for step in found(shelf, where, sort)]
    assert whole == expected
    for middle in (len(whole) // 3, len(whole) // 2):
        if whole:
            key, entity, _ = whole[middle]
            rest = found(shelf, where, sort, Position(key, entity))
            assert [(*step.place, step.name) for step in rest] == expected[middle + 1 :]
