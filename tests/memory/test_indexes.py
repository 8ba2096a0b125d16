"""Indexes appear when searches ask for them, stay right, are shared with snapshots, and go when nothing uses them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.select import parse
from basicdb_mock.select.expression import ITEM_NAME
from basicdb_mock.select.plan import Plan, Span, beginning, make_plan
from basicdb_mock.storage.memory import ALWAYS, LAZY, NEVER, Indexing, MemoryDomain, MemoryStorage
from basicdb_mock.storage.memory import index as index_module
from basicdb_mock.storage.memory import indexing as rules
from basicdb_mock.storage.memory import ordered as ordered_module
from basicdb_mock.storage.memory import searching as memory_searching
from basicdb_mock.storage.memory.index import AttributeIndex
from basicdb_mock.storage.memory.ordered import Ordered

ITEMS = 2_000


def plan(where: str) -> Plan:
    return make_plan(parse(f"select * from d where {where}"))


def put(domain: MemoryDomain, name: str, *pairs: tuple[str, str]) -> None:
    domain.apply(Write([Put(name, pairs, frozenset(attribute for attribute, _ in pairs))], AWS))


def filled(indexing: Indexing = LAZY, items: int = ITEMS) -> MemoryDomain:
    domain = MemoryDomain(0.0, indexing)
    for at in range(items):
        colour = "red" if at % 3 else "blue"
        pairs = ("id", f"u{at:05}"), ("colour", colour), ("group", f"g{at % 50:02}"), ("price", str(at))
        put(domain, f"i{at:05}", *pairs)
    return domain


def names(domain: MemoryDomain, where: str) -> list[str]:
    return [step.name for step in domain.search(plan(where)) if step.item is not None]


def indexes(domain: MemoryDomain, where: str) -> Sequence[str]:
    return domain.going(plan(where), counting=False).indexes


def test_an_index_appears_once_searches_examined_twice_the_domain() -> None:
    domain = filled()
    where = "id = 'u01234'"
    for _ in range(2):
        assert indexes(domain, where) == ()
        assert names(domain, where) == ["i01234"]
    assert indexes(domain, where) == ("id",)
    assert names(domain, where) == ["i01234"]


def test_a_small_domain_never_gets_an_index() -> None:
    domain = filled(items=60)
    for _ in range(20):
        assert names(domain, "id = 'u00023'") == ["i00023"]
    assert indexes(domain, "id = 'u00023'") == ()


def test_a_broad_search_that_stops_early_brings_no_index() -> None:
    domain = filled()
    for _ in range(10):
        next(iter(domain.search(plan("colour != 'red' or group != 'g01'"))))
    assert indexes(domain, "colour = 'red'") == ()


def test_of_two_conjuncts_the_more_selective_gets_the_index() -> None:
    domain = filled()
    for _ in range(3):
        assert names(domain, "colour = 'red' and id = 'u00004'") == ["i00004"]
    assert domain._indexes.keys() == {"id"}


def test_an_index_follows_every_write() -> None:
    domain = filled(ALWAYS)
    assert names(domain, "group = 'g07'") == [f"i{at:05}" for at in range(7, ITEMS, 50)]
    put(domain, "i00007", ("group", "elsewhere"))
    domain.apply(Write([Delete("i00057")], AWS))
    put(domain, "new", ("group", "g07"))
    assert names(domain, "group = 'g07'") == [*(f"i{at:05}" for at in range(107, ITEMS, 50)), "new"]
    assert names(domain, "group = 'elsewhere'") == ["i00007"]


def test_an_index_that_nothing_used_for_long_is_dropped() -> None:
    domain = filled(Indexing(goes=lambda entries, idle: idle > 10))
    for _ in range(3):
        names(domain, "group = 'g01'")
    assert indexes(domain, "group = 'g01'") == ("group",)
    for at in range(11):
        put(domain, f"more{at}", ("group", "g01"))
    assert indexes(domain, "group = 'g01'") == ()


def test_a_search_keeps_an_index_in_use() -> None:
    domain = filled(Indexing(goes=lambda entries, idle: idle > 10))
    for at in range(30):
        names(domain, "group = 'g01'")
        put(domain, f"more{at}", ("group", "g01"))
    assert indexes(domain, "group = 'g01'") == ("group",)


def test_a_domain_that_is_only_written_to_has_no_index() -> None:
    domain = filled()
    assert domain._indexes == {}
    assert domain._names is None


def test_a_snapshot_takes_its_indexes_along_and_a_write_leaves_it_as_it_was() -> None:
    storage, tenant = MemoryStorage(ALWAYS), Tenant("a", "r")
    storage.create_domain(tenant, "d", now=0.0, at_most=1)
    for at in range(600):
        put(storage.domain(tenant, "d"), f"i{at}", ("v", str(at % 7)))
    before = names(storage.domain(tenant, "d"), "v = '3'")
    snapshot = storage.snapshot()
    put(storage.domain(tenant, "d"), "i3", ("v", "changed"))
    put(storage.domain(tenant, "d"), "other", ("v", "3"))
    assert names(storage.domain(tenant, "d"), "v = '3'") == [*before[1:], "other"]
    for _ in range(2):
        storage.restore(snapshot)
        assert storage.domain(tenant, "d")._indexes.keys() == {"v"}
        assert names(storage.domain(tenant, "d"), "v = '3'") == before
        put(storage.domain(tenant, "d"), "again", ("v", "3"))
        assert names(storage.domain(tenant, "d"), "v = '3'") == [*before, "again"]


def test_two_restored_domains_that_are_both_written_to_do_not_meet() -> None:
    domain = filled(ALWAYS, 300)
    names(domain, "group = 'g01'")
    one, other = domain.copy(), domain.copy()
    put(one, "one", ("group", "g01"))
    put(other, "other", ("group", "g01"))
    first = [f"i{at:05}" for at in range(1, 300, 50)]
    assert names(domain, "group = 'g01'") == first
    assert names(one, "group = 'g01'") == [*first, "one"]
    assert names(other, "group = 'g01'") == [*first, "other"]


def test_a_search_that_outlives_what_is_remembered_of_writes_still_sees_its_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    domain = filled(ALWAYS)
    monkeypatch.setattr(type(domain._log), "KEPT", 20)
    search = domain.search(plan("price >= '0' order by price desc"))
    first = next(search).name
    for at in range(300):
        put(domain, f"i{at:05}", ("price", "z"))
    rest = [step.name for step in search if step.item is not None]
    assert [first, *rest] == [f"i{at:05}" for at in sorted(range(ITEMS), key=str, reverse=True)]


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes are made, and rows sorted, a little at a time."""
    monkeypatch.setattr(index_module, "_RUNS_A_STEP", 1)
    monkeypatch.setattr(index_module, "_VALUES_A_STEP", 10)
    monkeypatch.setattr(ordered_module, "RUN", 10)
    monkeypatch.setattr(memory_searching, "_RUNS_A_SORT", 1)


