"""Choosing how a search runs: along the order, through candidates, or through all rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isqrt

from basicdb_mock.select.expression import ITEM_NAME, Subject
from basicdb_mock.select.plan import AllOf, Narrowing, OrderBy, Plan, Span, spans_of
from basicdb_mock.storage.memory.view import View

FEW = 4096
"""Up to this number, candidates are collected one by one; more are combined as bits."""


class Way(Enum):
    """How a search finds its items."""

    SCAN = "scan of the rows"
    SCAN_AND_SORT = "scan of the rows, then a sort"
    CANDIDATES = "candidates from indexes, in order of creation"
    CANDIDATES_AND_SORT = "candidates from indexes, then a sort"
    WALK = "walk along an index in the order asked for"


@dataclass(frozen=True, slots=True)
class Route:
    """A way, and what it is based on: the spans of a walk, or the narrowing that yields candidates."""

    way: Way
    estimate: int
    """About how many items it may have to examine to find all matches."""
    spans: tuple[Span, ...] = ()
    narrowing: Narrowing | None = None
    indexes: tuple[Subject, ...] = ()


def order_spans(plan: Plan) -> tuple[Span, ...]:
    """The spans that contain the sort keys of all matches; none for creation order."""
    order = plan.order
    if order.by is OrderBy.ENTITY:
        return ()
    if order.by is OrderBy.ITEM_NAME:
        return spans_of(plan.narrowing, ITEM_NAME)
    return spans_of(order.within, order.attribute)


def choose(plan: Plan, view: View) -> Route:
    """The way that examines the fewest items, as estimated from the existing indexes."""
    narrowing = plan.narrowing
    left = None if narrowing is None else view.estimate(narrowing)
    if plan.order.by is OrderBy.ENTITY:
        # A candidate costs about as much as four rows of a scan, which stops early when matches are many.
        if narrowing is not None and left is not None and (left <= FEW or left * 4 < view.items):
            return Route(Way.CANDIDATES, left, narrowing=narrowing, indexes=_used(narrowing, view))
        return Route(Way.SCAN, view.items)
    spans = order_spans(plan)
    if left is not None and isinstance(narrowing, Span) and spans == (narrowing,):  # a walk meets just the candidates
        return Route(Way.WALK, left, spans=spans, indexes=(narrowing.subject,))
    walk = [view.estimate(span) for span in spans]
    steps = sum(step or 0 for step in walk) if None not in walk else None
    if steps is not None and (left is None or not _sorts_sooner(left, steps, view.items)):
        return Route(Way.WALK, steps, spans=spans, indexes=tuple({span.subject: None for span in spans}))
    if narrowing is not None and left is not None and left * 4 < view.items:
        return Route(Way.CANDIDATES_AND_SORT, left, narrowing=narrowing, indexes=_used(narrowing, view))
    return Route(Way.SCAN_AND_SORT, view.items)


def _sorts_sooner(left: int, steps: int, items: int) -> bool:
    """Whether sorting ``left`` candidates costs less than walking ``steps`` items to fill a page of a hundred.

    A walk meets a match every ``items / left`` steps: a page costs 100 of those, a sort ``left`` candidates.
    """
    return left * 2 < steps and left < 10 * isqrt(items)


def _used(narrowing: Narrowing, view: View) -> tuple[Subject, ...]:
    """The subjects whose indexes a narrowing's candidates come from."""
    if isinstance(narrowing, Span):
        return (narrowing.subject,)
    parts = narrowing.parts
    if isinstance(narrowing, AllOf):
        known = [(estimate, part) for part in parts if (estimate := view.estimate(part)) is not None]
        least = min(estimate for estimate, _ in known)
        parts = tuple(
            part for estimate, part in known if estimate == least or (least > FEW and estimate * 2 < view.items)
        )
        parts = parts[:1] if least <= FEW else parts
    return tuple({subject: None for part in parts for subject in _used(part, view)})
