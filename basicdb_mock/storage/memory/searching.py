"""Running a search by the chosen route: the matches of one moment, in order, lazily, while writes go on.

What an index yields are candidates; the rows of the moment decide.  Items that have changed since are taken from the
moment's rows instead of the index, each at its place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, compress, islice, repeat

from basicdb_mock.model import Item
from basicdb_mock.select.plan import OrderBy, Plan, Position, Span, beginning, is_after, sort_key
from basicdb_mock.select.predicate import ValueTest
from basicdb_mock.storage import searching
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.memory import posting
from basicdb_mock.storage.memory.planner import FEW, Route, Way
from basicdb_mock.storage.memory.rows import Moment, Run
from basicdb_mock.storage.memory.view import Effort, View
from basicdb_mock.storage.searching import BREATH

_FIRST_RUNS = 1
_SHORT = 256
_RUNS_A_SORT = 16
_FIRST_BATCH = 128
_LAST_BATCH = 2048


def search(plan: Plan, view: View, route: Route, after: Position | None, effort: Effort) -> Iterator[Found]:
    """The matches of a plan by a route, from after a position."""
    match route.way:
        case Way.SCAN:
            return _scan(plan, view, after.entity if after else 0, effort)
        case Way.SCAN_AND_SORT:
            return _sorted(plan, view, after, effort)
        case Way.CANDIDATES_AND_SORT:
            return _sorted_candidates(plan, view, route, after, effort)
        case Way.CANDIDATES:
            return _followed(plan, view, _candidates(view, route, after.entity if after else 0), after, effort)
        case Way.WALK:
            return _followed(plan, view, _walk(plan, view, route.spans, after), after, effort)


def _scan(plan: Plan, view: View, entity: int, effort: Effort) -> Iterator[Found]:
    place = counted = entity
    new = tuple.__new__  # does what Found and Position do, in half the time
    try:
        for (entities, names, items), marks in _marked(plan, view.moment, entity):
            began = place
            for place, name, item in compress(zip(entities, names, items, strict=True), marks):
                yield new(Found, (new(Position, (None, place)), name, item))
            if place == began and entities:
                place = entities[-1]
                effort.spend(place - counted)
                counted = place
                yield Found(Position(None, place), names[-1], None)
    finally:
        effort.spend(place - counted)


def _marked(plan: Plan, moment: Moment, entity: int = 0) -> Iterator[tuple[Run, Iterable[int]]]:
    """Runs of rows after an entity, and which rows of each run match.

    The first run, unless it is short, is tested row by row as it is read: most pages are full before its end.
    """
    for number, run in enumerate(moment.runs(entity)):
        entities, names, items = run
        if plan.everything:
            yield run, repeat(1, len(entities))
        else:
            at_once = number >= _FIRST_RUNS or len(entities) <= _SHORT
            yield run, plan.matching(names, items) if at_once else map(plan.matches, names, items)


def _sorted(plan: Plan, view: View, after: Position | None, effort: Effort) -> Iterator[Found]:
    effort.spend(view.items)
    marked = _marked(plan, view.moment)
    parts = iter(lambda: list(islice(marked, _RUNS_A_SORT)), [])
    runs = ([row for run, marks in part for row in compress(zip(*run, strict=True), marks)] for part in parts)
    return searching.arrange(runs, plan, after)


def _sorted_candidates(plan: Plan, view: View, route: Route, after: Position | None, effort: Effort) -> Iterator[Found]:
    assert route.narrowing is not None
    few = route.estimate <= FEW
    candidates = list(view.entities(route.narrowing) if few else posting.members(view.number(route.narrowing)))
    if view.refresh() is None:
        yield from _sorted(plan, view, after, effort)
        return
    effort.spend(len(candidates))
    get = view.moment.get
    rows = (
        (entity, *row)
        for entity in chain(view.dirty, (entity for entity in candidates if entity not in view.dirty))
        if (row := get(entity)) is not None
    )
    yield from searching.sort(rows, plan, after)


Candidate = tuple["str | None", int]
"""A key in the plan's order and an entity: the entity's place if it matches and that is its key."""


def _candidates(view: View, route: Route, after: int) -> Iterator[Candidate]:
    assert route.narrowing is not None
    found: Iterable[int]
    if route.estimate <= FEW:
        entities = sorted(view.entities(route.narrowing))
        found = entities[bisect_right(entities, after) :]
    else:
        found = posting.members(view.number(route.narrowing), after)
    for entity in found:
        yield None, entity


def _walk(plan: Plan, view: View, spans: tuple[Span, ...], after: Position | None) -> Iterator[Candidate]:
    order = plan.order
    keyed = (_walk_back if order.descending else _walk_on)(view, spans, plan.key_test, after)
    if order.by is OrderBy.ITEM_NAME or order.everywhere:
        return keyed
    # Matches without the attribute come before all others, or after them in descending order.
    if order.descending:
        last = after.entity if after is not None and after.key is None else None
        return chain(keyed, _without(order.attribute, view.moment.before(last)))
    if after is not None and after.key is not None:
        return keyed
    return chain(_without(order.attribute, view.moment.after(after.entity if after else 0)), keyed)


def _without(attribute: str, rows: Iterator[tuple[int, str, Item]]) -> Iterator[Candidate]:
    return ((None, entity) for entity, _, item in rows if attribute not in item)


def _walk_on(
    view: View, spans: tuple[Span, ...], test: ValueTest | None, after: Position | None
) -> Iterator[Candidate]:
    key = after.key if after is not None else None
    for span in spans:
        if key is not None and span.high is not None and span.high < key:
            continue
        index = view.index(span)
        assert index is not None
        left = span if key is None or span.low >= key else Span(span.subject, key, span.high, False, span.high_open)
        values = index.values(left)
        for value in filter(test, values) if test else values:
            for entity in index.ascending(value, after.entity if after is not None and value == key else 0):
                yield value, entity


def _walk_back(
    view: View, spans: tuple[Span, ...], test: ValueTest | None, after: Position | None
) -> Iterator[Candidate]:
    if after is not None and after.key is None:  # it has reached the matches without the attribute
        return
    key = after.key if after is not None else None
    for span in reversed(spans):
        if key is not None and span.low > key:
            continue
        index = view.index(span)
        assert index is not None
        passed = key is not None and (span.high is None or span.high > key)
        left = Span(span.subject, span.low, key, span.low_open, False) if passed else span
        values = index.values(left, backwards=True)
        for value in filter(test, values) if test else values:
            for entity in index.descending(value, after.entity if after is not None and value == key else None):
                yield value, entity


def _followed(
    plan: Plan, view: View, candidates: Iterator[Candidate], after: Position | None, effort: Effort
) -> Iterator[Found]:
    """The matches among candidates that come in the plan's order, with the changed items at their old places."""
    matches, key_of, get = plan.matches, plan.key, view.moment.get
    descending = plan.order.descending
    pending: list[Found] = []  # changed items still to come, in reverse
    mark = after
    size = _FIRST_BATCH
    quiet = 0
    while True:
        batch = list(islice(candidates, size))
        fresh = view.refresh()  # after reading the index, so that it includes all that may be wrong in the batch
        if fresh is None:
            effort.spend(view.items)
            yield from searching.search_rows(view.moment.after, plan, mark)
            return
        if fresh:
            pending = _with_changed(plan, view, fresh, mark, pending)
        dirty = view.dirty
        effort.spend(len(batch))
        for key, entity in batch:
            if entity in dirty:
                continue
            row = get(entity)
            if row is None:
                continue
            name, item = row
            mark = Position(key, entity)
            while pending and is_after(mark, pending[-1].place, descending):
                yield pending.pop()
            if matches(name, item) and key_of(name, item) == key:
                quiet = 0
                yield Found(mark, name, item)
            else:
                quiet += 1
                if quiet == BREATH:
                    quiet = 0
                    yield Found(mark, name, None)
        if len(batch) < size:
            while pending:
                yield pending.pop()
            return
        size = min(size * 2, _LAST_BATCH)


def _with_changed(
    plan: Plan, view: View, changed: list[int], mark: Position | None, pending: list[Found]
) -> list[Found]:
    """``pending`` plus the changed entities that matched in the moment and are still to come, in reverse."""
    descending = plan.order.descending
    for entity in changed:
        row = view.moment.get(entity)
        if row is not None and plan.matches(*row):
            place = plan.place(*row, entity)
            if mark is None or is_after(place, mark, descending):
                pending.append(Found(place, *row))
    pending.sort(key=lambda found: sort_key(found.place), reverse=not descending)
    return pending


def count_rows(plan: Plan, view: View, stop: Callable[[], bool], effort: Effort) -> Counted:
    """Count matches by testing every row; a stopped count only has a place in creation order."""
    in_order = plan.order.by is OrderBy.ENTITY
    number = 0
    for (entities, _, _), marks in _marked(plan, view.moment):
        number += sum(marks)
        effort.spend(len(entities))
        if entities[-1] < view.last and stop():
            return Counted(number, Position(None, entities[-1])) if in_order else Counted(0, beginning(plan.order))
    return Counted(number, None)
