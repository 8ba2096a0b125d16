"""Plans: the predicate of a Select, the order of its results, and what may narrow the search.

A :class:`Plan` prescribes no way of searching.  ``narrowing`` names ranges that every match must have a value in.  A
storage uses as much of it as its indexes allow, and may ignore it: ``matches`` alone decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from basicdb_mock.model import Item
from basicdb_mock.select.columns import Matching, compile_columns
from basicdb_mock.select.expression import (
    ITEM_NAME,
    And,
    Comparison,
    Expression,
    Intersection,
    ItemName,
    Not,
    Or,
    Statement,
    Subject,
)
from basicdb_mock.select.predicate import (
    Matches,
    ValueTest,
    compile_predicate,
    conjuncts,
    like_pieces,
    single_subject,
    value_test,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Values of an attribute, or item names, from ``low`` to ``high`` (``None``: unbounded)."""

    subject: Subject
    low: str = ""
    high: str | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def point(self) -> str | None:
        """The only value of the span if it has just one, else ``None``."""
        return self.low if self.low == self.high and not self.low_open and not self.high_open else None

    def __contains__(self, value: str) -> bool:
        if value < self.low or (self.low_open and value == self.low):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Items that are in at least one of the parts."""

    parts: tuple[Narrowing, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Items that are in all of the parts."""

    parts: tuple[Narrowing, ...]


Narrowing: TypeAlias = "Span | AnyOf | AllOf"


class OrderBy(Enum):
    """What results are ordered by."""

    ENTITY = "creation"
    ITEM_NAME = "itemName()"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Order:
    """The order of results: by key, then by entity; a descending order is the exact reverse.

    ``everywhere`` is true if each match has a value of ``attribute``, so that walking an index on it finds all matches.
    A match without one comes before all others (after them in descending order).  ``within`` names ranges that contain
    the key of every match, so that a walk can keep to them (``narrowing`` may contain other values of an item instead).
    """

    by: OrderBy
    attribute: str = ""
    descending: bool = False
    everywhere: bool = True
    within: Narrowing | None = None


class Position(NamedTuple):
    """The place, in the plan's order, of the last item that a search has examined.

    ``key`` is the item's key in that order: its value in an order by attribute, its name in an order by itemName(),
    ``None`` in creation order or for an item without the attribute.  ``entity`` is its number in creation order.  The
    NextToken contains both, so the server keeps no cursor.
    """

    key: str | None
    entity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A search: which items it finds, in which order, and what may narrow it."""

    matches: Matches
    matching: Matching
    """The same for many items at a time (see :mod:`basicdb_mock.select.columns`)."""
    order: Order
    narrowing: Narrowing | None
    key: Callable[[str, Item], str | None]
    """An item's key in the order (see :class:`Position`)."""
    everything: bool
    """Whether there is no condition at all."""
    where: Expression | None = None
    """The condition itself, for a storage that can evaluate some of it without reading items."""
    key_test: ValueTest | None = None
    """A test that the key of every match passes; ``None`` if nothing is known of it."""

    def place(self, name: str, item: Item, entity: int) -> Position:
        return Position(self.key(name, item), entity)


def beginning(order: Order) -> Position:
    """The place before all others in an order."""
    if order.descending:
        return Position("\U0010ffff" * 1024, 1 << 62)
    return Position("" if order.by is OrderBy.ITEM_NAME else None, 0)


def is_after(place: Position, mark: Position, descending: bool) -> bool:
    """Whether ``place`` comes after ``mark`` in the order; a key of ``None`` comes before every other."""
    left = (place.key is not None, place.key or "", place.entity)
    right = (mark.key is not None, mark.key or "", mark.entity)
    return left < right if descending else left > right


def sort_key(place: Position) -> tuple[bool, str, int]:
    """The key by which to sort places in ascending order."""
    return place.key is not None, place.key or "", place.entity


def make_plan(statement: Statement) -> Plan:
    """The plan of a statement that has passed the rules (:mod:`basicdb_mock.select.rules`)."""
    sort = statement.sort
    return plan_search(statement.where, None if sort is None else (sort.subject, sort.descending))


def plan_search(where: Expression | None, sort: tuple[Subject, bool] | None = None) -> Plan:
    """The plan of a where clause and a sort.

    Unsorted results come in the order of the index if the whole condition is one predicate on one attribute (observed:
    the token of such a search contains its last value), and in creation order otherwise.
    """
    subject, descending = sort or (None if where is None else single_subject(where), False)
    predicate = None if subject is None else _predicate_on(where, subject)
    test = None if predicate is None else value_test(predicate)
    order, key = _order(where, subject, descending, predicate, test)
    return Plan(
        matches=compile_predicate(where),
        matching=compile_columns(where),
        order=order,
        narrowing=None if where is None else narrow(where),
        key=key,
        everything=where is None,
        where=where,
        key_test=test,
    )


def _order(
    where: Expression | None,
    subject: Subject | None,
    descending: bool,
    predicate: Expression | None,
    test: ValueTest | None,
) -> tuple[Order, Callable[[str, Item], str | None]]:
    if subject is None:
        return Order(OrderBy.ENTITY), lambda name, item: None
    if isinstance(subject, ItemName):
        return Order(OrderBy.ITEM_NAME, descending=descending), lambda name, item: name
    attribute = subject
    first = max if descending else min
    within = _narrow_predicate(predicate) if predicate is not None else None

    def key(name: str, item: Item) -> str | None:
        values = item.get(attribute)
        if values is None or values.__class__ is str:
            return values
        chosen = [value for value in values if test(value)] if test else None
        return first(chosen or values)

    everywhere = where is not None and _demands(where, attribute)
    return Order(OrderBy.ATTRIBUTE, attribute, descending, everywhere, within), key


