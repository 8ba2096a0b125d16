"""Counting by indexes alone: set algebra on a condition, with one bit of a number per item.

This is a second implementation of :mod:`basicdb_mock.select.predicate`, used only for counts; tests compare the two on
generated conditions.
"""

from __future__ import annotations

from collections.abc import Iterator

from basicdb_mock.select.expression import And, Comparison, Expression, ItemName, Not, Or, Subject
from basicdb_mock.select.plan import Plan, Span, narrow, spans_of
from basicdb_mock.select.predicate import ValueTest, comparison_test, conjuncts, single_subject, value_test
from basicdb_mock.storage.memory import posting
from basicdb_mock.storage.memory.index import AttributeIndex, NameIndex
from basicdb_mock.storage.memory.planner import FEW
from basicdb_mock.storage.memory.rows import SHIFT, SIZE, Moment
from basicdb_mock.storage.memory.view import View

_EXACT = frozenset({"=", "in", "between", ">", ">=", "<", "<="})
"""Operators whose spans hold the satisfying values and no others."""


def subjects(where: Expression) -> frozenset[Subject]:
    """The subjects of a condition."""
    if isinstance(where, Comparison):
        return frozenset({where.subject})
    parts = (where.part,) if isinstance(where, Not) else where.parts
    return frozenset().union(*map(subjects, parts))


def count(plan: Plan, view: View) -> int | None:
    """The number of matches in the view's moment; ``None`` if the indexes alone cannot tell."""
    where = plan.where
    if where is None:
        return view.items
    all_served = served(where, view)
    number = _sum(where, view) if all_served else None
    if number is not None and view.refresh() == [] and not view.dirty:
        return number
    left = None if plan.narrowing is None else view.estimate(plan.narrowing)
    if plan.narrowing is not None and left is not None and left <= FEW:
        candidates = view.entities(plan.narrowing)
        if view.refresh() is None:
            return None
        return _matching(plan, view, candidates | view.dirty)
    if not all_served:
        return None
    selected = _selected(where, view)
    if view.refresh() is None:
        return None
    if view.dirty:  # items changed since are decided by their rows
        selected &= ~posting.set_of_entities(view.dirty, max(view.dirty))
    return selected.bit_count() + _matching(plan, view, view.dirty)


def _matching(plan: Plan, view: View, entities: set[int]) -> int:
    """How many of the given entities matched in the moment."""
    matches = plan.matches
    return sum([matches(*row) for row in map(view.moment.get, entities) if row is not None])


def served(where: Expression, view: View) -> bool:
    """Whether there are indexes for all subjects of a condition."""
    for subject in subjects(where):
        if isinstance(subject, ItemName):
            if not view.names.ranges:
                return False
        elif subject not in view.attributes:
            return False
    return True


def _index(subject: Subject, view: View) -> AttributeIndex | NameIndex:
    return view.names if isinstance(subject, ItemName) else view.attributes[subject]


def _satisfying(predicate: Expression, subject: Subject, view: View) -> Iterator[str]:
    """The values that satisfy a predicate on one subject."""
    index = _index(subject, view)
    spans = spans_of(narrow(predicate), subject)
    if spans == (Span(subject),) or sum(map(index.breadth, spans)) > index.distinct >> 2:
        # Values in sorted order are scattered in memory, so walking all of them as they were added is soon faster.
        return filter(value_test(predicate), index.every_value())
    values = (value for span in spans for value in index.values(span))
    if isinstance(predicate, Comparison) and predicate.operator in _EXACT:
        return values
    return filter(value_test(predicate), values)


def _sum(where: Expression, view: View) -> int | None:
    """The count of a single predicate as a sum over values, if no item has several values."""
    if isinstance(where, Comparison) and isinstance(where.subject, str) and where.operator.startswith("is "):
        held = posting.bit_count(view.attributes[where.subject].holders)
        return held if where.operator == "is not null" else view.items - held
    subject = single_subject(where)
    if subject is None:
        return None
    index = _index(subject, view)
    if isinstance(index, AttributeIndex) and index.several:
        return None
    return index.total(_satisfying(where, subject, view))


def _selected(where: Expression, view: View) -> int:
    subject = single_subject(where)
    if subject is not None:
        return _of_one_value(where, subject, view)
    if isinstance(where, Comparison):
        return _of_all_values(where, view)
    if isinstance(where, Not):
        return _everything(view.moment) & ~_selected(where.part, view)
    if isinstance(where, Or):
        found = 0
        for part in where.parts:
            found |= _selected(part, view)
        return found
    parts = conjuncts(where) if isinstance(where, And) else where.parts
    found = _selected(parts[0], view)
    for part in parts[1:]:
        found &= _selected(part, view)
    return found


def _of_one_value(predicate: Expression, subject: Subject, view: View) -> int:
    """A predicate on one subject."""
    index = _index(subject, view)
    if isinstance(index, AttributeIndex) and not index.several:
        spans = spans_of(narrow(predicate), subject)
        if sum(map(index.estimate, spans)) * 2 > index.entries:  # those that fail are fewer
            failing = index.union(_failing(predicate, subject, spans, view), view.last)
            return posting.set_of(index.holders) & ~failing
    return index.union(_satisfying(predicate, subject, view), view.last)


def _failing(predicate: Expression, subject: Subject, spans: tuple[Span, ...], view: View) -> Iterator[str]:
    """The values that do not satisfy a predicate on one subject."""
    if isinstance(predicate, Comparison) and predicate.operator in _EXACT:
        index = _index(subject, view)
        return (value for gap in _gaps(spans, subject) for value in index.values(gap))
    test = value_test(predicate)
    return _values(subject, view, lambda value: not test(value))


def _gaps(spans: tuple[Span, ...], subject: Subject) -> Iterator[Span]:
    """The gaps between disjoint ascending spans."""
    low, low_open = "", False
    for span in spans:
        yield Span(subject, low, span.low, low_open, not span.low_open)
        if span.high is None:
            return
        low, low_open = span.high, not span.high_open
    yield Span(subject, low, None, low_open)


def _of_all_values(comparison: Comparison, view: View) -> int:
    """``every()`` and the null tests."""
    subject = comparison.subject
    if isinstance(subject, ItemName):  # an item has exactly one name
        if comparison.operator == "is null":
            return 0
        if comparison.operator == "is not null":
            return _everything(view.moment)
        return view.names.union(_values(subject, view, comparison_test(comparison)), view.last)
    index = view.attributes[subject]
    held = posting.set_of(index.holders)
    if comparison.operator == "is not null":
        return held
    if comparison.operator == "is null":
        return _everything(view.moment) & ~held
    test = comparison_test(comparison)
    return held & ~index.union(_values(subject, view, lambda value: not test(value)), view.last)


def _values(subject: Subject, view: View, test: ValueTest) -> Iterator[str]:
    return filter(test, _index(subject, view).every_value())


def _everything(moment: Moment) -> int:
    """All items of a moment."""
    pieces: list[bytes] = []
    for chunk in moment.chunks:
        if chunk.live == SIZE:
            bits = (1 << SIZE) - 1
        elif chunk.live:
            bits = int("".join(["0" if item is None else "1" for item in reversed(chunk.items)]), 2)
        else:
            bits = 0
        pieces.append(bits.to_bytes(1 << (SHIFT - 3), "little"))
    return int.from_bytes(b"".join(pieces), "little")
