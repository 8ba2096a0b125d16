"""Letting a search see one moment, although it calls a partition repeatedly while writes go on.

Every call returns what writes have replaced since the previous call.  So a row that was not replaced is as it was when
the search began, and replaced rows are taken from what the calls returned, each at its old place.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from basicdb_mock.model import Item
from basicdb_mock.select.plan import Plan, Position, is_after, sort_key
from basicdb_mock.storage.cluster.members import value_of
from basicdb_mock.storage.cluster.partition import Page, Replaced, Row
from basicdb_mock.storage.contract import Found


class Moment:
    """The moment of a search, kept while it goes on."""

    def __init__(self) -> None:
        self._revision = -1
        self._replaced: set[int] = set()
        self._news: list[Replaced] = []

    def ask(self, call: Callable[[int], Page]) -> Page:
        """A page of ``call(since)``, once everything replaced until then is known."""
        while True:
            page = call(self._revision)
            self._revision = page.revision
            for was in page.replaced:
                if was.entity not in self._replaced:  # later ones replaced what came after the moment
                    self._replaced.add(was.entity)
                    self._news.append(was)
            if page.caught_up:
                return page

    def is_replaced(self, entity: int) -> bool:
        return entity in self._replaced

    def news(self) -> list[Replaced]:
        """What has been replaced since the last call of this method."""
        news, self._news = self._news, []
        return news


class Batch(NamedTuple):
    """Candidates up to a place: everything in the partition that is not after it has been examined.

    ``end`` is ``None`` for the last batch.  ``by_value`` means that rows were found in the index of the order's
    attribute, so an item only counts if found by its key.  ``without`` means that only items without a key count.
    """

    rows: Sequence[Row]
    end: Position | None
    by_value: bool = False
    without: bool = False


class Step(NamedTuple):
    """A match, or how far a search has come, and how many rows were examined since the previous step."""

    found: Found
    examined: int


def steps(batches: Iterator[Batch], moment: Moment, plan: Plan, after: Position | None) -> Iterator[Step]:
    """The matches of batches in the plan's order.  The first batch is requested immediately."""
    first = next(batches, Batch((), None))
    return _steps(chain([first], batches), moment, plan, after)


def _steps(batches: Iterable[Batch], moment: Moment, plan: Plan, after: Position | None) -> Iterator[Step]:
    descending = plan.order.descending
    late = _Late(plan, after)
    for batch in batches:
        late.add(moment.news())
        rows = [row for row in batch.rows if not moment.is_replaced(row.entity)]
        found = [match for row in rows for match in _match(row, batch, plan)]
        if after is not None:
            found = [match for match in found if is_after(match.place, after, descending)]
        was = late.until(batch.end)
        if was or batch.end is None:
            found = sorted([*found, *was], key=_place_key, reverse=descending)
        for match in found:
            yield Step(match, 0)
        if batch.end is not None:
            late.reached = batch.end
            yield Step(Found(batch.end, "", None), 0 if found else len(batch.rows))


def _place_key(match: Found) -> tuple[bool, str, int]:
    return sort_key(match.place)


def _match(row: Row, batch: Batch, plan: Plan) -> Iterator[Found]:
    item: Item = row.item
    if plan.matches(row.name, item):
        place = plan.place(row.name, item, row.entity)
        if batch.by_value and place.key != value_of(row.member):
            return
        if batch.without and place.key is not None:
            return
        yield Found(place, row.name, item)


class _Late:
    """Matches that were replaced before the search reached them, in their old state."""

    def __init__(self, plan: Plan, reached: Position | None) -> None:
        self._plan = plan
        self._waiting: list[Found] = []
        self.reached = reached
        """How far the search has come; what is not after this place has been yielded."""

    def add(self, news: Iterable[Replaced]) -> None:
        plan = self._plan
        for was in news:
            if was.item is not None and plan.matches(was.name, was.item):
                place = plan.place(was.name, was.item, was.entity)
                if self.reached is None or is_after(place, self.reached, plan.order.descending):
                    insort(self._waiting, Found(place, was.name, was.item), key=_place_key)

    def until(self, end: Position | None) -> list[Found]:
        """Take the matches that are not after a place."""
        if not self._waiting:
            return []
        descending = self._plan.order.descending
        due = [match for match in self._waiting if end is None or not is_after(match.place, end, descending)]
        if due:
            self._waiting = [match for match in self._waiting if end and is_after(match.place, end, descending)]
        return due
