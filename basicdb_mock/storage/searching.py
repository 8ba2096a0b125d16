"""Shared by storages: walking rows, sorting and counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import TypeAlias, TypeVar

from basicdb_mock.model import Item
from basicdb_mock.select.plan import OrderBy, Plan, Position, beginning, is_after
from basicdb_mock.storage.contract import Counted, Found

BREATH = 1024
"""After this number of rows without a match, a search yields how far it has come."""

RUN = 16_384
"""The number of rows sorted in one step; a sort can only be interrupted between steps."""

_Keyed: TypeAlias = "tuple[str, int, str, Item]"
_Keyless: TypeAlias = "tuple[int, str, Item]"
_Sortable = TypeVar("_Sortable", _Keyed, _Keyless)


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
    """The matches after a position among rows in any order, sorted into the plan's order."""
    matches, left = plan.matches, iter(rows)
    runs = iter(lambda: list(islice(left, RUN)), [])
    return arrange(([row for row in run if matches(row[1], row[2])] for run in runs), plan, after)


def arrange(
    runs: Iterable[Iterable[tuple[int, str, Item]]], plan: Plan, after: Position | None
) -> Iterator[Found]:
    """Runs of matches in any order, sorted into the plan's order, from after a position.

    Between two runs it yields a step without an item, at the starting place.
    """
    descending = plan.order.descending
    keyed_runs: list[list[_Keyed]] = []
    keyless_runs: list[list[_Keyless]] = []
    for number, run in enumerate(runs):
        if number:
            yield Found(after or beginning(plan.order), "", None)
        keyed, keyless = _sorted(run, plan, after)
        if keyed:
            keyed_runs.append(keyed)
        if keyless:
            keyless_runs.append(keyless)
    if not descending:
        for entity, name, item in _merged(keyless_runs, descending):
            yield Found(Position(None, entity), name, item)
    for key, entity, name, item in _merged(keyed_runs, descending):
        yield Found(Position(key, entity), name, item)
    if descending:
        for entity, name, item in _merged(keyless_runs, descending):
            yield Found(Position(None, entity), name, item)


def _sorted(
    run: Iterable[tuple[int, str, Item]], plan: Plan, after: Position | None
) -> tuple[list[_Keyed], list[_Keyless]]:
    """The matches of a run after a position, in order: those with a key, and those without."""
    descending, key_of = plan.order.descending, plan.key
    keyed: list[_Keyed] = []
    keyless: list[_Keyless] = []
    for entity, name, item in run:
        key = key_of(name, item)
        if after is not None and not is_after(Position(key, entity), after, descending):
            continue
        if key is None:
            keyless.append((entity, name, item))
        else:
            keyed.append((key, entity, name, item))
    keyed.sort(reverse=descending)  # entities are unique, so names and items are never compared
    keyless.sort(reverse=descending)
    return keyed, keyless


def _merged(runs: list[list[_Sortable]], descending: bool) -> Iterable[_Sortable]:
    return merge(*runs, reverse=descending) if len(runs) > 1 else runs[0] if runs else ()


def search_rows(
    rows: Callable[[int], Iterable[tuple[int, str, Item]]], plan: Plan, after: Position | None
) -> Iterator[Found]:
    """A search without an index; ``rows(entity)`` returns the rows after an entity in creation order."""
    if plan.order.by is OrderBy.ENTITY:
        return scan(rows(after.entity if after else 0), plan)
    return sort(rows(0), plan, after)


def count_found(found: Iterable[Found], at_most: int | None, stop: Callable[[], bool]) -> Counted:
    """Count the matches of a search; stops at ``at_most``, or if ``stop()``, called now and then, returns true."""
    number = 0
    for step, (place, _, item) in enumerate(found, 1):
        if item is not None:
            number += 1
            if number == at_most:
                return Counted(number, place)
        if (item is None or step % BREATH == 0) and stop():
            return Counted(number, place)
    return Counted(number, None)
