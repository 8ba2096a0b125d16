"""The one reader of parameters: every spelling the wire allows, and the error of each that is wrong.

List parameters are numbered from 0 or 1 and may have gaps (``Attribute.0.Name``, ``Attribute.7.Name``); some may also
come bare (``AttributeName``, ``Expected.Name``).  Unknown parameters are ignored, as SimpleDB does (observed).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from basicdb_mock import errors
from basicdb_mock.changes import Expectation, Put
from basicdb_mock.limits import Limits
from basicdb_mock.model import utf8_size

V2009 = "2009-04-15"
V2007 = "2007-11-07"
VERSIONS = (V2007, V2009)

Fields: TypeAlias = dict[str, str]
"""What is given of one entry of a list: ``Name``, ``Value``, ``Replace``."""


class Parameters:
    """A request's parameters, the API version they were written for, and the limits they must keep."""

    __slots__ = ("_lists", "given", "limits", "version")

    def __init__(self, given: Mapping[str, str], version: str, limits: Limits) -> None:
        self.given = given
        self.version = version
        self.limits = limits
        self._lists: dict[str, dict[int, Fields]] | None = None

    def required(self, name: str) -> str:
        value = self.given.get(name)
        if value is None:
            raise errors.MISSING_PARAMETER(parameter=name)
        return value

    def domain_name(self) -> str:
        name = self.required("DomainName")
        if not self.limits.is_domain_name(name):
            raise errors.INVALID_DOMAIN_NAME(value=name)
        return name

    def item_name(self) -> str:
        return self.checked_item_name(self.required("ItemName"))

    def checked_item_name(self, name: str) -> str:
        if not name:
            raise errors.EMPTY_ITEM_NAME()
        if utf8_size(name) > self.limits.name_bytes:
            raise errors.ITEM_NAME_TOO_LONG(value=name, limit=self.limits.name_bytes)
        return name

    def attribute_name(self, name: str) -> str:
        if not name:
            raise errors.EMPTY_ATTRIBUTE_NAME()
        if utf8_size(name) > self.limits.name_bytes:
            raise errors.VALUE_TOO_LONG(value=name, parameter="Name", limit=self.limits.name_bytes)
        return name

    def attribute_value(self, value: str) -> str:
        if utf8_size(value) > self.limits.name_bytes:
            raise errors.VALUE_TOO_LONG(value=value, parameter="Value", limit=self.limits.name_bytes)
        return value

    def consistent_read(self) -> bool:
        value = self.given.get("ConsistentRead")
        if value is None:
            return False
        self.needs_2009("ConsistentRead")
        if value not in ("true", "false"):
            raise errors.INVALID_CONSISTENT_READ(value=value)
        return value == "true"

    def needs_2009(self, name: str) -> None:
        if self.version != V2009:
            raise errors.INVALID_WSDL_VERSION(parameter=name)

    def numbered(self, prefix: str) -> list[Fields]:
        """The entries of a list ``prefix.N.Field``, in the order of their numbers."""
        if self._lists is None:
            lists: dict[str, dict[int, Fields]] = {}
            self._lists = lists
            for key, value in self.given.items():
                place = _split_listed(key) if len(key) <= _REMEMBERED_KEY else None
                if place is not None:
                    name, number, field = place
                    try:
                        lists[name][number][field] = value
                    except KeyError:  # the first field of an entry: one of three
                        lists.setdefault(name, {}).setdefault(number, {})[field] = value
        return _in_order(self._lists.get(prefix, {}))

    def attribute_names(self) -> tuple[str, ...]:
        """``AttributeName``, bare or numbered, in order."""
        names = {-1: self.given["AttributeName"]} if "AttributeName" in self.given else {}
        for key, value in self.given.items():
            prefix, _, number = key.partition(".")
            if prefix == "AttributeName" and _is_number(number):
                names[int(number)] = value
        return tuple(self.attribute_name(names[number]) for number in sorted(names))

    def put(self, item: str, entries: list[Fields]) -> Put:
        """What to put into an item, from its ``Attribute`` entries."""
        pairs: list[tuple[str, str]] = []
        replaced: set[str] = set()
        surely_short = self.limits.name_bytes // 4  # a character takes at most four bytes
        for fields in entries:
            name, value = fields.get("Name"), fields.get("Value")
            if name is None:
                if value is None:
                    raise errors.MISSING_PARAMETER(parameter="Name")
                raise errors.ATTRIBUTE_NAME_MISSING(value=value)
            if value is None:
                raise errors.ATTRIBUTE_VALUE_MISSING(name=name)
            if not name or len(name) > surely_short:
                self.attribute_name(name)
            if len(value) > surely_short:
                self.attribute_value(value)
            pairs.append((name, value))
            replace = fields.get("Replace")
            if replace == "true":
                replaced.add(name)
            elif replace not in (None, "false"):
                raise errors.INVALID_REPLACE(value=replace)
        return Put(item, tuple(pairs), frozenset(replaced))

    def deletions(self, entries: list[Fields]) -> tuple[tuple[str, str | None], ...]:
        """What to delete of an item, from its ``Attribute`` entries."""
        named: list[tuple[str, str | None]] = []
        for fields in entries:
            name, value = fields.get("Name"), fields.get("Value")
            if name is None:
                if value is None:
                    continue
                raise errors.VALUE_WITHOUT_NAME()
            named.append((self.attribute_name(name), None if value is None else self.attribute_value(value)))
        return tuple(named)

    def expectation(self) -> Expectation | None:
        """The condition: ``Expected.Name/Value/Exists``, bare or numbered, at most one of each."""
        bare = {field: self.given[key] for key, field in _BARE_EXPECTED if key in self.given}
        numbered = self.numbered("Expected")
        if not bare and not numbered:
            return None
        entries = [bare, *numbered]
        given = {field: [fields[field] for fields in entries if field in fields] for field in _ONLY_ONE}
        if not any(given.values()):
            return None
        self.needs_2009("Expected")
        for field, error in _ONLY_ONE.items():
            if len(given[field]) > 1:
                raise error()
        name, value, exists = (next(iter(given[field]), None) for field in _ONLY_ONE)
        if name is None:
            raise errors.MISSING_PARAMETER(parameter="Expected.Name")
        self.attribute_name(name)
        if exists not in (None, "true", "false"):
            raise errors.INVALID_EXISTS(value=exists)
        if exists == "false":
            if value is not None:
                raise errors.EXISTS_AND_EXPECTED_VALUE()
        elif value is None:
            raise errors.INCOMPLETE_EXPECTED_VALUES()
        else:
            self.attribute_value(value)
        return Expectation(name, value)

    def batch(self) -> list[tuple[str, list[Fields]]]:
        """The items of a batch with their ``Attribute`` entries, in order.

        Duplicates are refused before anything else of the request is looked at (observed).
        """
        items = _batch_items(self.given)
        if not items:
            raise errors.NO_ITEMS()
        seen: set[str] = set()
        for name, _ in items:
            if name is None:
                raise errors.MISSING_PARAMETER(parameter="ItemName")
            if name in seen:
                raise errors.DUPLICATE_ITEM_NAME(item=name)
            seen.add(name)
        if len(items) > self.limits.submitted_items:
            raise errors.NUMBER_SUBMITTED_ITEMS_EXCEEDED(limit=self.limits.submitted_items)
        return [(self.checked_item_name(name), entries) for name, entries in items if name is not None]

    def check_submitted_for_item(self, item: str, number: int) -> None:
        """Raise when a batch names more pairs for one item than a call may."""
        if number > self.limits.submitted_attributes:
            raise errors.NUMBER_SUBMITTED_ATTRIBUTES_FOR_ITEM_EXCEEDED(
                item=item, limit=self.limits.submitted_attributes
            )

    def check_submitted(self, number: int) -> None:
        """Raise when one Put or Delete names more pairs than a call may."""
        if number > self.limits.submitted_attributes:
            raise errors.NUMBER_SUBMITTED_ATTRIBUTES_EXCEEDED()


