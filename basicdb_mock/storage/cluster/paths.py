"""Choosing how a search goes through a partition: along an order, or by collecting candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basicdb_mock.select.expression import ItemName
from basicdb_mock.select.plan import AllOf, AnyOf, Narrowing, OrderBy, Plan, Position, Span
from basicdb_mock.storage.cluster.members import (
    after_member,
    entity_member,
    from_name,
    index_of,
    leaves,
    of_names,
    part_of,
    parts_of,
    value_member,
    value_of,
)
from basicdb_mock.storage.cluster.moment import Batch, Moment, Step, steps
from basicdb_mock.storage.cluster.partition import CREATION, NAMES, Page, Part, Partition, Row, attribute_index

FIRST_ROWS = 128
MOST_ROWS = 512
"""Members examined in the first call of a walk, and in later ones; a call takes a node a few milliseconds at most."""
MOST_ENTITIES = 4096
"""Entities collected in one call."""
MOST_COLLECTED = 50_000
MOST_SORTED = 5_000
"""The most candidates to collect before yielding the first, if they come in creation order and if not."""
ROWS_PER_PAGE = 2_000
"""Walking is worth it while filling a page takes few rows: see :func:`_better_collected`."""

BETWEEN = Position(None, 1 << 62)
"""The place between the items that have no key and those that have one."""


def search_partition(partition: Partition, plan: Plan, after: Position | None) -> Iterator[Step]:
    """The matches in a partition as of the moment of this call."""
    moment = Moment()
    return steps(_Path(partition, moment, plan, after).batches(), moment, plan, after)


@dataclass(frozen=True, slots=True)
class _Path:
    partition: Partition
    moment: Moment
    plan: Plan
    after: Position | None

    def batches(self) -> Iterator[Batch]:
        narrowing = self.plan.narrowing
        if narrowing is not None and not self._keeps_to_its_order(narrowing):
            choice = self._choose(narrowing)
            if choice is not None:
                return choice
        return self._along_the_order()

    def _keeps_to_its_order(self, narrowing: Narrowing) -> bool:
        """Whether walking along the order examines no more than the narrowing would yield."""
        order = self.plan.order
        subjects = {span.subject for span in leaves(narrowing)}
        if order.by is OrderBy.ITEM_NAME:
            return all(isinstance(subject, ItemName) for subject in subjects)
        return order.by is OrderBy.ATTRIBUTE and order.within is not None and subjects == {order.attribute}

    # -- along the order -----------------------------------------------------------------------------------------------
    def _along_the_order(self) -> Iterator[Batch]:
        order = self.plan.order
        match order.by:
            case OrderBy.ENTITY:
                return self._by_creation(self.after.entity if self.after else 0)
            case OrderBy.ITEM_NAME:
                return self._by_name()
            case _:
                return self._by_attribute()

    def _own_parts(self) -> tuple[str, list[Part]] | None:
        """The parts that a walk along the order examines, if it goes through an index of values or names."""
        order = self.plan.order
        if order.by is OrderBy.ITEM_NAME:
            return NAMES, of_names(self.plan.narrowing)
        if order.by is OrderBy.ATTRIBUTE and order.everywhere:
            return attribute_index(order.attribute), parts_of(order.within) if order.within else [Part()]
        return None

    def _by_creation(self, after: int) -> Iterator[Batch]:
        for page, end in self._walk(CREATION, [Part(entity_member(after + 1))], False):
            yield Batch(page.rows, Position(None, end.entity) if end else None)

    def _by_name(self) -> Iterator[Batch]:
        descending = self.plan.order.descending
        parts = of_names(self.plan.narrowing)
        if self.after is not None and self.after.key is not None:
            # includes the name itself, which may have been deleted and put again since, as a new item
            parts = from_name(parts, self.after.key, descending)
        for page, end in self._walk(NAMES, parts, descending):
            yield Batch(page.rows, Position(end.name, end.entity) if end else None)

    def _by_attribute(self) -> Iterator[Batch]:
        order, after = self.plan.order, self.after
        keyed_to_come = after is None or after.key is not None or not order.descending
        lacking_to_come = not order.everywhere and (after is None or after.key is None or order.descending)
        if lacking_to_come and not order.descending:
            yield from self._without_key(last=False)
        if keyed_to_come:
            yield from self._with_key(last=not (lacking_to_come and order.descending))
        if lacking_to_come and order.descending:
            yield from self._without_key(last=True)

    def _with_key(self, *, last: bool) -> Iterator[Batch]:
        order, after = self.plan.order, self.after
        parts = parts_of(order.within) if order.within else [Part()]
        if after is not None and after.key is not None:
            parts = after_member(parts, value_member(after.key, after.entity), order.descending)
        for page, end in self._walk(attribute_index(order.attribute), parts, order.descending):
            place = Position(value_of(end.member), end.entity) if end else None if last else BETWEEN
            yield Batch(page.rows, place, by_value=True)

    def _without_key(self, *, last: bool) -> Iterator[Batch]:
        """Items without the order's attribute, in creation order, before or after all others."""
        descending, after = self.plan.order.descending, self.after
        parts = [Part()]
        if after is not None and after.key is None:
            parts = after_member(parts, entity_member(after.entity), descending)
        for page, end in self._walk(CREATION, parts, descending):
            place = Position(None, end.entity) if end else None if last else BETWEEN
            yield Batch(page.rows, place, without=True)

    def _walk(self, index: str, parts: Sequence[Part], descending: bool) -> Iterator[tuple[Page, Row | None]]:
        """Pages of an index, each with its last row, or ``None`` for the last page."""
        limit, examined = FIRST_ROWS, 0
        while True:
            ordered = list(reversed(parts)) if descending else list(parts)
            limits = limit

            def call(since: int, ordered: list[Part] = ordered, limits: int = limits) -> Page:
                return self.partition.walk(since, index, ordered, descending, limits)

            page = self.moment.ask(call)
            if not page.more:
                yield page, None
                return
            yield page, page.rows[-1]
            parts = after_member(parts, page.rows[-1].member, descending)
            examined += page.taken
            limit = min(examined, MOST_ROWS)  # doubles the number examined: some page ends where a search pauses

    # -- by what narrows it --------------------------------------------------------------------------------------------
    def _choose(self, narrowing: Narrowing) -> Iterator[Batch] | None:
        """A way that reads fewer rows than walking along the order, if there is one."""
        own = self._own_parts()
        spans = leaves(narrowing)
        asked = [(index_of(span), part_of(span)) for span in spans]
        walked = [(own[0], part) for part in own[1]] if own else []
        items, found = self.partition.sizes([*asked, *walked])
        sizes = dict(zip(spans, found, strict=False))
        along = sum(found[len(asked) :]) if own else items
        number = _estimate(narrowing, sizes)
        if self.plan.order.by is OrderBy.ENTITY:
            point = _smallest_point(narrowing, sizes)
            if point is not None and sizes[point] <= 4 * number:
                return self._by_point(point)
        if not _better_collected(number, along):
            return None
        if self.plan.order.by is OrderBy.ENTITY:
            return self._collected(narrowing, sizes) if number <= MOST_COLLECTED else None
        return self._sorted(narrowing, sizes) if number <= MOST_SORTED else None

    def _by_point(self, point: Span) -> Iterator[Batch]:
        """Items with one value, which an index has in creation order."""
        after = self.after.entity if self.after else 0
        (part,) = parts_of(point)
        parts = after_member([part], value_member(point.low, after), False)
        for page, end in self._walk(index_of(point), parts, False):
            yield Batch(page.rows, Position(None, end.entity) if end else None)

    def _collected(self, narrowing: Narrowing, sizes: dict[Span, int]) -> Iterator[Batch]:
        """Candidates in creation order."""
        after = self.after.entity if self.after else 0
        entities = sorted(entity for entity in self._collect(narrowing, sizes) if entity > after)
        for rows, end in self._rows(entities):
            yield Batch(rows, None if end is None else Position(None, end))

    def _sorted(self, narrowing: Narrowing, sizes: dict[Span, int]) -> Iterator[Batch]:
        """All candidates at once, in whatever order."""
        entities = sorted(self._collect(narrowing, sizes))
        yield Batch([row for rows, _ in self._rows(entities) for row in rows], None)

    def _rows(self, entities: Sequence[int]) -> Iterator[tuple[Sequence[Row], int | None]]:
        """Rows of entities, with the last entity examined, or ``None`` at the end."""
        size, start = FIRST_ROWS, 0
        while True:
            asked = entities[start : start + size]

            def call(since: int, asked: Sequence[int] = asked) -> Page:
                return self.partition.rows(since, asked)

            page = self.moment.ask(call)
            start += page.taken
            if start >= len(entities):
                yield page.rows, None
                return
            yield page.rows, asked[page.taken - 1]
            size = min(2 * size, MOST_ROWS)

    def _collect(self, narrowing: Narrowing, sizes: dict[Span, int]) -> set[int]:
        """The entities a narrowing allows, or some more."""
        if isinstance(narrowing, Span):
            return self._entities(narrowing)
        if isinstance(narrowing, AnyOf):
            return set().union(*(self._collect(part, sizes) for part in narrowing.parts))
        first, *others = sorted(narrowing.parts, key=lambda part: _estimate(part, sizes))
        entities = self._collect(first, sizes)
        for other in others:
            # collecting costs a fraction of reading a row
            if entities and _estimate(other, sizes) <= 10 * len(entities):
                entities &= self._collect(other, sizes)
        return entities

    def _entities(self, span: Span) -> set[int]:
        entities: set[int] = set()
        index, parts = index_of(span), parts_of(span)
        while parts:
            found: list[int] = []
            last: list[bytes] = []

            def call(since: int, part: Part = parts[0], found: list[int] = found, last: list[bytes] = last) -> Page:
                page, numbers, member = self.partition.entities(since, index, part, MOST_ENTITIES)
                found += numbers
                last += [member] if member else []
                return page

            self.moment.ask(call)
            entities.update(found)
            parts = after_member(parts, last[-1], False) if last else []
        return entities


def _estimate(narrowing: Narrowing, sizes: dict[Span, int]) -> int:
    """The most members that a narrowing allows."""
    if isinstance(narrowing, Span):
        return sizes[narrowing]
    numbers = [_estimate(part, sizes) for part in narrowing.parts]
    return sum(numbers) if isinstance(narrowing, AnyOf) else min(numbers)


def _smallest_point(narrowing: Narrowing, sizes: dict[Span, int]) -> Span | None:
    """The rarest single value of an attribute that every match has."""
    parts = narrowing.parts if isinstance(narrowing, AllOf) else (narrowing,)
    points = [
        part
        for part in parts
        if isinstance(part, Span) and part.point is not None and not isinstance(part.subject, ItemName)
    ]
    return min(points, key=lambda point: sizes[point], default=None)


def _better_collected(number: int, along: int) -> bool:
    """Whether collecting ``number`` candidates is cheaper than filling a page by walking along ``along`` rows.

    Walking reads about a page's size x along / number rows; collecting an entity costs about 1/20 of reading a row.
    """
    return number < along and number * number <= ROWS_PER_PAGE * along