@pytest.mark.usefixtures("small_steps")
def test_an_index_made_while_writes_go_on_is_up_to_date() -> None:
    domain = filled(NEVER, 3000)
    steps = 0
    for steps, _ in enumerate(domain.build("group"), 1):
        put(domain, f"i{steps:05}", ("group", "written meanwhile"))
        put(domain, f"late{steps:05}", ("group", "g01"))
        if steps == 2:
            domain.apply(Write([Delete("i00051")], AWS))
    assert steps > 5
    assert names(domain, "group = 'written meanwhile'") == [f"i{at:05}" for at in range(1, steps + 1)]
    assert names(domain, "group = 'g01'") == [
        *(f"i{at:05}" for at in range(101, 3000, 50)), *(f"late{at:05}" for at in range(1, steps + 1))
    ]  # fmt: skip
    assert indexes(domain, "group = 'g01'") == ("group",)


@pytest.mark.usefixtures("small_steps")
def test_names_put_in_order_while_writes_go_on_are_up_to_date() -> None:
    domain = filled(NEVER, 3000)
    steps = 0
    for steps, _ in enumerate(domain.build(ITEM_NAME), 1):
        put(domain, f"i00005.{steps:03}", ("a", "b"))
        domain.apply(Write([Delete(f"i{steps + 10:05}")], AWS))
    assert steps > 5
    assert indexes(domain, "itemName() like 'i0000%'") == ("itemName()",)
    assert names(domain, "itemName() between 'i00005' and 'i00006'") == [
        "i00005", *(f"i00005.{at:03}" for at in range(1, steps + 1)), "i00006"
    ]  # fmt: skip
    assert names(domain, "itemName() between 'i0001' and 'i00015'") == ["i00010"]


@pytest.mark.usefixtures("small_steps")
def test_an_index_is_brought_up_to_date_with_many_changes_at_once() -> None:
    domain = filled(NEVER, 3000)
    making = domain.build("group")
    next(making)
    for at in range(0, 2000, 2):
        put(domain, f"i{at:05}", ("group", "changed"))
    list(making)
    assert indexes(domain, "group = 'changed'") == ("group",)
    assert len(names(domain, "group = 'changed'")) == 1000


@pytest.mark.usefixtures("small_steps")
def test_an_index_that_nobody_goes_on_with_is_let_go_of_when_the_whole_domain_changed() -> None:
    domain = filled(NEVER, 1500)
    making = domain.build("group")
    next(making)
    for at in range(1500):
        put(domain, f"i{at:05}", ("group", "changed"))
    assert set(domain._building) == {"group"}
    for at in range(300):
        put(domain, f"new{at:05}", ("group", "new"))
        domain.apply(Write([Delete(f"new{at:05}")], AWS))
    assert set(domain._building) == set()
    list(making)
    assert set(domain._indexes) == set()
    assert len(names(domain, "group = 'changed'")) == 1500


