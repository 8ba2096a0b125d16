"""Select in the engine's memory storage: pages, counts, scans, paging, memory and garbage collection, by size."""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from time import process_time

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import pairs
from basicdb_mock.select import prepare
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.memory import NEVER, Indexing, MemoryDomain
from benchmarks.domains import batches
from benchmarks.measuring import Figure, against_goal, best, typical

SECTION = "select in memory"
GOAL_FROM = 1_000_000
"""The promises are of a million items; smaller sizes show how cost grows."""

PAGES = {
    "equality, selective": "id = 'u{middle:09}'",
    "equality of two attributes": "city = 'city0042' and size = 'M'",
    "in, 20 values": "city in ({cities})",
    "like, prefix": "city like 'city004%'",
    "range, order by, limit 100": "price between '020000' and '030000' order by price",
    "itemName() prefix": "itemName() like 'item{prefix}%'",
}
"""Selective pages: the goal is a millisecond."""

BROAD = {
    "range, order by another": "city = 'city0042' and price > '0' order by price",
    "not like": "not colour like 're%'",
    "every()": "every(tag) = 't3'",
    "is null": "extra is null",
    "or of two attributes": "price < '000500' or city = 'city0001'",
}

COUNTS = {
    "intersection": "colour = 'red' intersection size = 'M'",
    "and of two broad equalities": "colour = 'red' and size = 'M'",
    "range over half the values": "price > '050000'",
    "not equal": "colour != 'red'",
    "not": "not (colour = 'red' or size = 'M')",
    "every()": "every(tag) = 't3'",
    "is null": "extra is null",
}
"""Counts of much of the domain: the goal is fifty milliseconds."""

SQLITE = {
    "equality, selective": ("id", "value = 'u{middle:09}'"),
    "like, prefix": ("city", "value >= 'city004' and value < 'city005'"),
    "range, order by, limit 100": ("price", "value between '020000' and '030000'"),
}

_EAGER = Indexing(lambda items, examined: True, lambda entries, idle: False)


def planned(condition: str) -> Plan:
    return prepare(f"select * from d where {condition}").plan