_ONLY_ONE = {
    "Name": errors.MULTIPLE_EXPECTED_NAMES,
    "Value": errors.MULTIPLE_EXPECTED_VALUES,
    "Exists": errors.MULTIPLE_EXISTS_CONDITIONS,
}


_BARE_EXPECTED = tuple((f"Expected.{field}", field) for field in _ONLY_ONE)


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= 18


def _in_order(entries: dict[int, Fields]) -> list[Fields]:
    return [entries[number] for number in sorted(entries)]


_FIELDS = frozenset({"Name", "Value", "Replace", "Exists"})
"""What entries of a list may have; any other is an unknown parameter."""
_REMEMBERED_KEY = 64
"""The longest key worth remembering: clients number their lists the same way in every request."""


@lru_cache(maxsize=8192)
def _split_listed(key: str) -> tuple[str, int, str] | None:
    """``Attribute.3.Name`` as prefix, number and field; ``None`` for a key of another form."""
    words = key.split(".")
    if len(words) != 3 or words[2] not in _FIELDS or not _is_number(words[1]):
        return None
    return words[0], int(words[1]), words[2]


@lru_cache(maxsize=16384)
def _split_batched(key: str) -> tuple[int, int | None, str] | None:
    """``Item.1.ItemName`` and ``Item.1.Attribute.2.Name`` as the item's number, the attribute's and the field."""
    words = key.split(".")
    if words[0] != "Item" or len(words) < 3 or not _is_number(words[1]):
        return None
    if len(words) == 3:
        return int(words[1]), None, words[2]
    if len(words) == 5 and words[2] == "Attribute" and words[4] in _FIELDS and _is_number(words[3]):
        return int(words[1]), int(words[3]), words[4]
    return None


def _batch_items(given: Mapping[str, str]) -> list[tuple[str | None, list[Fields]]]:
    names: dict[int, str | None] = {}
    entries: dict[int, dict[int, Fields]] = {}
    for key, value in given.items():
        place = _split_batched(key) if len(key) <= _REMEMBERED_KEY else None
        if place is None:
            continue
        number, attribute, field = place
        if attribute is not None:
            names.setdefault(number, None)
            entries.setdefault(number, {}).setdefault(attribute, {})[field] = value
        elif field == "ItemName":
            names[number] = value
        elif field == "Replace":
            raise errors.FEATURE_DEPRECATED()
    return [(names[number], _in_order(entries.get(number, {}))) for number in sorted(names)]
