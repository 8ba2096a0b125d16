"""The items of a domain in order of creation, in chunks that are copied when a reader may hold them.

A reader takes a :class:`Moment` in constant time and keeps it as long as it likes.  A writer changes a chunk in place
if no moment can hold it, and otherwise copies it once.  So a long search neither blocks writes nor sees them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeAlias

from basicdb_mock.model import Item

SHIFT = 10
SIZE = 1 << SHIFT
"""The rows of a chunk, which the first write after taking a moment has to copy."""
MASK = SIZE - 1

_epochs = count(1)  # unique over all domains, so a copied domain owns none of the original's chunks


class Chunk:
    """``SIZE`` neighbouring rows; ``None`` stands for a deleted item.

    The names of a full chunk are a tuple: a tuple of strings is invisible to the garbage collector.
    """

    __slots__ = ("epoch", "items", "live", "names")

    def __init__(self, epoch: int, names: list[str] | tuple[str, ...], items: list[Item | None], live: int) -> None:
        self.epoch = epoch
        self.names = names
        self.items = items
        self.live = live

    def copy(self, epoch: int) -> Chunk:
        names = self.names if isinstance(self.names, tuple) else self.names.copy()
        return Chunk(epoch, names, self.items.copy(), self.live)


Run: TypeAlias = "tuple[Sequence[int], Sequence[str], Sequence[Item]]"
"""Some neighbouring rows: their entities, names and items."""

_EMPTY = Chunk(0, ("",) * SIZE, [None] * SIZE, 0)
"""What remains of a full chunk when all of its items have been deleted."""


class Moment:
    """The rows as of the time it was taken."""

    __slots__ = ("chunks",)

    def __init__(self, chunks: list[Chunk]) -> None:
        self.chunks = chunks

    def get(self, entity: int) -> tuple[str, Item] | None:
        """The name and item of an entity, or ``None`` if there was none."""
        number = entity >> SHIFT
        if number >= len(self.chunks):
            return None
        chunk, slot = self.chunks[number], entity & MASK
        if slot >= len(chunk.items):
            return None
        item = chunk.items[slot]
        return None if item is None else (chunk.names[slot], item)

    def after(self, entity: int = 0) -> Iterator[tuple[int, str, Item]]:
        """The rows created after an entity, in order."""
        number, slot = divmod(entity + 1, SIZE)
        for chunk in self.chunks[number:]:
            if chunk.live:
                base = number << SHIFT
                names, items = (chunk.names[slot:], chunk.items[slot:]) if slot else (chunk.names, chunk.items)
                for place, (name, item) in enumerate(zip(names, items, strict=True), base + slot):
                    if item is not None:
                        yield place, name, item
            number += 1
            slot = 0

    def runs(self, entity: int = 0) -> Iterator[Run]:
        """The rows created after an entity, in order, a chunk at a time."""
        number, slot = divmod(entity + 1, SIZE)
        for chunk in self.chunks[number:]:
            if chunk.live:
                base = number << SHIFT
                names, items = chunk.names, chunk.items
                if chunk.live == len(items) - (not number):  # none of them is deleted; the very first never existed
                    if slot:
                        names, items = names[slot:], items[slot:]
                    yield range(base + slot, base + slot + len(items)), names, items  # type: ignore[misc]  # see above
                else:
                    slots = [at for at in range(slot, len(items)) if items[at] is not None]
                    yield (
                        [base + at for at in slots],
                        [names[at] for at in slots],
                        [items[at] for at in slots],  # type: ignore[misc]  # nor of these
                    )
            number += 1
            slot = 0

    def before(self, entity: int | None) -> Iterator[tuple[int, str, Item]]:
        """The rows created before an entity (``None``: all), latest first."""
        last = (len(self.chunks) << SHIFT) - 1 if entity is None else min(entity, len(self.chunks) << SHIFT) - 1
        for number in range(last >> SHIFT, -1, -1):
            chunk = self.chunks[number]
            if chunk.live:
                base = number << SHIFT
                for slot in range(min(last - base, len(chunk.items) - 1), -1, -1):
                    item = chunk.items[slot]
                    if item is not None:
                        yield base + slot, chunk.names[slot], item


class Rows:
    """The rows of a domain, for the one writer that holds the domain's lock.

    Entities count from 1, so the first slot of the first chunk is never used.
    """

    __slots__ = ("_chunks", "_epoch", "_list_epoch", "last")

    def __init__(self) -> None:
        self._epoch = self._list_epoch = next(_epochs)
        self._chunks = [Chunk(self._epoch, [""], [None], 0)]
        self.last = 0
        """The entity created last."""

    def moment(self) -> Moment:
        self._epoch = next(_epochs)  # from now on no chunk can be changed in place
        return Moment(self._chunks)

    def copy(self) -> Rows:
        """An independent copy of the rows, in constant time."""
        other = Rows()
        other._chunks, other.last = self._chunks, self.last
        other._list_epoch = 0
        self._epoch = next(_epochs)
        return other

    def item(self, entity: int) -> Item | None:
        """The item of an entity; for an existing entity this is safe without the lock."""
        return self._chunks[entity >> SHIFT].items[entity & MASK]

    def row(self, entity: int) -> tuple[str, Item] | None:
        """The name and item of an entity that existed, or ``None`` if it has been deleted."""
        chunk, slot = self._chunks[entity >> SHIFT], entity & MASK
        item = chunk.items[slot]
        return None if item is None else (chunk.names[slot], item)

    def append(self, name: str, item: Item) -> int:
        self.last += 1
        number = self.last >> SHIFT
        if number == len(self._chunks):
            self._own_list()
            self._chunks.append(Chunk(self._epoch, [name], [item], 1))
            return self.last
        chunk = self._own(number)
        assert isinstance(chunk.names, list)
        chunk.names.append(name)
        chunk.items.append(item)
        chunk.live += 1
        if len(chunk.names) == SIZE:
            chunk.names = tuple(chunk.names)
        return self.last

    def replace(self, entity: int, item: Item) -> None:
        chunk = self._chunks[entity >> SHIFT]
        if chunk.epoch != self._epoch:
            chunk = self._own(entity >> SHIFT)
        chunk.items[entity & MASK] = item

    def remove(self, entity: int) -> None:
        number = entity >> SHIFT
        chunk = self._own(number)
        chunk.items[entity & MASK] = None
        chunk.live -= 1
        if isinstance(chunk.names, tuple):
            if not chunk.live:
                self._chunks[number] = _EMPTY
            elif not chunk.live & (chunk.live - 1):  # now and then drop the names of deleted items
                chunk.names = tuple(
                    name if item is not None else "" for name, item in zip(chunk.names, chunk.items, strict=True)
                )

    def _own_list(self) -> None:
        if self._list_epoch != self._epoch:
            self._chunks = self._chunks.copy()
            self._list_epoch = self._epoch

    def _own(self, number: int) -> Chunk:
        self._own_list()
        chunk = self._chunks[number]
        if chunk.epoch != self._epoch:
            chunk = self._chunks[number] = chunk.copy(self._epoch)
        return chunk
