"""What a write does to an item: the set semantics of Put and Delete, and the condition of a conditional write.

Pure functions of the item as it was.  Every storage applies writes through :func:`changed` and
:meth:`Expectation.check`, so all of them agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basicdb_mock import errors
from basicdb_mock.limits import Limits
from basicdb_mock.model import DomainStatistics, Item, Values, pair_count


@dataclass(frozen=True, slots=True)
class Put:
    """Add the pairs to the item; names in ``replaced`` lose their old values first.

    A pair that the item already has is not duplicated.  If a request replaces some values of a name and adds others,
    the name's old values go and all of the request's stay (docs/assumptions.md).
    """

    item: str
    pairs: tuple[tuple[str, str], ...]
    replaced: frozenset[str] = frozenset()

    def applied(self, before: Item | None) -> Item | None:
        after: dict[str, Values] = dict(before) if before else {}
        cleared = self.replaced
        started: set[str] = set()
        for name, value in self.pairs:
            values = after.get(name)
            if values is None or (name in cleared and name not in started):
                after[name] = value  # a replaced name keeps its place among the names
                started.add(name)
            elif isinstance(values, str):
                if values != value:
                    after[name] = (values, value)
            elif value not in values:
                after[name] = (*values, value)
        return after


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove attributes or single values, or the whole item if ``attributes`` is empty.

    Each entry is a name and the value to remove, or ``None`` for all values of the name.  Removing what is not there
    is no error.  An item that loses its last pair ceases to exist.
    """

    item: str
    attributes: tuple[tuple[str, str | None], ...] = ()

    def applied(self, before: Item | None) -> Item | None:
        if not before or not self.attributes:
            return None
        after: dict[str, Values] = dict(before)
        for name, value in self.attributes:
            values = after.get(name)
            if values is None:
                continue
            if value is None or values == value:
                del after[name]
            elif not isinstance(values, str) and value in values:
                rest = tuple(kept for kept in values if kept != value)
                after[name] = rest if len(rest) > 1 else rest[0]
        return after or None


Change: TypeAlias = "Put | Delete"
"""A change to one item.  A batch is a sequence of changes to different items."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The condition of a conditional Put or Delete: the expected ``value``, or ``None`` for no such attribute."""

    name: str
    value: str | None

    def check(self, item: Item | None) -> None:
        """Raise SimpleDB's error if ``item``, as it is before the write, does not meet the condition."""
        values = item.get(self.name) if item else None
        if self.value is None:
            if values is not None:
                raise errors.VALUE_EXISTS(name=self.name)
        elif values is None:
            raise errors.ATTRIBUTE_DOES_NOT_EXIST(name=self.name)
        elif not isinstance(values, str):
            raise errors.MULTI_VALUED_ATTRIBUTE(name=self.name)
        elif values != self.value:
            raise errors.WRONG_VALUE(name=self.name, value=values, expected=self.value)


@dataclass(frozen=True, slots=True)
class Write:
    """One write: changes to different items, all or nothing, under an optional condition.

    ``expected`` is tested on the item of the first (and then only) change, as it is before the write.  The storage
    refuses a write that would exceed ``limits``.
    """

    changes: Sequence[Change]
    limits: Limits
    expected: Expectation | None = None

    def results(self, before: Sequence[Item | None]) -> list[Item | None]:
        """The items after the write, given the items before it, in the order of the changes.

        Raises the condition's error, or NumberItemAttributesExceeded.
        """
        if self.expected is not None:
            self.expected.check(before[0])
        limit = self.limits.item_attributes
        after: list[Item | None] = []
        for change, was in zip(self.changes, before, strict=True):
            item = change.applied(was)
            if isinstance(change, Put) and item is not None and pair_count(item) > limit:
                raise errors.NUMBER_ITEM_ATTRIBUTES_EXCEEDED()
            after.append(item)
        return after

    def check_domain(self, before: DomainStatistics, after: DomainStatistics) -> None:
        """Raise if the write makes the domain grow beyond a limit; a domain that is over a limit may still shrink."""
        limits = self.limits
        if limits.domain_attributes < after.attribute_value_count > before.attribute_value_count:
            raise errors.NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED()
        if limits.domain_bytes < after.size > before.size:
            raise errors.NUMBER_DOMAIN_BYTES_EXCEEDED()
