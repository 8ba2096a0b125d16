"""Reading parameters: every spelling that the wire allows, and the error for each invalid one.

Unknown parameters are ignored, as by SimpleDB (observed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from basicdb_mock import errors
from basicdb_mock.changes import Delete, Expectation, Put
from basicdb_mock.limits import Limits
from basicdb_mock.model import utf8_size
from basicdb_mock.operations.layout import Entry, Expected, Layout, layout_of

V2009 = "2009-04-15"
V2007 = "2007-11-07"
VERSIONS = (V2007, V2009)

_MOST_BYTES = 4
"""The most bytes of a character in UTF-8: a name of up to a quarter of the limit's length is short enough."""


class Parameters:
    """A request's parameters, its API version, and the limits in force."""

    __slots__ = ("given", "limits", "version")

    def __init__(self, given: Mapping[str, str], version: str, limits: Limits) -> None:
        self.given = given
        self.version = version
        self.limits = limits

    def required(self, name: str) -> str:
        value = self.given.get(name)
        if value is None:
            raise errors.MISSING_PARAMETER(parameter=name)
        return value

    def domain_name(self) -> str:
        name = self.given.get("DomainName")
        if name is None:
            raise errors.MISSING_PARAMETER(parameter="DomainName")
        if not self.limits.is_domain_name(name):
            raise errors.INVALID_DOMAIN_NAME(value=name)
        return name

    def item_name(self) -> str:
        name = self.given.get("ItemName")
        if name is None:
            raise errors.MISSING_PARAMETER(parameter="ItemName")
        if 0 < len(name) <= self.limits.name_bytes // _MOST_BYTES:
            return name
        return self.checked_item_name(name)

    def checked_item_name(self, name: str) -> str:
        if not name:
            raise errors.EMPTY_ITEM_NAME()
        most = self.limits.name_bytes
        if utf8_size(name) > most:
            raise errors.ITEM_NAME_TOO_LONG(value=name, limit=most)
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

    def layout(self) -> Layout:
        """Which parameters make up the lists."""
        return layout_of(self.given)

    def attribute_names(self) -> tuple[str, ...]:
        """The values of ``AttributeName``, numbered or not, in order.

        Blank ones are ignored (source: DG07/SDB_API_QueryWithAttributes).
        """
        names = layout_of(self.given).attribute_names
        return tuple([self.attribute_name(self.given[name]) for name in names if self.given[name]]) if names else ()

    def put(self, item: str, entries: Iterable[Entry]) -> Put:
        """The Put that an item's ``Attribute`` entries ask for."""
        get = self.given.get
        pairs: list[tuple[str, str]] = []
        replaced: set[str] = set()
        surely_short = self.limits.name_bytes // _MOST_BYTES
        for entry in entries:
            name, value, replace = get(entry[0]), get(entry[1]), get(entry[2])
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
            if replace == "true":
                replaced.add(name)
            elif replace not in (None, "false"):
                raise errors.INVALID_REPLACE(value=replace)
        return Put(item, tuple(pairs), frozenset(replaced))

    def delete(self, item: str, entries: Iterable[Entry]) -> Delete:
        """The Delete that an item's ``Attribute`` entries ask for."""
        get = self.given.get
        named: list[tuple[str, str | None]] = []
        for entry in entries:
            name, value = get(entry[0]), get(entry[1])
            if name is None:
                if value is None:
                    continue
                raise errors.VALUE_WITHOUT_NAME()
            named.append((self.attribute_name(name), None if value is None else self.attribute_value(value)))
        return Delete(item, tuple(named))

    def expectation(self, expected: Expected | None) -> Expectation | None:
        """The condition: ``Expected.Name``, ``.Value`` and ``.Exists``, numbered or not, at most one of each."""
        if expected is None:
            return None
        self.needs_2009("Expected")
        for names, error in zip(expected, _ONLY_ONE, strict=True):
            if len(names) > 1:
                raise error()
        name, value, exists = (self.given[names[0]] if names else None for names in expected)
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

    def batch(self) -> list[tuple[str, tuple[Entry, ...]]]:
        """The items of a batch with their ``Attribute`` entries, in order.

        Duplicates are rejected before the rest of the request is checked (observed).
        """
        layout = layout_of(self.given)
        if not layout.items:
            raise errors.NO_ITEMS()
        seen: set[str] = set()
        items: list[tuple[str, tuple[Entry, ...]]] = []
        for parameter, entries in layout.items:
            name = self.given.get(parameter)
            if name is None:
                raise errors.MISSING_PARAMETER(parameter="ItemName")
            if name in seen:
                raise errors.DUPLICATE_ITEM_NAME(item=name)
            seen.add(name)
            items.append((name, entries))
        if len(items) > self.limits.submitted_items:
            raise errors.NUMBER_SUBMITTED_ITEMS_EXCEEDED(limit=self.limits.submitted_items)
        for name, _ in items:
            self.checked_item_name(name)
        return items

    def check_submitted_for_item(self, item: str, number: int) -> None:
        """Raise if a batch has more pairs for one item than one call may have."""
        if number > self.limits.submitted_attributes:
            raise errors.NUMBER_SUBMITTED_ATTRIBUTES_FOR_ITEM_EXCEEDED(
                item=item, limit=self.limits.submitted_attributes
            )

    def check_submitted(self, number: int) -> None:
        """Raise if a Put or Delete has more pairs than one call may have."""
        if number > self.limits.submitted_attributes:
            raise errors.NUMBER_SUBMITTED_ATTRIBUTES_EXCEEDED()


_ONLY_ONE = (errors.MULTIPLE_EXPECTED_NAMES, errors.MULTIPLE_EXPECTED_VALUES, errors.MULTIPLE_EXISTS_CONDITIONS)
"""The errors for more than one Name, Value or Exists in a condition."""
