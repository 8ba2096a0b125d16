"""Members of an index, encoded so that their bytes sort like what they stand for.

A member of an attribute's index is the value's UTF-8 with every NUL followed by 01, then 00 00, then the entity in
eight bytes.  As 00 00 is less than anything that can follow a value, a value sorts before those that start with it.  A
member of the index by name is the name's UTF-8, of the index by creation the entity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct

from basicdb_mock.select.expression import ItemName
from basicdb_mock.select.plan import AllOf, AnyOf, Narrowing, Span
from basicdb_mock.storage.cluster.partition import NAMES, Part, attribute_index

_ENTITY = Struct(">Q")
ENTITY_BYTES = _ENTITY.size
_END = b"\0\0"
_PAST_END = b"\0\1"
"""After the last entity of a value, before the next value."""


def entity_member(entity: int) -> bytes:
    return _ENTITY.pack(entity)


def entity_of(member: bytes) -> int:
    """The entity that a member of the index by creation starts with."""
    (entity,) = _ENTITY.unpack_from(member)
    return int(entity)


def entities_of(packed: bytes) -> list[int]:
    """The entities in a concatenation of entities."""
    return [entity for (entity,) in _ENTITY.iter_unpack(packed)]


def value_member(value: str, entity: int) -> bytes:
    return _escaped(value) + _END + _ENTITY.pack(entity)


def value_of(member: bytes) -> str:
    """The value of a member of an attribute's index."""
    return member[: -ENTITY_BYTES - len(_END)].replace(b"\0\1", b"\0").decode()


def _escaped(value: str) -> bytes:
    return value.encode().replace(b"\0", b"\0\1")


def index_of(span: Span) -> str:
    """The index for a span's subject."""
    return NAMES if isinstance(span.subject, ItemName) else attribute_index(span.subject)


def part_of(span: Span) -> Part:
    """The members of its index that are in a span."""
    if isinstance(span.subject, ItemName):
        low = span.low.encode() + (b"\0" if span.low_open else b"")
        high = None if span.high is None else span.high.encode() + (b"" if span.high_open else b"\0")
    else:
        low = _escaped(span.low) + (_PAST_END if span.low_open else _END)
        high = None if span.high is None else _escaped(span.high) + (_END if span.high_open else _PAST_END)
    return Part(low, high)


def parts_of(narrowing: Narrowing) -> list[Part]:
    """The parts of an index for the spans of one subject, in order and disjoint."""
    if isinstance(narrowing, Span):
        return _apart([part_of(narrowing)])
    if isinstance(narrowing, AnyOf):
        return _apart(part for choice in narrowing.parts for part in parts_of(choice))
    common = [Part()]
    for condition in narrowing.parts:
        common = _apart(_common(one, other) for one in common for other in parts_of(condition))
    return common


def _common(one: Part, other: Part) -> Part:
    ends = [high for high in (one.high, other.high) if high is not None]
    return Part(max(one.low, other.low), min(ends) if ends else None)


def _apart(parts: Iterable[Part]) -> list[Part]:
    """Parts in order; touching parts are joined, empty ones left out."""
    found: list[Part] = []
    some = [part for part in parts if part.high is None or part.low < part.high]
    for part in sorted(some, key=lambda part: part.low):
        if found and (found[-1].high is None or part.low <= found[-1].high):
            last = found[-1]
            ends = None if last.high is None or part.high is None else max(last.high, part.high)
            found[-1] = Part(last.low, ends)
        else:
            found.append(part)
    return found


def after_member(parts: Sequence[Part], member: bytes, descending: bool) -> list[Part]:
    """The rest of parts after a member, in the direction of the walk; parts are in the order of their members."""
    rest = Part(high=member) if descending else Part(member + b"\0")
    return _apart(_common(part, rest) for part in parts)


def from_name(parts: Sequence[Part], name: str, descending: bool) -> list[Part]:
    """The rest of parts of the index by name from a name on, inclusive, in the direction of the walk."""
    rest = Part(high=name.encode() + b"\0") if descending else Part(name.encode())
    return _apart(_common(part, rest) for part in parts)


def leaves(narrowing: Narrowing) -> list[Span]:
    """The spans that a narrowing consists of."""
    if isinstance(narrowing, Span):
        return [narrowing]
    return [span for part in narrowing.parts for span in leaves(part)]


def of_names(narrowing: Narrowing | None) -> list[Part]:
    """The part of the index by name that contains every match."""
    if isinstance(narrowing, AllOf):
        common = [Part()]
        for part in narrowing.parts:
            common = _apart(_common(one, other) for one in common for other in of_names(part))
        return common
    if narrowing is not None and all(isinstance(span.subject, ItemName) for span in leaves(narrowing)):
        return parts_of(narrowing)
    return [Part()]
