"""Indexes: from the values of an attribute, or from item names, to the items that have them.

An index belongs to one domain; its writer changes it under the domain's lock.  Readers use it without the lock, so what
they find may belong to any moment since they began, and they check it (see
:mod:`basicdb_mock.storage.memory.searching`).  An index is always right about items that have not changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import repeat
from typing import Protocol

from basicdb_mock.model import Values
from basicdb_mock.select.plan import Span
from basicdb_mock.storage.memory import posting
from basicdb_mock.storage.memory.ordered import Ordered
from basicdb_mock.storage.memory.posting import Bits, Sparse
from basicdb_mock.storage.memory.rows import Moment, Run

_DENSE_AT = 256  # entities; below, a posting stays bytes however small the domain
_DENSE_SHARE = 128  # from one item in this many on, bits are about as small as bytes, and much faster to combine

_RUNS_A_STEP = 16
_VALUES_A_STEP = 32_768


class Index(Protocol):
    """What a search needs of an index."""

    def entities(self, value: str) -> list[int]:
        """The items with a value, ascending."""

    def size(self, value: str) -> int:
        """The number of items with a value."""

    def ascending(self, value: str, after: int) -> Iterator[int]:
        """The items with a value after an entity."""

    def descending(self, value: str, before: int | None) -> Iterator[int]:
        """The items with a value before an entity, in reverse."""

    def values(self, span: Span, *, backwards: bool = False) -> Iterator[str]:
        """The values in a span, in order."""

    def estimate(self, span: Span) -> int:
        """The approximate number of items with a value in a span."""

    def breadth(self, span: Span) -> int:
        """The approximate number of values in a span."""

    @property
    def distinct(self) -> int:
        """The approximate number of values."""


class AttributeIndex:
    """The items by the values of one attribute."""

    __slots__ = ("_dense", "_dense_sizes", "_ordered", "_sparse", "attribute", "entries", "holders", "idle", "several")

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.entries = 0
        """Pairs of a value and an item."""
        self.several = 0
        """Items with more than one value."""
        self.holders: Bits = {}
        """The items that have the attribute."""
        self.idle = 0
        """How often it has been changed since a search last used it."""
        self._sparse: dict[str, Sparse] = {}
        self._dense: dict[str, Bits] = {}  # separate, so the garbage collector need not track the large dict
        self._dense_sizes: dict[str, int] = {}
        self._ordered = Ordered(())

    def copy(self) -> AttributeIndex:
        other = AttributeIndex(self.attribute)
        other.entries, other.several, other.idle = self.entries, self.several, self.idle
        other.holders = self.holders.copy()
        other._sparse = self._sparse.copy()
        other._dense = {value: bits.copy() for value, bits in self._dense.items()}
        other._dense_sizes = self._dense_sizes.copy()
        other._ordered = self._ordered.copy()
        return other

    # -- built and changed ---------------------------------------------------------------------------------------------

    @classmethod
    def made(cls, attribute: str, moment: Moment) -> Generator[None, None, AttributeIndex]:
        """Build the index of a moment's items, yielding after every few thousand."""
        index = cls(attribute)
        found: dict[str, int | list[int]] = {}
        last = 0
        for number, run in enumerate(moment.runs()):
            if number and number % _RUNS_A_STEP == 0:
                yield
            last = run[0][-1]
            index._gather(run, found)
        for number, (value, entities) in enumerate(found.items(), 1):
            index._keep(value, entities, last)
            if number % _VALUES_A_STEP == 0:
                yield
        index._ordered = yield from Ordered.made(found)
        return index

    def _gather(self, run: Run, found: dict[str, int | list[int]]) -> None:
        """Add the values of some items to those found before."""
        entities, _, items = run
        held: list[int] = []
        once = found.setdefault
        column: Iterator[Values | None] = map(dict.get, items, repeat(self.attribute))  # type: ignore[arg-type]  # dicts
        for entity, values in zip(entities, column, strict=True):
            if values is None:
                continue
            held.append(entity)
            every = _all(values)
            self.several += len(every) > 1
            self.entries += len(every)
            for value in every:
                others = once(value, entity)
                if others is entity:
                    continue
                if isinstance(others, int):
                    found[value] = [others, entity]
                else:
                    others.append(entity)
        for block, bits in posting.bits_of(held).items():
            self.holders[block] = self.holders.get(block, 0) | bits

    def _keep(self, value: str, entities: int | list[int], last: int) -> None:
        if isinstance(entities, int):
            self._sparse[value] = entities
        elif _is_dense(len(entities), last):
            self._dense_sizes[value] = len(entities)
            self._dense[value] = posting.bits_of(entities)
        else:
            self._sparse[value] = posting.packed(entities)

    def change(self, entity: int, before: Values | None, after: Values | None) -> None:
        """Replace an item's values; ``None`` if it has none."""
        if before == after:
            return
        self.idle += 1
        was = _all(before)
        now = _all(after)
        if not was:
            posting.set_bit(self.holders, entity)
        elif not now:
            posting.clear_bit(self.holders, entity)
        self.entries += len(now) - len(was)
        self.several += (len(now) > 1) - (len(was) > 1)
        for value in was:
            if value not in now:
                self._remove(value, entity)
        for value in now:
            if value not in was:
                self._add(value, entity)

    def _add(self, value: str, entity: int) -> None:
        dense = self._dense.get(value)
        if dense is not None:
            posting.set_bit(dense, entity)
            self._dense_sizes[value] += 1
            return
        sparse = self._sparse.get(value)
        if sparse is None:
            self._sparse[value] = entity
            self._ordered.add(value)
            return
        sparse = posting.with_entity(sparse, entity)
        number = posting.size(sparse)
        if number & 127 == 0 and _is_dense(number, entity):
            # A reader looks into the sparse part first, so it always finds the value in one of the two.
            self._dense_sizes[value] = number
            self._dense[value] = posting.bits_of(posting.unpacked(sparse))
            del self._sparse[value]
        else:
            self._sparse[value] = sparse

    def _remove(self, value: str, entity: int) -> None:
        dense = self._dense.get(value)
        if dense is not None:
            posting.clear_bit(dense, entity)  # dense postings stay dense until they are empty
            self._dense_sizes[value] -= 1
            if not dense:
                del self._dense[value], self._dense_sizes[value]
                self._ordered.remove(value)
            return
        rest = posting.without_entity(self._sparse[value], entity)
        if rest is None:
            del self._sparse[value]
            self._ordered.remove(value)
        else:
            self._sparse[value] = rest

    # -- asked ---------------------------------------------------------------------------------------------------------

    def entities(self, value: str) -> list[int]:
        sparse = self._sparse.get(value)
        if sparse is not None:
            return posting.unpacked(sparse)
        dense = self._dense.get(value)
        return list(posting.ascending(dense)) if dense is not None else []

    def size(self, value: str) -> int:
        sparse = self._sparse.get(value)
        if sparse is not None:
            return posting.size(sparse)
        return self._dense_sizes.get(value, 0)

    def ascending(self, value: str, after: int) -> Iterator[int]:
        sparse = self._sparse.get(value)
        if sparse is not None:
            return iter([entity for entity in posting.unpacked(sparse) if entity > after])
        dense = self._dense.get(value)
        return posting.ascending(dense, after) if dense is not None else iter(())

    def descending(self, value: str, before: int | None) -> Iterator[int]:
        sparse = self._sparse.get(value)
        if sparse is not None:
            return iter([entity for entity in reversed(posting.unpacked(sparse)) if before is None or entity < before])
        dense = self._dense.get(value)
        return posting.descending(dense, before) if dense is not None else iter(())

    def values(self, span: Span, *, backwards: bool = False) -> Iterator[str]:
        point = span.point
        if point is not None:
            return iter((point,))
        _, forwards, back = self._ordered.span(span)
        return back if backwards else forwards

    def every_value(self) -> list[str]:
        """All values in the order they were added, that of memory: several times faster to walk than sorted."""
        return [*list(self._sparse), *list(self._dense)]

    def estimate(self, span: Span) -> int:
        point = span.point
        if point is not None:
            return self.size(point)
        number, values, _ = self._ordered.span(span)
        if number <= 32:
            return sum(map(self.size, values))
        # Dense values are counted one by one, the others by their average.
        dense = self._dense_sizes.copy()
        within = [count for value, count in dense.items() if value in span]
        rest = self.entries - sum(dense.values())
        return sum(within) + max(0, number - len(within)) * rest // max(1, len(self._sparse))

    def breadth(self, span: Span) -> int:
        return 1 if span.point is not None else self._ordered.span(span)[0]

    @property
    def distinct(self) -> int:
        return len(self._ordered)

    def total(self, values: Iterator[str]) -> int:
        """The number of pairs of one of the values and an item."""
        sizes = self._dense_sizes
        number = several = 0
        get = self._sparse.get
        for value in values:
            found = get(value)
            if found is None:
                number += sizes.get(value, 0)
            elif found.__class__ is int:
                number += 1
            else:
                several += len(found)  # type: ignore[arg-type]  # bytes
        return number + several // posting.WIDTH

    def union(self, values: Iterator[str], last: int) -> int:
        """The items with one of the values, as one number (see :func:`~.posting.set_of`), up to entity ``last``."""
        few: list[int] = []
        pieces: list[bytes] = []
        many = 0
        sparse = self._sparse
        for value in values:
            entities = sparse.get(value)
            if entities is None:
                dense = self._dense.get(value)
                if dense is not None:
                    many |= posting.set_of(dense)
            elif isinstance(entities, int):
                few.append(entities)
            else:
                pieces.append(entities)
        few += posting.unpacked(b"".join(pieces))
        return (many | posting.set_of_entities(few, last)) if few else many