def written(template: str, items: int) -> str:
    cities = ", ".join(f"'city{number * 7:04}'" for number in range(20))
    return template.format(middle=items // 2, cities=cities, prefix=f"{items // 2:08}"[:6])


def page(domain: MemoryDomain, plan: Plan, after: Position | None = None, size: int = 100) -> list[Position]:
    found = (step.place for step in domain.search(plan, after) if step.item is not None)
    return list(islice(found, size))


def measure(items: int, *, peer: bool) -> Iterator[Figure]:
    """All figures of one size; ``peer``: also those of SQLite with an index of name, value and item."""
    binding = items >= GOAL_FROM
    gc.collect()
    gc.freeze()  # what boto3 and the others hold is no part of what a domain costs
    domain, loading = _load(items)
    yield Figure(
        SECTION, "BatchPut load", items / loading, "items/s", items,
        goal=">= 100,000 items/s" if binding else "", met=items / loading >= 100_000 if binding else None,
    )  # fmt: skip
    yield from _size(domain, items, binding)
    yield from _scans(domain, items, binding)
    indexed = _with_indexes(domain)
    database = _sqlite(indexed) if peer else None
    for name, template in {**PAGES, **BROAD}.items():
        plan = planned(written(template, items))
        page(indexed, plan)
        seconds = typical(lambda plan=plan: page(indexed, plan))  # type: ignore[misc]  # of this turn
        promised = binding and name in PAGES
        if database is not None and name in SQLITE:
            theirs = typical(_sqlite_page(database, name, items))
            yield Figure(
                SECTION, f"page: {name}", seconds, "s", items, "SQLite", seconds / theirs,
                "<= 1 ms" if promised else "", seconds <= 0.001 if promised else None,
            )  # fmt: skip
        elif promised:
            yield against_goal(SECTION, f"page: {name}", seconds, 0.001, size=items)
        else:
            yield Figure(SECTION, f"page: {name}", seconds, "s", items)
    for name, template in COUNTS.items():
        plan = planned(written(template, items))
        _count(indexed, plan)
        seconds = typical(lambda plan=plan: _count(indexed, plan), 5)  # type: ignore[misc]  # of this turn
        if binding:
            yield against_goal(SECTION, f"count: {name}", seconds, 0.05, size=items)
        else:
            yield Figure(SECTION, f"count: {name}", seconds, "s", items)
    yield from _paging(indexed, items, binding)
    yield from _writes(indexed, items)
    yield from _indexes(domain, items)
    if database is not None:
        database.close()


def _count(domain: MemoryDomain, plan: Plan) -> int:
    return domain.count(plan, None, None, lambda: False).number


def _load(items: int) -> tuple[MemoryDomain, float]:
    domain = MemoryDomain(0.0, NEVER)
    seconds = 0.0
    generated = batches(items)
    while some := list(islice(generated, 400)):
        writes = [Write(batch, AWS) for batch in some]
        begun = process_time()
        for write in writes:
            domain.apply(write)
        seconds += process_time() - begun
    return domain, seconds


def _with_indexes(domain: MemoryDomain) -> MemoryDomain:
    """The same domain, where every index that a search can use is made at once."""
    other = domain.copy()
    other._indexing = _EAGER
    return other


def _size(domain: MemoryDomain, items: int, binding: bool) -> Iterator[Figure]:
    size = _bytes(domain)
    yield Figure(
        SECTION, "memory an item, no index", size / items, "bytes", items,
        goal="<= 1,600 bytes" if binding else "", met=size / items <= 1600 if binding else None,
    )  # fmt: skip
    gc.collect()
    seconds = best(gc.collect, 3)
    gc.unfreeze()
    if binding:
        yield against_goal(SECTION, "gc.collect()", seconds, 0.1, size=items)
    else:
        yield Figure(SECTION, "gc.collect()", seconds, "s", items)


def _bytes(domain: MemoryDomain) -> int:
    """Bytes of the rows, their items and values, and the names; attribute names are interned and counted once."""
    seen: set[int] = set()
    total = sys.getsizeof(domain._entities) + sum(map(sys.getsizeof, domain._entities.values()))
    for chunk in domain._rows.moment().chunks:
        total += sys.getsizeof(chunk) + sys.getsizeof(chunk.names) + sys.getsizeof(chunk.items)
        for name, item in zip(chunk.names, chunk.items, strict=True):
            total += sys.getsizeof(name)
            if item is not None:
                total += sys.getsizeof(item)
                for attribute, values in item.items():
                    if id(attribute) not in seen:
                        seen.add(id(attribute))
                        total += sys.getsizeof(attribute)
                    total += sys.getsizeof(values)
                    total += 0 if isinstance(values, str) else sum(map(sys.getsizeof, values))
    return total


def _scans(domain: MemoryDomain, items: int, binding: bool) -> Iterator[Figure]:
    for name, condition in (("like, infix", "note like '%123%'"), ("equality, no index", "id = 'u-none'")):
        plan = planned(condition)
        seconds = best(lambda plan=plan: _count(domain, plan))  # type: ignore[misc]  # of this turn
        if binding:
            yield against_goal(SECTION, f"scan: {name}", seconds, 0.25, size=items)
        else:
            yield Figure(SECTION, f"scan: {name}", seconds, "s", items)


def _paging(domain: MemoryDomain, items: int, binding: bool) -> Iterator[Figure]:
    plan = prepare("select * from d").plan

    def everything() -> None:
        after: Position | None = None
        while places := page(domain, plan, after, 2500):
            after = places[-1]

    rate = items / best(everything, 3)
    yield Figure(
        SECTION, "paging through everything", rate, "items/s", items,
        goal=">= 500,000 items/s" if binding else "", met=rate >= 500_000 if binding else None,
    )  # fmt: skip
    if items < 1_000:
        return
    ordered = planned("price >= '0' order by price")
    page(domain, ordered)
    deep = page(domain, planned("price >= '090000' order by price"), None, 1)[0]
    first = typical(lambda: page(domain, ordered), 15)
    last = typical(lambda: page(domain, ordered, deep), 15)
    yield Figure(
        SECTION, "deep page, order by", last, "s", items, "the first page", last / first, "<= 1.5 x",
        last <= 1.5 * first,
    )  # fmt: skip


def _writes(domain: MemoryDomain, items: int) -> Iterator[Figure]:
    number = iter(range(10**9))
    domain.apply(Write([Put("first", (("id", "x"),))], AWS))  # parts it from its copy

    def put() -> None:
        at = next(number)
        domain.apply(Write([Put(f"new{at}", (("id", f"n{at}"), ("city", "city0001"), ("colour", "red")))], AWS))

    def thousand() -> None:
        for _ in range(1000):
            put()

    yield Figure(SECTION, "put into an indexed domain", best(thousand, 3) / 1000, "s", items)


def _indexes(domain: MemoryDomain, items: int) -> Iterator[Figure]:
    """What an index of an attribute costs to build and to keep."""
    for attribute, kind in (("id", "unique"), ("price", "100,000 values"), ("colour", "8 values")):
        alone = domain.copy()
        alone._indexes = {}
        begun = process_time()
        for _ in alone.build(attribute):
            pass
        seconds = process_time() - begun
        index = alone._indexes[attribute]
        size = sys.getsizeof(index._sparse) + sum(map(sys.getsizeof, index._sparse.values()))
        size += sum(sys.getsizeof(bits) + sum(map(sys.getsizeof, bits.values())) for bits in index._dense.values())
        size += sum(map(sys.getsizeof, index.holders.values())) + 8 * len(index._ordered)
        yield Figure(SECTION, f"build of an index, {kind}", seconds, "s", items)
        yield Figure(SECTION, f"memory of an index, {kind}", size / items, "bytes an item", items)


# -- the peer ----------------------------------------------------------------------------------------------------------
def _sqlite(domain: MemoryDomain) -> sqlite3.Connection:
    """The same domain in SQLite's memory: items as text, and a covering index of attribute, value and item."""
    database = sqlite3.connect(":memory:")
    database.execute("create table items (id integer primary key, name text, body text)")
    database.execute(
        "create table pairs (attribute text, value text, id integer, primary key (attribute, value, id)) without rowid"
    )
    wanted = {attribute for attribute, _ in SQLITE.values()}
    rows = domain._rows.moment()
    database.executemany(
        "insert into items values (?, ?, ?)", ((entity, name, repr(item)) for entity, name, item in rows.after())
    )
    database.executemany(
        "insert into pairs values (?, ?, ?)",
        (
            (attribute, value, entity)
            for entity, _, item in rows.after()
            for attribute, value in pairs(item)
            if attribute in wanted
        ),
    )
    return database


def _sqlite_page(database: sqlite3.Connection, name: str, items: int) -> Callable[[], object]:
    attribute, condition = SQLITE[name]
    query = (
        "select items.name, items.body from pairs join items using (id) "
        f"where attribute = '{attribute}' and {written(condition, items)} order by value limit 100"
    )
    return lambda: database.execute(query).fetchall()
