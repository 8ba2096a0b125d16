"""Searching a store: candidates come from its indexes, as far as the plan narrows them; rows are read lazily.

If the narrowest ranges leave few candidates, they are read and sorted.  Otherwise the search walks the rows in the
plan's own order (by an index, or by creation), and skips early what lacks a value that all matches have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain
from math import inf, isqrt
from typing import TypeGuard

from basicdb_mock.model import Item
from basicdb_mock.select.expression import ITEM_NAME, Comparison, Expression
from basicdb_mock.select.plan import AllOf, Narrowing, OrderBy, Plan, Position, Span, is_after
from basicdb_mock.select.predicate import ValueTest, single_subject, value_test
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.searching import BREATH, count_found, sort
from basicdb_mock.storage.sqlite.ledger import decode
from basicdb_mock.storage.sqlite.ranges import mentions, parts_of, points, ranges
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, ENTITY_MASK

FEW, FEW_AT_MOST = 256, 4096
"""How many candidates count as few, in any domain and in a large one."""
SOME = 16384
"""Up to this number, candidates are better than reading items in creation order."""

Row = tuple[int, str, str]
"""An item's number, name and body."""
Key = tuple[str, int, int]
"""An item's key and number along an index, and whether it passes the conditions on indexes."""


class Reader:
    """A domain as seen by one read transaction."""

    def __init__(self, connection: sqlite3.Connection, domain: int) -> None:
        self._execute = connection.execute
        self._domain = domain
        self._base = domain << ENTITY_BITS
        self._numbers: dict[str, int] = {}

    # -- searching -----------------------------------------------------------------------------------------------------
    def search(self, plan: Plan, after: Position | None) -> Iterator[Found]:
        order = plan.order
        if order.by is OrderBy.ENTITY:
            return self._in_creation_order(plan, after)
        if order.by is OrderBy.ITEM_NAME:
            others = [part for part in parts_of(plan.narrowing) if not mentions(part, ITEM_NAME)]
        elif order.everywhere:
            others = [part for part in parts_of(plan.narrowing) if not mentions(part, order.attribute)]
        else:
            others = list(parts_of(plan.narrowing))
        # Reading n candidates of N costs as much as walking past N/n items for each item of a page if n is about this:
        few = min(FEW_AT_MOST, max(FEW, 6 * isqrt(self._figure("item_count")))) if others else 0
        candidates = self._few(plan.narrowing, few) if others else None
        if candidates is not None:
            return sort(self._items(sorted(candidates)), plan, after)
        if order.by is OrderBy.ITEM_NAME:
            return self._matching(self._by_name(plan, after, self._passes("item.id", others)), plan)
        return self._by_attribute(plan, after, self._passes("pair.entity", others))

    def count(self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]) -> Counted:
        where = plan.where
        if after is None and at_most is None:
            if plan.everything:
                return Counted(self._figure("item_count"), None)
            if _is_equality(where):
                statement = "select count(*) from pair where attribute = ? and value = ?"  # no item has a value twice
                bounds = self._attribute(str(where.subject)), where.values[0]
                return Counted(self._execute(statement, bounds).fetchone()[0], None)
            if isinstance(where, Comparison) and where.operator == "is not null" and isinstance(where.subject, str):
                row = self._execute(
                    "select holders from attribute where domain = ? and name = ?", (self._domain, where.subject)
                ).fetchone()
                return Counted(row[0] if row is not None else 0, None)
        subject = single_subject(where) if where is not None else None
        if where is None or subject is None or subject != (plan.order.attribute or ITEM_NAME):
            return count_found(self.search(plan, after), at_most, stop)
        # For one predicate on one attribute, the index alone tells which items match.  It is walked from its beginning,
        # since an item counts at its first matching value.
        keys = self._along_index(plan, None, "1") if isinstance(subject, str) else self._by_name(plan, None, "1")
        return self._count_keys(keys, plan, value_test(where), after, at_most, stop)

    def _count_keys(
        self,
        keys: Iterable[Key],
        plan: Plan,
        test: ValueTest,
        after: Position | None,
        at_most: int | None,
        stop: Callable[[], bool],
    ) -> Counted:
        seen = bytearray(self._figure("last_entity") // 8 + 1)
        descending = plan.order.descending
        number = 0
        for step, (key, row, _) in enumerate(keys, 1):
            entity = row & ENTITY_MASK
            bit = 1 << (entity & 7)
            if test(key) and not seen[entity >> 3] & bit:
                seen[entity >> 3] |= bit
                if after is None or is_after(Position(key, entity), after, descending):
                    number += 1
                    if number == at_most:
                        return Counted(number, Position(key, entity))
            if step % BREATH == 0 and stop() and (after is None or is_after(Position(key, entity), after, descending)):
                return Counted(number, Position(key, entity))
        return Counted(number, None)

    # -- the orders ----------------------------------------------------------------------------------------------------
    def _in_creation_order(self, plan: Plan, after: Position | None) -> Iterator[Found]:
        start = after.entity if after is not None else 0
        parts = parts_of(plan.narrowing)
        rows: Iterator[Row]
        candidates = self._few(plan.narrowing, FEW_AT_MOST) if parts else None
        drivers = [found for part in parts if (found := points(part))]
        if candidates is None and len(drivers) > 1:
            drivers.sort(key=lambda spans: self._reach(spans, start), reverse=True)
        if candidates is None and not drivers and parts:
            candidates = self._candidates(AllOf(parts), SOME)
        if candidates is not None:
            rows = self._rows((entity, 1) for entity in sorted(candidates) if entity > start)
        elif drivers:
            others = [part for part in parts if points(part) != drivers[0]]
            rows = self._rows(self._at_points(drivers[0], start, self._passes("pair.entity", others)))
        else:
            rows = self._execute(
                "select id, name, body from item where id > ? and id <= ? order by id",
                (self._base | start, self._base | ENTITY_MASK),
            )
        return self._steps(rows, plan)

    def _by_name(self, plan: Plan, after: Position | None, passes: str) -> Iterator[Key]:
        """Names and numbers of items in the order of names."""
        named = [part for part in parts_of(plan.narrowing) if mentions(part, ITEM_NAME)]
        spans = min((ranges(part, ITEM_NAME) for part in named), key=len) if named else [Span(ITEM_NAME)]
        for span in _beyond(spans, after, plan.order.descending):
            condition, bounds = _bounds("name", span)
            rows = self._execute(
                f"select name, id, {passes} from item where domain = ?{condition} order by name{_direction(plan)}",
                (self._domain, *bounds),
            )
            for row in rows:
                if after is None or is_after(Position(row[0], row[1] & ENTITY_MASK), after, plan.order.descending):
                    yield row

    def _by_attribute(self, plan: Plan, after: Position | None, passes: str) -> Iterator[Found]:
        """Along an attribute's index; items without the attribute come first, or last in descending order."""
        order = plan.order
        walk = self._matching(self._along_index(plan, after, passes), plan)
        if order.everywhere:
            return walk
        if after is None or after.key is None:
            start = (after.entity if after is not None else 0) if not order.descending else ENTITY_MASK + 1
            without = self._without(plan, after.entity if after is not None else start)
            if not order.descending:
                return chain(without, walk)
            return without if after is not None else chain(walk, without)
        return chain(walk, self._without(plan, ENTITY_MASK + 1)) if order.descending else walk

    def _along_index(self, plan: Plan, after: Position | None, passes: str) -> Iterator[Key]:
        """The values of the order's attribute and the numbers of their items, from a position on."""
        order = plan.order
        number = self._attribute(order.attribute)
        direction = _direction(plan)
        spans = ranges(order.within, order.attribute)
        if after is not None and after.key is not None:
            sign = "<" if order.descending else ">"
            yield from chain(self._execute(  # a bare cursor would be closed with the walk, perhaps after its connection
                f"select value, entity, {passes} from pair where attribute = ? and value = ? and entity {sign} ?"
                f" order by entity{direction}",
                (number, after.key, after.entity),
            ))  # fmt: skip
        elif after is not None and order.descending:
            return  # only items without the attribute can follow
        for span in _beyond(spans, after, order.descending, open_end=True):
            condition, bounds = _bounds("value", span)
            yield from chain(self._execute(
                f"select value, entity, {passes} from pair where attribute = ?{condition}"
                f" order by value{direction}, entity{direction}",
                (number, *bounds),
            ))  # fmt: skip

    def _without(self, plan: Plan, start: int) -> Iterator[Found]:
        """Matches without the order's attribute, in creation order from an entity on."""
        sign, direction = ("<", " desc") if plan.order.descending else (">", "")
        low, high = self._base, self._base | ENTITY_MASK
        rows = self._execute(
            f"select id, name, body from item where id {sign} ? and id between ? and ? order by id{direction}",
            (self._base + start, low, high),
        )
        quiet = 0
        for number, name, body in rows:
            item = decode(body)
            place = plan.place(name, item, number & ENTITY_MASK)
            if place.key is None and plan.matches(name, item):
                quiet = 0
                yield Found(place, name, item)
            elif quiet < BREATH:
                quiet += 1
            else:
                quiet = 0
                yield Found(Position(None, place.entity), name, None)

    # -- from rows to matches ------------------------------------------------------------------------------------------
    def _steps(self, rows: Iterable[Row], plan: Plan) -> Iterator[Found]:
        """The matches among rows in creation order."""
        matches = plan.matches
        quiet = 0
        for number, name, body in rows:
            if body and matches(name, item := decode(body)):
                quiet = 0
                yield Found(Position(None, number & ENTITY_MASK), name, item)
            else:
                quiet += 1
                if quiet == BREATH:
                    quiet = 0
                    yield Found(Position(None, number & ENTITY_MASK), name, None)

    def _matching(self, keys: Iterable[Key], plan: Plan) -> Iterator[Found]:
        """The matches along an index; an item with several values occurs several times and is yielded at its key."""
        matches, key_of, test = plan.matches, plan.key, plan.key_test
        quiet = 0
        execute, base = self._execute, self._base
        select = "select name, body from item where id = ?"
        for key, number, passes in keys:
            entity = number & ENTITY_MASK
            row = execute(select, (base | entity,)).fetchone() if passes and (test is None or test(key)) else None
            if row is not None:
                name, body = row
                item = decode(body)
                if matches(name, item) and key_of(name, item) == key:
                    quiet = 0
                    yield Found(Position(key, entity), name, item)
                    continue
            quiet += 1
            if quiet == BREATH:
                quiet = 0
                yield Found(Position(key, entity), "", None)

    def _rows(self, entities: Iterable[tuple[int, int]]) -> Iterator[Row]:
        """The rows of entities; without a body if an index already shows that an item does not match."""
        execute, base = self._execute, self._base
        for entity, passes in entities:
            if not passes:
                yield entity, "", ""
                continue
            row = execute("select id, name, body from item where id = ?", (base | entity,)).fetchone()
            if row is not None:
                yield row

    def _items(self, entities: Iterable[int]) -> Iterator[tuple[int, str, Item]]:
        rows = self._rows((entity, 1) for entity in entities)
        return ((number & ENTITY_MASK, name, decode(body)) for number, name, body in rows)

    def _figure(self, column: str) -> int:
        """One of the domain's statistics; 0 if it was dropped."""
        row = self._execute(f"select {column} from domain where id = ?", (self._domain,)).fetchone()
        return row[0] if row is not None else 0

    # -- narrowing -----------------------------------------------------------------------------------------------------
    def _attribute(self, name: str) -> int:
        """The number of an attribute; 0 if the domain does not have it."""
        number = self._numbers.get(name)
        if number is None:
            statement = "select id from attribute where domain = ? and name = ?"
            row = self._execute(statement, (self._domain, name)).fetchone()
            number = self._numbers[name] = row[0] if row is not None else 0
        return number

    def _few(self, narrowing: Narrowing | None, at_most: int) -> set[int] | None:
        """The entities that a narrowing leaves, if there are few."""
        if narrowing is None:
            return None
        found = self._candidates(narrowing, FEW)
        return self._candidates(narrowing, at_most) if found is None and at_most > FEW else found

    def _candidates(self, narrowing: Narrowing, most: int) -> set[int] | None:
        """Entities that include all matches, or ``None`` if there are more than ``most``."""
        if isinstance(narrowing, Span):
            return self._in_span(narrowing, most)
        if isinstance(narrowing, AllOf):
            all_of: set[int] | None = None
            for part in sorted(narrowing.parts, key=lambda part: points(part) is None):
                # A part that leaves more than the others is not worth its cost.
                found = self._candidates(part, most if all_of is None else min(most, len(all_of)))
                if found is not None:
                    all_of = found if all_of is None else all_of & found
            return all_of
        joined: set[int] = set()
        for part in narrowing.parts:
            found = self._candidates(part, most)
            if found is None or len(joined) + len(found) > most:
                return None
            joined |= found
        return joined

    def _in_span(self, span: Span, most: int) -> set[int] | None:
        if isinstance(span.subject, str):
            condition, bounds = _bounds("value", span)
            statement = f"select entity from pair where attribute = ?{condition} limit ?"
            owner = self._attribute(span.subject)
            if most > FEW and self._execute(f"{statement} offset ?", (owner, *bounds, 1, most)).fetchone():
                return None  # skipping them costs a tenth of taking them
        else:
            condition, bounds = _bounds("name", span)
            statement = f"select id & {ENTITY_MASK} from item where domain = ?{condition} limit ?"
            owner = self._domain
        rows = self._execute(statement, (owner, *bounds, most + 1)).fetchall()
        return {entity for (entity,) in rows} if len(rows) <= most else None

    def _at_points(self, spans: list[Span], start: int, passes: str) -> Iterator[tuple[int, int]]:
        """Entities that have one of the values, in creation order, from after an entity."""
        select = f"select entity, {passes} from pair where attribute = ? and value = ? and entity > ? order by entity"
        walks = [self._execute(select, (self._attribute(str(span.subject)), span.low, start)) for span in spans]
        last = 0
        for row in merge(*walks):
            if row[0] != last:
                last = row[0]
                yield row

    def _reach(self, spans: list[Span], start: int) -> float:
        """How far the next entries of points in an index reach: the farther, the fewer there are."""
        select = (
            "select entity from pair where attribute = ? and value = ? and entity > ? order by entity limit 1 offset 63"
        )
        reach = inf
        for span in spans:
            row = self._execute(select, (self._attribute(str(span.subject)), span.low, start)).fetchone()
            if row is not None:
                reach = min(reach, row[0] - start)
        return reach / len(spans)

    def _passes(self, entity: str, others: Iterable[Narrowing]) -> str:
        """An SQL expression for whether an item has the values that all matches have.

        It is used as a column, not as a condition, so that a walk that finds nothing can be stopped.
        """
        conditions = []
        for part in others:
            single = points(part)
            if single and len({span.subject for span in single}) == 1:
                number = self._attribute(str(single[0].subject))
                values = ", ".join(_literal(span.low) for span in single)
                conditions.append(
                    f"exists (select 1 from pair as other where other.attribute = {number}"
                    f" and other.value in ({values}) and other.entity = {entity} & {ENTITY_MASK})"
                )
        return " and ".join(conditions) or "1"


def _is_equality(where: Expression | None) -> TypeGuard[Comparison]:
    """Whether a condition asks for one value of one attribute, and nothing else."""
    return isinstance(where, Comparison) and where.operator == "=" and isinstance(single_subject(where), str)


def _direction(plan: Plan) -> str:
    return " desc" if plan.order.descending else ""


def _literal(text: str) -> str:
    """A text as an SQL literal, whatever its contents."""
    return f"cast(x'{text.encode().hex()}' as text)"


def _bounds(column: str, span: Span) -> tuple[str, tuple[str, ...]]:
    """The SQL condition that a column is in a span, and its parameters."""
    if span.point is not None:
        return f" and {column} = ?", (span.point,)
    condition, bounds = "", []
    if span.low or span.low_open:
        condition += f" and {column} {'>' if span.low_open else '>='} ?"
        bounds.append(span.low)
    if span.high is not None:
        condition += f" and {column} {'<' if span.high_open else '<='} ?"
        bounds.append(span.high)
    return condition, tuple(bounds)


def _beyond(spans: list[Span], after: Position | None, descending: bool, *, open_end: bool = False) -> list[Span]:
    """The part of disjoint ranges after a position, in the order of the walk."""
    ordered = spans[::-1] if descending else spans
    if after is None or after.key is None:
        return ordered
    key = after.key
    left: list[Span] = []
    for span in ordered:
        cut = span
        if descending:
            if span.high is None or (key, not open_end) < (span.high, not span.high_open):
                cut = Span(span.subject, span.low, key, span.low_open, open_end)
        elif (key, open_end) > (span.low, span.low_open):
            cut = Span(span.subject, key, span.high, open_end, span.high_open)
        if cut.high is None or (cut.low, cut.low_open or cut.high_open) <= (cut.high, False):
            left.append(cut)
    return left
