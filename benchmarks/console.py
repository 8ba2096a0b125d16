"""Each page of the console over a large domain, beside a bare Select through the same engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from basicdb_mock.changes import Write
from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.server.app import create_app
from basicdb_mock.server.asking import ask
from basicdb_mock.server.snapshots import Snapshots
from benchmarks.domains import batches
from benchmarks.measuring import Contest, Figure, timed

SECTION = "console"
GOAL = 0.1
"""Seconds a page may take on a domain of 100,000 items."""
SIZES = {"memory": 100_000, "sqlite": 100_000, "files": 20_000}
QUICK_SIZES = {"memory": 100_000, "sqlite": 5_000, "files": 1_000}
"""Items of the domain by storage.  Of files a bare Select looks at each: there the goal is a ratio to that."""
FILES_GOAL = 3.0

_TENANT = Tenant("123456789012", "us-east-1")
_PLACE = {"account": _TENANT.account, "region": _TENANT.region}
_LARGE = {**_PLACE, "domain": "large"}
_BARE = {"SelectExpression": "select * from large limit 50", "ConsistentRead": "true"}
_PRICED = "select * from large where price > '050000' order by price limit 50"

PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "home, of 250 domains": ("", {}),
    "domain": ("domain", _LARGE),
    "domain, sorted": ("domain", {**_LARGE, "sort": "price", "direction": "desc"}),
    "domain, filtered and sorted": ("domain", {**_LARGE, "where": "colour = 'red'", "sort": "price"}),
    "item": ("item", {**_LARGE, "item": "item00000042"}),
    "select, a page": ("select", {**_PLACE, "expression": _PRICED}),
    "select, a count": ("select", {**_PLACE, "expression": "select count(*) from large where price > '050000'"}),
    "requests, 1,000 of them": ("requests", {}),
    "rehearsal, with a snapshot": ("rehearsal", {}),
}


def measure(*, rounds: int, quick: bool = False) -> Iterator[Figure]:
    """Pages over a large domain among 250, with a full journal, on each storage of one machine."""
    for storage, size in (QUICK_SIZES if quick else SIZES).items():
        with TemporaryDirectory() as place:
            url = f"{storage}:" if storage == "memory" else f"{storage}:{Path(place, 'data')}"
            yield from _measured(storage, _engine(url, size), size, rounds)


def _measured(storage: str, engine: Engine, size: int, rounds: int) -> Iterator[Figure]:
    client = create_app(engine).test_client()
    client.put("/_basicdb/snapshots/kept", json={})
    pages = {name: partial(_get, client, path, query) for name, (path, query) in PAGES.items()}
    work: dict[str, Callable[[], object]] = {**pages, "bare": partial(ask, engine, _TENANT, "Select", _BARE)}
    contest = Contest({name: timed(each) for name, each in work.items()}, rounds=rounds)
    for name in PAGES:
        seconds, ratio = contest.seconds(name), contest.ratio(name, "bare")
        goal, met = (f"<= {GOAL * 1000:g} ms", seconds <= GOAL)
        if storage == "files":
            goal, met = f"{goal} or {FILES_GOAL:g} x", met or ratio <= FILES_GOAL
        yield Figure(
            SECTION, f"{name} ({storage})", seconds, "s", size, "a bare Select of 50 items", ratio, goal, met
        )
    if storage == "memory":
        snapshots = Snapshots(engine)
        snapshots.take("before")
        engine.storage.domain(_TENANT, "large").apply(Write(next(batches(25, seed=6)), AWS))
        whole = Contest({"compare": timed(partial(snapshots.compare, "before"))}, rounds=rounds)
        # All items are looked at: it grows with them, and is promised nothing.
        yield Figure(SECTION, "comparing a snapshot with the present", whole.seconds("compare"), "s", size)
    engine.close()


def _engine(url: str, size: int) -> Engine:
    engine = Engine(url)
    for number in range(249):
        engine.storage.create_domain(_TENANT, f"domain{number:03d}", now=0.0, at_most=250)
    engine.storage.create_domain(_TENANT, "large", now=0.0, at_most=250)
    large = engine.storage.domain(_TENANT, "large")
    for batch in batches(size):
        large.apply(Write(batch, AWS))
    for _ in range(1000):
        ask(engine, _TENANT, "ListDomains", {"MaxNumberOfDomains": "1"})
    return engine


def _get(client: Any, path: str, query: dict[str, str]) -> None:
    answer = client.get(f"/_basicdb/{path}" + (f"?{urlencode(query)}" if query else ""))
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")
