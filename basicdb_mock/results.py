"""The results of operations, before they become XML.  ``box_usage`` is in units of 1e-10 machine hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basicdb_mock.model import DomainStatistics, Item


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write has been done."""

    box_usage: int


@dataclass(frozen=True, slots=True)
class DomainNames:
    """A page of ListDomains."""

    box_usage: int
    names: Sequence[str]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A domain's statistics, and when they were taken, in epoch seconds."""

    box_usage: int
    statistics: DomainStatistics
    timestamp: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one item, in the order of the response."""

    box_usage: int
    item: Item


@dataclass(frozen=True, slots=True)
class Items:
    """A page of Select or QueryWithAttributes."""

    box_usage: int
    items: Sequence[tuple[str, Item]]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class ItemNames:
    """A page of Query."""

    box_usage: int
    names: Sequence[str]
    next_token: str | None


Result: TypeAlias = "Acknowledged | DomainNames | Metadata | Attributes | Items | ItemNames"
