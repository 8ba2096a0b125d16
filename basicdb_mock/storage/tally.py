"""Keeping the figures of a domain up to date, write by write, instead of counting them."""

from __future__ import annotations

from collections.abc import Iterable

from basicdb_mock.model import DomainStatistics, Item, utf8_size


class Tally:
    """Running figures of a domain."""

    __slots__ = ("_holders", "items", "item_bytes", "name_bytes", "value_bytes", "values")

    def __init__(self) -> None:
        self.items = 0
        self.item_bytes = 0
        self.name_bytes = 0
        self.values = 0
        self.value_bytes = 0
        self._holders: dict[str, int] = {}
        """How many items have an attribute of this name."""

    def copy(self) -> Tally:
        other = Tally()
        other.items, other.item_bytes, other.name_bytes = self.items, self.item_bytes, self.name_bytes
        other.values, other.value_bytes = self.values, self.value_bytes
        other._holders = dict(self._holders)
        return other

    def statistics(self) -> DomainStatistics:
        return DomainStatistics(
            self.items, self.item_bytes, len(self._holders), self.name_bytes, self.values, self.value_bytes
        )

    def replace(self, changed: Iterable[tuple[str, Item | None, Item | None]]) -> None:
        """Count items that became others: their name, what they were and what they are."""
        for name, before, after in changed:
            if before is not None:
                self._count(before, -1)
            if after is not None:
                self._count(after, 1)
            if (before is None) != (after is None):
                step = 1 if before is None else -1
                self.items += step
                self.item_bytes += step * utf8_size(name)

    def _count(self, item: Item, step: int) -> None:
        holders = self._holders
        for name, values in item.items():
            held = holders.get(name, 0) + step
            if held:
                holders[name] = held
            else:
                del holders[name]
            if held == (1 if step > 0 else 0):
                self.name_bytes += step * utf8_size(name)
            if isinstance(values, str):
                self.values += step
                self.value_bytes += step * utf8_size(values)
            else:
                self.values += step * len(values)
                self.value_bytes += step * sum(map(utf8_size, values))
