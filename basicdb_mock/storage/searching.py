"""What storages share when they search: walking rows, sorting them, counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain, islice
from typing import TypeVar

from basicdb_mock.model import Item
from basicdb_mock.select.plan import OrderBy, Plan, Position, beginning, is_after
from basicdb_mock.storage.contract import Counted, Found

BREATH = 1024
"""How many rows a search examines without a match before it tells how far it has come."""

RUN = 16_384
"""How many rows are sorted at a time: what must be done before a sort can be left."""

_Sortable = TypeVar("_Sortable", bound="tuple[object, ...]")


def scan(rows: Iterable[tuple[int, str, Item]], plan: Plan) -> Iterator[Found]:
    """The matches among rows that come in creation order, as (entity, name, item)."""
    matches = plan.matches
    quiet = 0
    for entity, name, item in rows:
        if matches(name, item):
            quiet = 0
            yield Found(Position(None, entity), name, item)
        else:
            quiet += 1
            if quiet == BREATH:
                quiet = 0
                yield Found(Position(None, entity), name, None)


def sort(rows: Iterable[tuple[int, str, Item]], plan: Plan, after: Position | None) -> Iterator[Found]:
    """The matches among rows in any order, put into the plan's order, from after a position."""
    matches, left = plan.matches, iter(rows)
    runs = iter(lambda: list(islice(left, RUN)), [])
    return arrange(([row for row in run if matches(row[1], row[2])] for run in runs), plan, after)


def arrange(
    runs: Iterable[Iterable[tuple[int, str, Item]]], plan: Plan, after: Position | None
) -> Iterator[Found]:
    """Runs of matches, each in any order, put into the plan's order, from after a position.

    Between two runs a step tells that it has come nowhere yet.
    """
    descending, key_of = plan.order.descending, plan.key
    nowhere = Found(after or beginning(plan.order), "", None)
    keyed_runs: list[list[tuple[str, int, str, Item]]] = []
    keyless_runs: list[list[tuple[int, str, Item]]] = []
    for number, run in enumerate(runs):
        if number:
            yield nowhere
        keyed: list[tuple[str, int, str, Item]] = []
        keyless: list[tuple[int, str, Item]] = []
        for entity, name, item in run:
            key = key_of(name, item)
            if after is not None and not is_after(Position(key, entity), after, descending):
                continue
            if key is None:
                keyless.append((entity, name, item))
            else:
                keyed.append((key, entity, name, item))
        keyed.sort(reverse=descending)  # no two have the same entity: names and items are never compared
        keyless.sort(reverse=descending)
        keyed_runs.append(keyed)
        keyless_runs.append(keyless)
    first = (Found(Position(None, entity), name, item) for entity, name, item in _merged(keyless_runs, descending))
    rest = (Found(Position(key, entity), name, item) for key, entity, name, item in _merged(keyed_runs, descending))
    yield from chain(rest, first) if descending else chain(first, rest)


def _merged(runs: list[list[_Sortable]], descending: bool) -> Iterable[_Sortable]:
    filled = [run for run in runs if run]
    return filled[0] if len(filled) == 1 else merge(*filled, reverse=descending)


def search_rows(
    rows: Callable[[int], Iterable[tuple[int, str, Item]]], plan: Plan, after: Position | None
) -> Iterator[Found]:
    """A search without any index; ``rows(entity)`` gives the rows after an entity in creation order."""
    if plan.order.by is OrderBy.ENTITY:
        return scan(rows(after.entity if after else 0), plan)
    return sort(rows(0), plan, after)


def count_found(found: Iterable[Found], at_most: int | None, stop: Callable[[], bool]) -> Counted:
    """Count a search; it stops at ``at_most`` or, asked now and then, when ``stop()`` says so."""
    number = 0
    for step, (place, _, item) in enumerate(found, 1):
        if item is not None:
            number += 1
            if number == at_most:
                return Counted(number, place)
        if (item is None or step % BREATH == 0) and stop():
            return Counted(number, place)
    return Counted(number, None)
