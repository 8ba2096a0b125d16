"""Which items have a value: postings, small when they are few and dense when they are many.

The items with one value are an ``int`` (one entity), ``bytes`` (several: ascending, four bytes each) or, in an index's
dense part, a :data:`Bits`.  The garbage collector tracks none of them, and the first two are immutable, so a reader
needs no lock.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from sys import byteorder
from typing import TypeAlias

Sparse: TypeAlias = "int | bytes"
Bits: TypeAlias = "dict[int, int]"
"""A set of entities: maps the number of a block of ``BLOCK`` entities to its bits."""

_BLOCK_SHIFT = 12
BLOCK = 1 << _BLOCK_SHIFT
_BLOCK_MASK = BLOCK - 1
_BLOCK_BYTES = BLOCK >> 3

WIDTH = 4
"""The bytes of an entity in a posting, enough for four billion items ever created in a domain."""

_NOT_ZERO = re.compile(rb"[^\0]", re.DOTALL)
_OFFSETS = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]


def packed(entities: Iterable[int]) -> bytes:
    """Ascending entities as bytes."""
    return array("I", entities).tobytes()


def unpacked(posting: Sparse) -> list[int]:
    """The entities of a sparse posting, ascending."""
    return [posting] if isinstance(posting, int) else memoryview(posting).cast("I").tolist()


def size(posting: Sparse) -> int:
    return 1 if isinstance(posting, int) else len(posting) // WIDTH


def with_entity(posting: Sparse, entity: int) -> Sparse:
    """The posting with one more entity."""
    if isinstance(posting, int):
        return packed(sorted((posting, entity)))
    one = entity.to_bytes(WIDTH, byteorder)
    if int.from_bytes(posting[-WIDTH:], byteorder) < entity:  # a new item has the highest number
        return posting + one
    at = bisect_left(memoryview(posting).cast("I"), entity) * WIDTH
    return b"".join((posting[:at], one, posting[at:]))


def without_entity(posting: Sparse, entity: int) -> Sparse | None:
    """The posting without one of its entities; ``None`` if that was the last."""
    if isinstance(posting, int):
        return None
    at = bisect_left(memoryview(posting).cast("I"), entity) * WIDTH
    rest = posting[:at] + posting[at + WIDTH :]
    return int.from_bytes(rest, byteorder) if len(rest) == WIDTH else rest


def set_bit(bits: Bits, entity: int) -> None:
    block = entity >> _BLOCK_SHIFT
    bits[block] = bits.get(block, 0) | 1 << (entity & _BLOCK_MASK)


def clear_bit(bits: Bits, entity: int) -> None:
    block = entity >> _BLOCK_SHIFT
    left = bits[block] & ~(1 << (entity & _BLOCK_MASK))
    if left:
        bits[block] = left
    else:
        del bits[block]


def bits_of(entities: Iterable[int]) -> Bits:
    blocks: dict[int, bytearray] = {}
    for entity in entities:
        block = blocks.get(entity >> _BLOCK_SHIFT)
        if block is None:
            block = blocks[entity >> _BLOCK_SHIFT] = bytearray(_BLOCK_BYTES)
        slot = entity & _BLOCK_MASK
        block[slot >> 3] |= 1 << (slot & 7)
    return {number: int.from_bytes(block, "little") for number, block in blocks.items()}


def bit_count(bits: Bits) -> int:
    return sum([block.bit_count() for block in list(bits.values())])


def set_of(bits: Bits) -> int:
    """A :data:`Bits` as one number, bit *n* for entity *n*, for set algebra."""
    numbers = sorted(bits)
    pieces: list[bytes] = []
    expected = 0
    for number in numbers:
        if number > expected:
            pieces.append(bytes((number - expected) * _BLOCK_BYTES))
        pieces.append(bits.get(number, 0).to_bytes(_BLOCK_BYTES, "little"))
        expected = number + 1
    return int.from_bytes(b"".join(pieces), "little")


def set_of_entities(entities: Collection[int], last: int) -> int:
    """Entities up to ``last``, in any order, as one number."""
    if len(entities) * 32 > last:
        digits = bytearray(b"0") * (last + 1)  # the number's digits, lowest first: faster for many entities
        for entity in entities:
            if entity <= last:
                digits[entity] = 49
        return int(digits[::-1], 2)
    octets = bytearray((last >> 3) + 1)
    for entity in entities:
        if entity <= last:  # an entity created since belongs to a later moment
            octets[entity >> 3] |= 1 << (entity & 7)
    return int.from_bytes(octets, "little")


def members(entities: int, after: int = 0) -> Iterator[int]:
    """The entities after one of them in a set that is one number, ascending."""
    octets = entities.to_bytes((entities.bit_length() + 7) >> 3, "little")
    first = after + 1
    for found in _NOT_ZERO.finditer(octets, first >> 3):
        base = found.start() << 3
        for offset in _OFFSETS[octets[base >> 3]]:
            if base + offset >= first:
                yield base + offset


def ascending(bits: Bits, after: int = 0) -> Iterator[int]:
    """The entities of a :data:`Bits` after one of them, ascending."""
    first = after + 1
    for number in sorted(bits):
        if number >= first >> _BLOCK_SHIFT:
            base = number << _BLOCK_SHIFT
            for slot in members(bits.get(number, 0), max(first - base, 0) - 1):
                yield base + slot


def descending(bits: Bits, before: int | None = None) -> Iterator[int]:
    """The entities of a :data:`Bits` before one of them, descending."""
    for number in sorted(bits, reverse=True):
        base = number << _BLOCK_SHIFT
        if before is None or base < before:
            for slot in reversed(list(members(bits.get(number, 0), -1))):
                if before is None or base + slot < before:
                    yield base + slot
