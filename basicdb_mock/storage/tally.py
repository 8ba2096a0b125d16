"""Keeping a domain's statistics up to date with each write, instead of counting."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat

from basicdb_mock.model import DomainStatistics, Item, Values, utf8_size


class Growth:
    """By how much a write changes a domain's statistics."""

    __slots__ = ("holders", "item_bytes", "items", "name_bytes", "names", "value_bytes", "values")

    def __init__(self) -> None:
        self.items = 0
        self.item_bytes = 0
        self.names = 0
        self.name_bytes = 0
        self.values = 0
        self.value_bytes = 0
        self.holders: dict[str, int] = {}
        """By attribute name, how many more (or fewer) items have the attribute."""

    def count(self, name: str, before: Item | None, after: Item | None, touched: Iterable[str] | None = None) -> None:
        """Count a changed item; ``touched`` names the attributes that may differ, ``None`` means any."""
        if before is None:
            if after is not None:
                self.items += 1
                self.item_bytes += utf8_size(name)
                self._count_all(after, 1)
        elif after is None:
            self.items -= 1
            self.item_bytes -= utf8_size(name)
            self._count_all(before, -1)
        else:
            self._count_difference(before, after, before.keys() | after.keys() if touched is None else touched)

    def _count_all(self, item: Item, step: int) -> None:
        holders = self.holders
        for name in item:
            holders[name] = holders.get(name, 0) + step
        try:
            written = "".join(item.values())  # type: ignore[arg-type]  # TypeError where one has several values
            number = len(item)
        except TypeError:
            every = [_all(values) for values in item.values()]
            written = "".join(["".join(values) for values in every])
            number = sum(map(len, every))
        self.values += step * number
        self.value_bytes += step * utf8_size(written)

    def _count_difference(self, before: Item, after: Item, names: Iterable[str]) -> None:
        holders = self.holders
        for name in names:
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            if isinstance(was, str) and isinstance(now, str):
                self.value_bytes += utf8_size(now) - utf8_size(was)
                continue
            if was is None:
                holders[name] = holders.get(name, 0) + 1
            else:
                self._count_values(was, -1)
            if now is None:
                holders[name] = holders.get(name, 0) - 1
            else:
                self._count_values(now, 1)

    def _count_values(self, values: Values, step: int) -> None:
        self.values += step * len(_all(values))
        self.value_bytes += step * utf8_size("".join(values))


class Tally:
    """The running statistics of a domain."""

    __slots__ = ("_holders", "item_bytes", "items", "name_bytes", "value_bytes", "values")

    def __init__(self) -> None:
        self.items = 0
        self.item_bytes = 0
        self.name_bytes = 0
        self.values = 0
        self.value_bytes = 0
        self._holders: dict[str, int] = {}
        """By attribute name, how many items have the attribute."""

    def copy(self) -> Tally:
        other = Tally()
        other.items, other.item_bytes, other.name_bytes = self.items, self.item_bytes, self.name_bytes
        other.values, other.value_bytes = self.values, self.value_bytes
        other._holders = dict(self._holders)
        return other

    def statistics(self) -> DomainStatistics:
        return self.statistics_after(Growth())

    def growth(
        self,
        changed: Iterable[tuple[str, Item | None, Item | None]],
        touched: Iterable[Iterable[str] | None] = repeat(None),
    ) -> Growth:
        """The growth that a write would cause, given each item's name, old and new value; changes nothing.

        ``touched`` names the attributes of each item that may differ.  The cost depends on the size of the write, not
        on that of the items or the domain.
        """
        growth = Growth()
        for (name, before, after), names in zip(changed, touched, strict=False):
            growth.count(name, before, after, names)
        held = self._holders
        for name, step in growth.holders.items():
            now = held.get(name, 0)
            if step and (not now or not now + step):
                growth.names += 1 if step > 0 else -1
                growth.name_bytes += utf8_size(name) if step > 0 else -utf8_size(name)
        return growth

    def statistics_after(self, growth: Growth) -> DomainStatistics:
        """The statistics after a growth."""
        return DomainStatistics(
            self.items + growth.items,
            self.item_bytes + growth.item_bytes,
            len(self._holders) + growth.names,
            self.name_bytes + growth.name_bytes,
            self.values + growth.values,
            self.value_bytes + growth.value_bytes,
        )

    def add(self, growth: Growth) -> None:
        """Apply a growth."""
        self.items += growth.items
        self.item_bytes += growth.item_bytes
        self.name_bytes += growth.name_bytes
        self.values += growth.values
        self.value_bytes += growth.value_bytes
        holders = self._holders
        for name, step in growth.holders.items():
            held = holders.get(name, 0) + step
            if held:
                holders[name] = held
            else:
                holders.pop(name, None)

    def replace(self, changed: Iterable[tuple[str, Item | None, Item | None]]) -> None:
        """Count changed items."""
        self.add(self.growth(changed))


def _all(values: Values) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else values