class NameIndex:
    """The items by name.  The names belong to the domain; they are sorted when a search needs it."""

    __slots__ = ("_entities", "_ordered")

    def __init__(self, entities: dict[str, int], ordered: Ordered | None) -> None:
        self._entities = entities
        self._ordered = ordered

    @property
    def ranges(self) -> bool:
        """Whether it serves spans of more than a point."""
        return self._ordered is not None

    def entities(self, value: str) -> list[int]:
        entity = self._entities.get(value)
        return [] if entity is None else [entity]

    def size(self, value: str) -> int:
        return 1 if value in self._entities else 0

    def ascending(self, value: str, after: int) -> Iterator[int]:
        entity = self._entities.get(value)
        return iter(() if entity is None or entity <= after else (entity,))

    def descending(self, value: str, before: int | None) -> Iterator[int]:
        entity = self._entities.get(value)
        return iter(() if entity is None or (before is not None and entity >= before) else (entity,))

    def values(self, span: Span, *, backwards: bool = False) -> Iterator[str]:
        point = span.point
        if point is not None:
            return iter((point,))
        assert self._ordered is not None
        _, forwards, back = self._ordered.span(span)
        return back if backwards else forwards

    def every_value(self) -> list[str]:
        """All names in order of creation."""
        return list(self._entities)

    def estimate(self, span: Span) -> int:
        point = span.point
        if point is not None:
            return self.size(point)
        assert self._ordered is not None
        return self._ordered.span(span)[0]

    def breadth(self, span: Span) -> int:
        return self.estimate(span)

    @property
    def distinct(self) -> int:
        return len(self._entities)

    def total(self, values: Iterator[str]) -> int:
        """How many items have one of the names."""
        return sum(map(self._entities.__contains__, values))

    def union(self, values: Iterator[str], last: int) -> int:
        found = map(self._entities.get, values)
        return posting.set_of_entities([entity for entity in found if entity is not None], last)


def _all(values: Values | None) -> tuple[str, ...]:
    return () if values is None else (values,) if isinstance(values, str) else values


def _is_dense(number: int, last: int) -> bool:
    return number >= _DENSE_AT and number * _DENSE_SHARE >= last