def _predicate_on(where: Expression | None, subject: Subject) -> Expression | None:
    """The predicate on ``subject`` that every match satisfies, if any: it decides which value an item sorts by."""
    if where is None:
        return None
    if single_subject(where) == subject:
        return where
    if isinstance(where, (And, Intersection)) and single_subject(where) is None:
        for part in conjuncts(where) if isinstance(where, And) else where.parts:
            predicate = _predicate_on(part, subject)
            if predicate is not None:
                return predicate
    return None


def _demands(where: Expression, attribute: str) -> bool:
    """Whether every match certainly has a value of ``attribute``."""
    if isinstance(where, Comparison):
        return where.subject == attribute and where.operator != "is null"
    if isinstance(where, Not):
        return False
    return (any if isinstance(where, (And, Intersection)) else all)(_demands(part, attribute) for part in where.parts)


def narrow(where: Expression) -> Narrowing | None:
    """Ranges that every match of ``where`` has a value in, or ``None`` if nothing is known."""
    if isinstance(where, Comparison):
        return _narrow_comparison(where)
    if isinstance(where, Not):
        return None
    if isinstance(where, Or):
        parts = [narrow(part) for part in where.parts]
        return AnyOf(tuple(part for part in parts if part)) if all(parts) else None
    children = conjuncts(where) if isinstance(where, And) else where.parts
    known: list[Narrowing] = []
    for child in children:
        joined = _narrow_predicate(child)
        if joined is not None:
            known.append(joined)
    return known[0] if len(known) == 1 else AllOf(tuple(known)) if known else None


def _narrow_predicate(where: Expression) -> Narrowing | None:
    """Like :func:`narrow`, but ranges that one value of an attribute must all be in are intersected."""
    subject = single_subject(where)
    if subject is None or not isinstance(where, And):
        return narrow(where)
    common = Span(subject)
    others: list[Narrowing] = []
    for part in where.parts:
        span = narrow(part)
        if isinstance(span, Span):
            common = _common(common, span)
        elif span is not None:
            others.append(span)
    return AllOf((common, *others)) if others else common


def _common(one: Span, other: Span) -> Span:
    low, low_open = max((one.low, one.low_open), (other.low, other.low_open))
    high, high_open = one.high, one.high_open
    if other.high is not None and (high is None or (other.high, not other.high_open) < (high, not high_open)):
        high, high_open = other.high, other.high_open
    return Span(one.subject, low, high, low_open, high_open)


def _narrow_comparison(comparison: Comparison) -> Narrowing | None:
    subject, values = comparison.subject, comparison.values
    match comparison.operator:
        case "=":
            return Span(subject, values[0], values[0])
        case "in":
            points = tuple(Span(subject, value, value) for value in sorted(set(values)))
            return points[0] if len(points) == 1 else AnyOf(points)
        case "between":
            return Span(subject, values[0], values[1])
        case ">":
            return Span(subject, values[0], low_open=True)
        case ">=":
            return Span(subject, values[0])
        case "<":
            return Span(subject, "", values[0], high_open=True)
        case "<=":
            return Span(subject, "", values[0])
        case "like":
            return prefix_span(subject, values[0])
        case "is null":
            return None
        case _:  # != , not like, is not null: any value at all
            return None if subject is ITEM_NAME else Span(subject)


def spans_of(narrowing: Narrowing | None, subject: Subject) -> tuple[Span, ...]:
    """Disjoint ascending spans that contain a match's value of one subject; a single unbounded span if unknown."""
    return _spans_of(narrowing, subject) or (Span(subject),)


def _spans_of(narrowing: Narrowing | None, subject: Subject) -> tuple[Span, ...]:
    if isinstance(narrowing, Span):
        return (narrowing,) if narrowing.subject == subject else ()
    if isinstance(narrowing, AnyOf):
        parts = [_spans_of(part, subject) for part in narrowing.parts]
        return _disjoint([span for part in parts for span in part]) if all(parts) else ()
    if isinstance(narrowing, AllOf):
        known = [spans for part in narrowing.parts if (spans := _spans_of(part, subject))]
        bounded = [spans for spans in known if all(span.low or span.high is not None for span in spans)]
        return min(bounded or known, key=_looseness, default=())
    return ()


def _looseness(spans: tuple[Span, ...]) -> int:
    """Ranks spans by how much they are likely to exclude: points, then closed ranges, then open ends."""
    return max(0 if span.point is not None else 1 if span.high is not None else 2 for span in spans)


def _disjoint(spans: list[Span]) -> tuple[Span, ...]:
    ordered = sorted(spans, key=lambda span: (span.low, span.low_open))
    joined = ordered[:1]
    for span in ordered[1:]:
        last = joined[-1]
        if last.high is not None and (span.low, span.low_open or last.high_open) > (last.high, False):
            joined.append(span)
        elif last.high is not None and (
            span.high is None or (last.high, not last.high_open) < (span.high, not span.high_open)
        ):
            joined[-1] = Span(last.subject, last.low, span.high, last.low_open, span.high_open)
    return tuple(joined)


def prefix_span(subject: Subject, pattern: str) -> Span:
    """The range of values that start as a LIKE pattern does, up to its first wildcard."""
    pieces = like_pieces(pattern)
    prefix = pieces[0]
    if len(pieces) == 1:
        return Span(subject, prefix, prefix)
    return Span(subject, prefix, _successor(prefix), high_open=True)


def _successor(prefix: str) -> str | None:
    """The smallest text that is greater than all that start with ``prefix``; ``None`` if there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)  # no surrogates
        prefix = prefix[:-1]
    return None
