"""A domain of a million items in SQLite: what pages, counts and opening it take, and what room."""

from __future__ import annotations

import random
import statistics
from functools import partial
from pathlib import Path

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import RELAXED
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison, Expression, Subject
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Domain
from benchmarks.storage_figures import Figure, measured, opened, worked


def large_item(number: int, chance: random.Random) -> tuple[tuple[str, str], ...]:
    return (
        ("unique", f"{chance.randrange(10**12):012}"),
        ("thousandth", f"t{chance.randrange(1000):03}"),
        ("tenth", f"e{chance.randrange(10)}"),
        ("twentieth", f"w{chance.randrange(20):02}"),
        ("year", str(1900 + chance.randrange(120))),
        ("title", f"{chance.choice(TITLES)} {chance.randrange(10**6):06}"),
        ("rating", f"{chance.randrange(10**5):05}"),
        ("author", f"author {chance.randrange(20000)}"),
        ("place", f"place {chance.randrange(200)}"),
        ("number", f"{number:09}"),
    )


TITLES = tuple(f"{first}{second}" for first in "abcdefghij" for second in ("lfa", "eta", "gam", "psi", "rho"))

SELECTS: tuple[tuple[str, Expression | None, tuple[Subject, bool] | None], ...] = (
    ("thousandth = one value", Comparison("thousandth", "=", ("t500",)), None),
    ("tenth = and twentieth = (both broad)", And((
        Comparison("tenth", "=", ("e5",)), Comparison("twentieth", "=", ("w07",)))), None),
    ("thousandth = and year > (one selective)", And((
        Comparison("thousandth", "=", ("t500",)), Comparison("year", ">", ("1950",)))), None),
    ("title like 'alfa 0000%'", Comparison("title", "like", ("alfa 0000%",)), None),
    ("rating > order by rating (broad)", Comparison("rating", ">", ("50000",)), ("rating", False)),
    ("rating > order by rating desc (broad)", Comparison("rating", ">", ("50000",)), ("rating", True)),
    ("tenth = and rating > order by rating", And((
        Comparison("tenth", "=", ("e5",)), Comparison("rating", ">", ("50000",)))), ("rating", False)),
    ("itemName() like 'item0005%' (order by it)", Comparison(ITEM_NAME, "like", ("item0005%",)), (ITEM_NAME, False)),
    ("author in (3 values)", Comparison("author", "in", ("author 7", "author 77", "author 777")), None),
    ("no condition, order of creation", None, None),
)


COUNTS: tuple[tuple[str, Expression | None], ...] = (
    ("everything", None),
    ("thousandth = one value", Comparison("thousandth", "=", ("t500",))),
    ("tenth = one value", Comparison("tenth", "=", ("e5",))),
    ("title like '%a 0000%'", Comparison("title", "like", ("%a 0000%",))),
)


def page(domain: Domain, where: Expression | None, sort: tuple[Subject, bool] | None, limit: int = 100) -> int:
    number = 0
    for step in domain.search(plan_search(where, sort)):
        number += step.item is not None
        if number == limit:
            break
    return number


def measure_large(directory: str, items: int) -> list[Figure]:
    url = f"sqlite:{directory}/large?durability=off"
    path = Path(directory, "large")
    chance = random.Random(3)
    storage, domain = opened(url)

    def load() -> None:
        for start in range(0, items, 2000):
            numbers = range(start, min(start + 2000, items))
            changes = [Put(f"item{number:07}", large_item(number, chance)) for number in numbers]
            domain.apply(Write(changes, RELAXED))

    loading = measured(load)[0]
    known = domain.get(f"item{items // 2:07}")
    assert known is not None
    storage.close()
    size = path.stat().st_size
    figures = [
        Figure(f"sqlite: {items:,} items of 10 pairs, size on disk", size / 2**20, "MiB"),
        Figure("  bytes per item", size / items, "B"),
        Figure("  loading, items per second", items / loading, "/s"),
    ]

    def reopen() -> None:
        storage, _ = opened(url)
        storage.close()

    opening = statistics.median(measured(reopen)[0] for _ in range(7))
    figures.append(Figure("  opening it", opening * 1000, "ms", "< 100"))
    storage, domain = opened(url)
    unique = Comparison("unique", "=", (str(known["unique"]),))
    for what, where, sort in (("unique = one value", unique, None), *SELECTS):
        pages = [worked(partial(page, domain, where, sort)) for _ in range(9)]
        taken = statistics.median(seconds for seconds, _ in pages)
        figures.append(Figure(f"  select, a page of {pages[0][1]}: {what}", taken * 1000, "ms", "< 5"))
    for what, where in COUNTS:
        taken, counted = worked(partial(domain.count, plan_search(where), None, None, lambda: False))
        figures.append(Figure(f"  count of {counted.number:,}: {what}", taken * 1000, "ms"))
    figures.append(Figure("  statistics", worked(domain.statistics)[0] * 1000, "ms"))
    storage.close()
    return figures
