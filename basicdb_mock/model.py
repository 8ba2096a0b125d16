"""The values everything else speaks about: items, tenants, figures of a domain.

An item is a plain ``dict`` from attribute name to its value, or to the tuple of its values when there are several.
Nothing wraps it: a dict of strings and tuples of strings is invisible to the garbage collector and takes half the
memory of a dict of sets, which is what lets a domain of a million items live in a process.  Items are never changed
in place; a write makes a new one (see :mod:`basicdb_mock.changes`), so a read needs no lock and a snapshot is free.

Attribute names keep the order of their first insertion, and so do the values of one attribute, each of which is
unique: Select returns them in that order, GetAttributes sorts them by their UTF-8 bytes (both observed on the wire).
In Python the order of ``str`` is the order of the UTF-8 bytes, since lone surrogates never get in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

Values: TypeAlias = "str | tuple[str, ...]"
"""One value bare, several in a tuple (in order of insertion, each once)."""

Item: TypeAlias = Mapping[str, Values]
"""Attribute name to :data:`Values`.  Never empty, never changed."""


class Tenant(NamedTuple):
    """Whose data: an account in a region.  The same domain name in two tenants is two domains."""

    account: str
    region: str

    def domain_arn(self, domain: str | None) -> str:
        """The name of a domain in a policy or an error; ``*`` for an action on no single one."""
        return f"arn:aws:sdb:{self.region}:{self.account}:domain/{'*' if domain is None else domain}"


@dataclass(frozen=True, slots=True)
class DomainStatistics:
    """What DomainMetadata tells of a domain; sizes are bytes of UTF-8.

    ``attribute_name_count`` and ``attribute_names_size`` are of the *distinct* names in the domain,
    ``attribute_value_count`` and ``attribute_values_size`` are of all name-value pairs
    (source: DG/SDB_API_DomainMetadata).
    """

    item_count: int = 0
    item_names_size: int = 0
    attribute_name_count: int = 0
    attribute_names_size: int = 0
    attribute_value_count: int = 0
    attribute_values_size: int = 0

    @property
    def size(self) -> int:
        """Bytes that count towards the domain's limit: item names, distinct attribute names and values."""
        return self.item_names_size + self.attribute_names_size + self.attribute_values_size


def values_of(item: Item, attribute: str) -> tuple[str, ...]:
    """The values of one attribute, in order of insertion; empty when the item lacks it."""
    values = item.get(attribute, ())
    return (values,) if isinstance(values, str) else values


def pairs(item: Item) -> Iterator[tuple[str, str]]:
    """Every name-value pair of an item, in the order Select returns them."""
    for name, values in item.items():
        if isinstance(values, str):
            yield name, values
        else:
            for value in values:
                yield name, value


def pair_count(item: Item) -> int:
    """How many name-value pairs an item holds: what the limit of 256 counts."""
    number = len(item)
    for values in item.values():
        if values.__class__ is not str:
            number += len(values) - 1
    return number


def utf8_size(text: str) -> int:
    """Bytes of ``text`` in UTF-8, the unit of every length limit of SimpleDB."""
    return len(text) if text.isascii() else len(text.encode())


def is_utf8_of(text: str, most: int) -> bool:
    """Whether ``text`` is at most so many bytes in UTF-8, which half a surrogate pair has no place in."""
    try:
        return utf8_size(text) <= most
    except UnicodeEncodeError:
        return False
