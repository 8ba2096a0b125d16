"""The values that all other modules share: items, tenants, a domain's statistics.

An item is a plain ``dict`` that maps an attribute's name to its value, or to a tuple if it has several values.
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
"""A single value as it is, several values as a tuple (in order of insertion, without duplicates)."""

Item: TypeAlias = Mapping[str, Values]
"""Maps attribute names to :data:`Values`.  Never empty and never mutated."""


class Tenant(NamedTuple):
    """The owner of data: an account in a region.  Domains of the same name in two tenants are two domains."""

    account: str
    region: str

    def domain_arn(self, domain: str | None) -> str:
        """A domain's ARN as in policies and errors; ends in ``*`` if ``domain`` is ``None``."""
        return f"arn:aws:sdb:{self.region}:{self.account}:domain/{'*' if domain is None else domain}"


@dataclass(frozen=True, slots=True)
class DomainStatistics:
    """The figures of DomainMetadata; sizes are in bytes of UTF-8.

    ``attribute_name_count`` and ``attribute_names_size`` cover the *distinct* names in the domain,
    ``attribute_value_count`` and ``attribute_values_size`` cover all name-value pairs
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
        """Bytes that count towards the limit on a domain's size: item names, distinct attribute names and values."""
        return self.item_names_size + self.attribute_names_size + self.attribute_values_size


def values_of(item: Item, attribute: str) -> tuple[str, ...]:
    """The values of one attribute, in order of insertion; empty if the item lacks it."""
    values = item.get(attribute, ())
    return (values,) if isinstance(values, str) else values


def pairs(item: Item) -> Iterator[tuple[str, str]]:
    """Every name-value pair of an item, in the order in which Select returns them."""
    for name, values in item.items():
        if isinstance(values, str):
            yield name, values
        else:
            for value in values:
                yield name, value


def pair_count(item: Item) -> int:
    """The number of name-value pairs in an item, which is limited to 256."""
    number = len(item)
    for values in item.values():
        if values.__class__ is not str:
            number += len(values) - 1
    return number


def utf8_size(text: str) -> int:
    """The length of ``text`` in bytes of UTF-8, the unit of all of SimpleDB's length limits."""
    return len(text) if text.isascii() else len(text.encode())


def is_utf8_of(text: str, most: int) -> bool:
    """Whether ``text`` can be encoded as UTF-8 (it has no lone surrogate) in at most ``most`` bytes."""
    try:
        return utf8_size(text) <= most
    except UnicodeEncodeError:
        return False
