"""When indexes are built and dropped, judged by the work that they would have saved searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from basicdb_mock.model import Item
from basicdb_mock.select.expression import ITEM_NAME, Subject
from basicdb_mock.select.plan import AllOf, Narrowing, OrderBy, Plan, Span
from basicdb_mock.storage.memory.counting import subjects
from basicdb_mock.storage.memory.rows import Moment


def _appears(items: int, examined: int) -> bool:
    # Building costs about two scans (measured: 1.2 to 7); a scan of a few dozen items costs next to nothing.
    return items >= 64 and examined >= 2 * items


def _goes(entries: int, idle: int) -> bool:
    return entries > 10_000 and idle > 2 * entries


@dataclass(frozen=True, slots=True)
class Indexing:
    """The rules for indexes.

    ``appears(items, examined)`` decides whether an attribute gets an index, given the number of items in the domain and
    how many items searches have examined for lack of it.  ``goes(entries, idle)`` decides whether an index is dropped,
    given its size and how often it has been changed since a search last used it.
    """

    appears: Callable[[int, int], bool] = _appears
    goes: Callable[[int, int], bool] = _goes


LAZY = Indexing()
"""The default: an index is built once searches have examined twice the domain for lack of it."""

ALWAYS = Indexing(lambda items, examined: True, lambda entries, idle: False)
"""Every search builds the indexes it can use; for tests."""

NEVER = Indexing(lambda items, examined: False, lambda entries, idle: True)
"""No indexes at all; for tests and comparisons."""


def helpful(plan: Plan, *, counting: bool) -> set[Subject]:
    """The subjects whose indexes a search, or a count, can use."""
    found: set[Subject] = set()
    if counting:
        if plan.where is not None:
            found |= subjects(plan.where)
    elif plan.order.by is OrderBy.ITEM_NAME:
        found.add(ITEM_NAME)
    elif plan.order.by is OrderBy.ATTRIBUTE:
        found.add(plan.order.attribute)
    if plan.narrowing is not None:
        found |= set(_subjects(plan.narrowing))
    return found


def by_promise(wanted: set[Subject], plan: Plan, moment: Moment) -> list[Subject]:
    """Subjects in the order in which to index them: first what leaves the fewest of some sample rows."""
    if len(wanted) < 2 or plan.narrowing is None:
        return sorted(wanted, key=str)
    sample = _sample(moment)
    left = dict.fromkeys(sorted(wanted, key=str), len(sample))
    for part in plan.narrowing.parts if isinstance(plan.narrowing, AllOf) else (plan.narrowing,):
        holding = sum(_holds(part, name, item) for name, item in sample)
        for subject in _subjects(part):
            if subject in left:
                left[subject] = min(holding, left[subject])
    return sorted(left, key=left.__getitem__)


def _subjects(narrowing: Narrowing) -> list[Subject]:
    if isinstance(narrowing, Span):
        return [narrowing.subject]
    return [subject for part in narrowing.parts for subject in _subjects(part)]


def _sample(moment: Moment) -> list[tuple[str, Item]]:
    """Sample rows from all parts of a domain."""
    full = [chunk for chunk in moment.chunks if chunk.live]
    step = max(1, len(full) // 16)
    return [
        (chunk.names[slot], item)
        for chunk in full[::step]
        for slot in range(0, len(chunk.items), 64)
        if (item := chunk.items[slot]) is not None
    ]


def _holds(narrowing: Narrowing, name: str, item: Item) -> bool:
    if isinstance(narrowing, Span):
        if not isinstance(narrowing.subject, str):
            return name in narrowing
        values = item.get(narrowing.subject, ())
        return values in narrowing if isinstance(values, str) else any(value in narrowing for value in values)
    return (all if isinstance(narrowing, AllOf) else any)(_holds(part, name, item) for part in narrowing.parts)