@pytest.mark.usefixtures("small_steps")
def test_a_search_goes_without_the_index_that_another_is_making() -> None:
    domain = filled(ALWAYS, 3000)
    first, second = domain.search(plan("group = 'g01'")), domain.search(plan("group = 'g01'"))
    assert next(first).item is None
    domain._building["group"].busy.acquire()
    expected = [f"i{at:05}" for at in range(1, 3000, 50)]
    assert [step.name for step in second if step.item is not None] == expected
    assert "group" not in domain._indexes
    domain._building["group"].busy.release()
    assert [step.name for step in first if step.item is not None] == expected
    assert "group" in domain._indexes


@pytest.mark.usefixtures("small_steps")
def test_a_search_sees_the_moment_of_its_beginning_though_it_made_an_index_first() -> None:
    domain = filled(ALWAYS, 3000)
    search = domain.search(plan("group = 'g01' order by group desc"))
    assert next(search).item is None
    put(domain, "i00051", ("group", "moved"))
    put(domain, "late", ("group", "g01"))
    found = [step.name for step in search if step.item is not None]
    assert found == [f"i{at:05}" for at in range(2951, 0, -50)]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("indexing", [rules.LAZY, NEVER], ids=["lazy", "never"])
@pytest.mark.parametrize("where", ["price > '1' order by price", "price > '1' order by price desc", "price > '1'"])
def test_what_is_sorted_in_parts_is_in_order(where: str, indexing: Indexing) -> None:
    domain = filled(indexing, 3000)
    expected = sorted((at for at in range(3000) if str(at) > "1"), key=str, reverse="desc" in where)
    steps = list(domain.search(plan(where)))
    assert [step.name for step in steps if step.item is not None] == [f"i{at:05}" for at in expected]
    assert [step.place for step in steps if step.item is None] == [beginning(plan(where).order)] * 2
    after = steps[1000].place
    rest = [step.name for step in domain.search(plan(where), after) if step.item is not None]
    assert rest == [step.name for step in steps[1001:]]


def test_names_stay_in_order_while_items_come_and_go() -> None:
    domain = filled(ALWAYS)
    assert len(names(domain, "itemName() like 'i000%'")) == 100
    domain.apply(Write([Delete("i00005")], AWS))
    put(domain, "i00005.5", ("a", "b"))
    assert names(domain, "itemName() between 'i00004' and 'i00006'") == ["i00004", "i00005.5", "i00006"]


def test_ordered_texts_survive_any_order_of_changes() -> None:
    chance = Random(11)
    present = {f"t{number:05}" for number in range(0, 3000, 3)}
    ordered = Ordered(present)
    for _ in range(8000):
        text = f"t{chance.randrange(3000):05}"
        if text in present:
            present.remove(text)
            ordered.remove(text)
        else:
            present.add(text)
            ordered.add(text)
    number, forwards, _ = ordered.span(Span("x", "t01000", "t02000", low_open=True))
    expected = sorted(text for text in present if "t01000" < text <= "t02000")
    assert [text for text in forwards if text in present] == expected
    assert number >= len(expected)
    assert [text for text in ordered.span(Span("x"))[2] if text in present] == sorted(present, reverse=True)
    assert len(ordered) == len(present)


def test_a_common_value_becomes_dense_and_stays_right() -> None:
    chance = Random(5)
    index = AttributeIndex("v")
    holders: set[int] = set()
    for entity in range(1, 3000):
        index.change(entity, None, "common")
        holders.add(entity)
        if chance.random() < 0.3:
            gone = chance.choice(sorted(holders)[-40:])
            index.change(gone, "common", None)
            holders.remove(gone)
    assert "common" in index._dense
    assert index.size("common") == len(holders)
    assert index.entities("common") == sorted(holders)
    assert list(index.ascending("common", 1000)) == sorted(entity for entity in holders if entity > 1000)
    assert list(index.descending("common", 1000)) == sorted((e for e in holders if e < 1000), reverse=True)
    for entity in sorted(holders):
        index.change(entity, "common", None)
    assert (index.size("common"), index.entities("common"), index.entries, index.holders) == (0, [], 0, {})


@pytest.mark.parametrize("indexing", [rules.ALWAYS, NEVER])
def test_a_domain_of_several_chunks_gives_the_same_with_and_without_indexes(indexing: Indexing) -> None:
    domain = filled(indexing, 3000)
    red = [at for at in range(3000) if at % 3]
    assert names(domain, "colour = 'red' and group = 'g01'") == [f"i{at:05}" for at in red if at % 50 == 1]
    assert names(domain, "colour = 'red' intersection price > '29'") == [
        f"i{at:05}" for at in red if str(at) > "29"
    ]
    assert names(domain, "group in ('g03', 'g01') and colour = 'blue' order by price desc") == [
        f"i{at:05}" for at in sorted(range(3000), key=str, reverse=True) if at % 50 in (1, 3) and at % 3 == 0
    ]
