"""Which parameters of a request make up its lists, judged by their names alone.

List parameters are numbered from 0 or 1 and may have gaps (``Attribute.0.Name``, ``Attribute.7.Name``).  Some may also
come without a number (``AttributeName``, ``Expected.Name``).  Clients send the same names over and over, so layouts
are cached; reading a list then only takes a look-up for each of its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

Entry: TypeAlias = tuple[str, str, str]
"""The names of the parameters for Name, Value and Replace of one attribute; empty if missing."""
Expected: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The names of the parameters for Name, Value and Exists of the condition."""


class Layout(NamedTuple):
    """The lists of a request, each in the order of its numbers."""

    attributes: tuple[Entry, ...]
    """``Attribute.N.Name``, ``.Value`` and ``.Replace``."""
    attribute_names: tuple[str, ...]
    """``AttributeName``, numbered or not."""
    expected: Expected | None
    """``Expected.Name``, ``.Value`` and ``.Exists``, numbered or not; ``None`` if the request has none of them."""
    items: tuple[tuple[str, tuple[Entry, ...]], ...]
    """``Item.N.ItemName``, empty if missing, and the item's attributes."""
    item_replace: bool
    """Whether there is an ``Item.N.Replace``, which BatchPutAttributes no longer accepts."""


_remembered: dict[tuple[str, ...], Layout] = {}
_MOST_REMEMBERED = 128
_MOST_NAMES, _MOST_CHARACTERS = 1024, 32 * 1024
"""Bounds on a cached layout: 250 attributes, or 25 items with 10 attributes each, fit in."""


def layout_of(given: Mapping[str, str]) -> Layout:
    """The layout of a request's parameters."""
    names = tuple(given)
    return _remembered.get(names) or _laid_out(names)


def _laid_out(names: tuple[str, ...]) -> Layout:
    lists: dict[str, dict[int, dict[str, str]]] = {}
    for name in names:
        listed = _split_listed(name) if len(name) <= _LONGEST_KEY else None
        if listed is not None:
            prefix, number, field = listed
            lists.setdefault(prefix, {}).setdefault(number, {})[field] = name
    layout = Layout(
        _entries(lists.get("Attribute", {})), _attribute_names(names), _expected(names, lists), *_items(names)
    )
    if len(names) <= _MOST_NAMES and sum(map(len, names)) <= _MOST_CHARACTERS:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[names] = layout
    return layout


_FIELDS = frozenset({"Name", "Value", "Replace", "Exists"})
"""The fields of list entries; any other field is an unknown parameter."""
_LONGEST_KEY = 64
"""The longest name of a list parameter; its numbers have at most eighteen digits."""


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= 18


@lru_cache(maxsize=8192)
def _split_listed(name: str) -> tuple[str, int, str] | None:
    """Splits ``Attribute.3.Name`` into prefix, number and field; ``None`` for a name of another form."""
    words = name.split(".")
    if len(words) != 3 or words[2] not in _FIELDS or not _is_number(words[1]):
        return None
    return words[0], int(words[1]), words[2]


@lru_cache(maxsize=16384)
def _split_batched(name: str) -> tuple[int, int | None, str] | None:
    """Splits ``Item.1.Attribute.2.Name`` into item number, attribute number and field.

    ``Item.1.ItemName`` has no attribute number.  ``None`` for a name of another form.
    """
    words = name.split(".")
    if words[0] != "Item" or len(words) < 3 or not _is_number(words[1]):
        return None
    if len(words) == 3:
        return int(words[1]), None, words[2]
    if len(words) == 5 and words[2] == "Attribute" and words[4] in _FIELDS and _is_number(words[3]):
        return int(words[1]), int(words[3]), words[4]
    return None


def _entries(fields: Mapping[int, Mapping[str, str]]) -> tuple[Entry, ...]:
    numbered = (fields[number].get for number in sorted(fields))
    return tuple((get("Name", ""), get("Value", ""), get("Replace", "")) for get in numbered)


def _attribute_names(names: Iterable[str]) -> tuple[str, ...]:
    found = {}
    for name in names:
        prefix, dot, number = name.partition(".")
        if prefix == "AttributeName" and (_is_number(number) or not dot):
            found[int(number) if dot else -1] = name
    return tuple(found[number] for number in sorted(found))


def _expected(names: Iterable[str], lists: Mapping[str, Mapping[int, Mapping[str, str]]]) -> Expected | None:
    fields = "Name", "Value", "Exists"
    numbered = lists.get("Expected", {})
    entries = [{field: f"Expected.{field}" for field in fields if f"Expected.{field}" in names}]
    entries += [dict(numbered[number]) for number in sorted(numbered)]
    name, value, exists = (tuple(entry[field] for entry in entries if field in entry) for field in fields)
    return (name, value, exists) if name or value or exists else None


def _items(names: Iterable[str]) -> tuple[tuple[tuple[str, tuple[Entry, ...]], ...], bool]:
    items: dict[int, str] = {}
    entries: dict[int, dict[int, dict[str, str]]] = {}
    replace = False
    for name in names:
        place = _split_batched(name) if len(name) <= _LONGEST_KEY else None
        if place is None:
            continue
        number, attribute, field = place
        if attribute is not None:
            items.setdefault(number, "")
            entries.setdefault(number, {}).setdefault(attribute, {})[field] = name
        elif field == "ItemName":
            items[number] = name
        elif field == "Replace":
            replace = True
    return tuple((items[number], _entries(entries.get(number, {}))) for number in sorted(items)), replace
