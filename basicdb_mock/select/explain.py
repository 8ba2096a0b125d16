"""Explaining how a storage runs a select expression: the plan, the index used, the items examined.

Works for every storage.  A storage that chooses among several ways reports its choice by a method
``going(plan, counting=...)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from basicdb_mock.model import DomainStatistics, Item
from basicdb_mock.select.expression import Output, Statement, quoted_name, quoted_value
from basicdb_mock.select.plan import AnyOf, Narrowing, OrderBy, Plan, Span, make_plan


class Going(NamedTuple):
    """The way that a storage chose."""

    strategy: str
    indexes: tuple[str, ...] = ()
    """The attributes, or ``itemName()``, whose indexes it uses."""
    estimate: int | None = None
    """About how many items it would examine to find all matches."""


class Searched(Protocol):
    """What explaining needs of a domain (see :class:`basicdb_mock.storage.contract.Domain`)."""

    def search(self, plan: Plan, after: Any = None) -> Iterable[Any]:
        """The matches of a plan."""

    def count(self, plan: Plan, after: Any, at_most: int | None, stop: Callable[[], bool]) -> Any:
        """The number of matches."""

    def statistics(self) -> DomainStatistics:
        """The figures of DomainMetadata."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one page of an expression, or its count, was found."""

    strategy: str
    indexes: tuple[str, ...]
    narrowing: str
    """The ranges that every match has a value in, as far as the condition implies any; else empty."""
    order: str
    items: int
    """The number of items in the domain."""
    estimate: int | None
    """About how many items the whole search would examine, by the storage's own estimate."""
    examined: int
    """The number of items examined for this page."""
    found: int
    """The number of matches in this page, or the count."""

    def __str__(self) -> str:
        lines = [
            ("strategy", self.strategy),
            ("index", ", ".join(self.indexes) or "none"),
            ("narrowed to", self.narrowing or "nothing"),
            ("order", self.order),
            ("domain", f"{self.items} items"),
            ("estimated", "unknown" if self.estimate is None else f"{self.estimate} items to look at for all matches"),
            ("examined", f"{self.examined} items"),
            ("found", f"{self.found} items"),
        ]
        return "\n".join(f"{title + ':':<13}{text}" for title, text in lines)


def explain(domain: Searched, statement: Statement, default_limit: int = 100) -> Explanation:
    """Run the first page of a statement (or its count) on a domain and report how it was found.

    ``default_limit`` is the size of the page if the statement has no limit.  The statement must have passed the rules
    (:func:`basicdb_mock.select.prepare`).
    """
    plan = make_plan(statement)
    counting = statement.output is Output.COUNT
    going = _going(domain, plan, counting)
    examined = 0
    matches = plan.matches

    def counted(name: str, item: Item) -> bool:
        nonlocal examined
        examined += 1
        return matches(name, item)

    watched = replace(plan, matches=counted, matching=lambda names, items: list(map(counted, names, items)))
    if counting:
        found = domain.count(watched, None, statement.limit, lambda: False).number
    else:
        found = 0
        limit = statement.limit or default_limit
        for step in domain.search(replace(watched, everything=False)):  # so that the predicate is called for each item
            if step.item is not None:
                found += 1
                if found == limit:
                    break
    return Explanation(
        strategy=going.strategy,
        indexes=going.indexes,
        narrowing="" if plan.narrowing is None else describe(plan.narrowing),
        order=_order(plan),
        items=domain.statistics().item_count,
        estimate=going.estimate,
        examined=examined,
        found=found,
    )


def _going(domain: Searched, plan: Plan, counting: bool) -> Going:
    own: Callable[..., Going] | None = getattr(domain, "going", None)
    return Going("the storage's own search") if own is None else own(plan, counting=counting)


def _order(plan: Plan) -> str:
    order = plan.order
    subject = quoted_name(order.attribute) if order.by is OrderBy.ATTRIBUTE else order.by.value
    return f"{subject}, descending" if order.descending else subject


def describe(narrowing: Narrowing) -> str:
    """A narrowing, written in the Select language."""
    if isinstance(narrowing, Span):
        return _span(narrowing)
    joint = " or " if isinstance(narrowing, AnyOf) else " and "
    return joint.join(
        describe(part) if isinstance(part, Span) else f"({describe(part)})" for part in narrowing.parts
    )


def _span(span: Span) -> str:
    subject = quoted_name(span.subject) if isinstance(span.subject, str) else str(span.subject)
    if span.point is not None:
        return f"{subject} = {quoted_value(span.point)}"
    bounds = []
    if span.low or span.low_open:
        bounds.append(f"{subject} {'>' if span.low_open else '>='} {quoted_value(span.low)}")
    if span.high is not None:
        bounds.append(f"{subject} {'<' if span.high_open else '<='} {quoted_value(span.high)}")
    return " and ".join(bounds) or f"{subject} has a value"
