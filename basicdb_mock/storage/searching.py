"""What storages share when they search: walking rows, sorting them, counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from basicdb_mock.model import Item
from basicdb_mock.select.plan import OrderBy, Plan, Position, is_after
from basicdb_mock.storage.contract import Counted, Found

BREATH = 1024
"""How many rows a search examines without a match before it tells how far it has come."""


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
    matches = plan.matches
    return arrange(((entity, name, item) for entity, name, item in rows if matches(name, item)), plan, after)


def arrange(
    matching: Iterable[tuple[int, str, Item]], plan: Plan, after: Position | None
) -> Iterator[Found]:
    """Matches in any order, put into the plan's order, from after a position."""
    descending, key_of = plan.order.descending, plan.key
    keyed: list[tuple[str, int, str, Item]] = []
    keyless: list[tuple[int, str, Item]] = []
    for entity, name, item in matching:
        key = key_of(name, item)
        if after is not None and not is_after(Position(key, entity), after, descending):
            continue
        if key is None:
            keyless.append((entity, name, item))
        else:
            keyed.append((key, entity, name, item))
    keyed.sort(reverse=descending)  # no two have the same entity: names and items are never compared
    keyless.sort(reverse=descending)
    first = (Found(Position(None, entity), name, item) for entity, name, item in keyless)
    rest = (Found(Position(key, entity), name, item) for key, entity, name, item in keyed)
    return chain(rest, first) if descending else chain(first, rest)


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
