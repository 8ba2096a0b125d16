"""What a cluster's engine has to do for us: few calls, each atomic within one partition.

A *partition* is a part of the engine's key space that one node serves as a whole: a hash slot's tag in Redis and
Valkey, an object in Ceph RADOS.  Everything above (domains, their registry's use, searches that see one moment, the
merging of partitions) is written on these protocols only, so another engine is another implementation of them.

Every call is retried inside, within the settings' patience, and raises
:class:`~basicdb_mock.storage.contract.StorageError` (``unavailable``) when that was not enough; :class:`GoneError` when
the partition is not there (any more); :class:`BehindError` when a copy cannot answer for the moment asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Tenant, Values
from basicdb_mock.storage.records import Changes, Records

CREATION = "o"
"""The index in order of creation: members are entities."""
NAMES = "n"
"""The index of item names in the order of their bytes."""


FINGERPRINT = "?"
"""Begins a token that tells only what is written."""


def attribute_index(attribute: str) -> str:
    """The index of an attribute's values."""
    return "x" + attribute


class GoneError(Exception):
    """The partition is not there: its domain was deleted, or a copy has not seen it yet."""


class BehindError(Exception):
    """A copy has not come as far as the moment asked for, or the moment is too long ago."""


class Part(NamedTuple):
    """Members of an index from ``low`` up to, and without, ``high`` (``None``: to the end), by their bytes.

    :mod:`basicdb_mock.storage.cluster.members` says what a member is.
    """

    low: bytes = b""
    high: bytes | None = None


class Row(NamedTuple):
    """An item as it is stored, with the index member it was found by (``b""`` when asked for by entity)."""

    member: bytes
    entity: int
    name: str
    item: Item


class Replaced(NamedTuple):
    """What a write replaced: the item as it was, or ``None`` if there was none."""

    entity: int
    name: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one call, all of one moment.

    ``revision`` is that moment, and ``replaced`` what writes have replaced since the moment the caller gave.
    ``caught_up`` is false when there was more of that than one call tells: then there are no rows, and the caller asks
    again from ``revision``.  ``taken`` is how many members were looked at; ``more`` tells that there may be others.
    """

    revision: int
    replaced: Sequence[Replaced]
    rows: Sequence[Row]
    taken: int
    more: bool
    caught_up: bool = True


class EntityPage(NamedTuple):
    """Entities of index members in one call, and the last of those members if there are more to ask for."""

    page: Page
    entities: Sequence[int]
    last: bytes | None


@dataclass(frozen=True, slots=True)
class Counters:
    """The running figures of a partition; ``names`` are distinct attribute names of this partition."""

    items: int
    item_bytes: int
    names: int
    name_bytes: int
    values: int
    value_bytes: int
    revision: int
    writes: int
    entity: int
    undone: int
    staged: int
    """Notes of large writes that are under way."""

    def statistics(self) -> DomainStatistics:
        return DomainStatistics(
            self.items, self.item_bytes, self.names, self.name_bytes, self.values, self.value_bytes
        )


@dataclass(frozen=True, slots=True)
class Share:
    """One partition's share of a write of a domain that has several."""

    numbers: Mapping[str, int] | None = None
    """Entities for items that are new, by name; a new item without one is answered :class:`NumbersNeededError`."""
    counted: bool = True
    """Whether it counts as a write of the domain (one of the shares does)."""
    rehearsed: bool = False
    """Only say whether it would be refused, and how much the partition would grow."""


class Growth(NamedTuple):
    """What a write adds to a partition: pairs, bytes of item names and values, new items by name.

    ``appeared`` are attribute names that no item of the partition had before, ``vanished`` those that none has after.
    """

    values: int = 0
    bytes: int = 0
    new: tuple[str, ...] = ()
    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class NumbersNeededError(Exception):
    """The write makes new items and the domain has several partitions: take numbers and ask again."""


class Partition(Protocol):
    """One partition.  Reads come from the primary, or from a copy if it was opened so."""

    def begin(self, writes: int = 0, entity: int = 0) -> None:
        """Make it, empty, with the number of writes acknowledged and the last entity; one that is there stays."""

    def counters(self) -> Counters:
        """Its figures."""

    def attribute_names(self) -> set[str]:
        """The distinct attribute names."""

    def get(self, name: str) -> Item | None:
        """One item."""

    def apply(self, write: Write, token: str, share: Share | None = None) -> Growth:
        """Do all of a write or none, as :meth:`basicdb_mock.storage.contract.Domain.apply`; durable when it returns.

        A write of the same ``token`` that was done in the last minute is not done again.  A token that begins with
        :data:`FINGERPRINT` names what is written, not who asks: such a write is judged anew, but where its condition
        refuses it and it was done without being :meth:`settled <settle>`, it is what was done.  A rehearsal tells the
        growth.
        """

    def settle(self, token: str) -> None:
        """Whoever sent the write of a fingerprint is going to be told that it was done."""

    def take_numbers(self, number: int) -> int:
        """Take ``number`` entities from the counter of this partition; gives the last of them."""

    def sizes(self, spans: Sequence[tuple[str, Part]]) -> tuple[int, list[int]]:
        """How many items there are, and how many members each part of an index has."""

    def walk(self, since: int, index: str, parts: Sequence[Part], descending: bool, limit: int) -> Page:
        """Rows in the order of an index, from parts of it (given in the order of the walk)."""

    def entities(self, since: int, index: str, part: Part, limit: int) -> EntityPage:
        """Entities of the members of a part of an index."""

    def rows(self, since: int, entities: Sequence[int]) -> Page:
        """Rows by entity, as many of the first of them as one call may give (``taken``)."""

    def load(self, rows: Sequence[tuple[int, str, Item]]) -> None:
        """Fill a partition that nobody uses yet with (entity, name, item)."""

    def drop(self) -> None:
        """Make it gone, at once."""

    def reclaim(self) -> bool:
        """Give back some of what a dropped partition holds; tells whether there is more."""


class Reference(NamedTuple):
    """A domain as its account's registry has it."""

    name: str
    id: str
    created: float
    partitions: int


class Registry(Protocol):
    """The domains of one tenant."""

    def look_up(self, name: str) -> Reference | None:
        """A domain."""

    def names(self, after: str, at_most: int) -> list[str]:
        """Names greater than ``after``, in order."""

    def announce(self, reference: Reference) -> None:
        """Tell that a domain is about to be made; it is reclaimed some day if it never is."""

    def register(self, reference: Reference, at_most: int) -> bool:
        """Make an announced domain the one of its name; false if there is another.  Raises NumberDomainsExceeded."""

    def remove(self, name: str) -> list[Reference]:
        """Take a domain out; gives it, and any other of its name that was not reclaimed yet."""

    def exchange(self, references: Sequence[Reference]) -> list[Reference]:
        """Put announced domains in the place of all; gives those that were there."""

    def condemned(self) -> list[Reference]:
        """Domains that are to be reclaimed."""

    def forget(self, reference: Reference) -> None:
        """A condemned domain has been reclaimed."""


class TenantRecords(Protocol):
    """The records of one tenant, as the storage contract has them."""

    def read(self, known: str | None = None) -> Records | None:
        """All of them, unless their revision is the one known."""

    def change(self, revision: str, changes: Changes) -> bool:
        """Change those of a revision; tells whether they had it."""

    def put(self, records: Records) -> None:
        """Replace all of them, whatever there was."""


class Driver(Protocol):
    """An engine."""

    def partition(self, domain: str, number: int, *, consistent: bool = True) -> Partition:
        """Partition ``number`` of the domain with an id."""

    def registry(self, tenant: Tenant) -> Registry:
        """The registry of a tenant."""

    def records(self, tenant: Tenant) -> TenantRecords:
        """The records of a tenant."""

    def tenants(self) -> list[Tenant]:
        """Everyone who ever had a domain or records."""

    def remember_tenant(self, tenant: Tenant) -> None:
        """Have :meth:`tenants` tell of a tenant."""

    def report(self) -> list[dict[str, object]]:
        """The nodes: address, role, slots, lag, health."""

    def close(self) -> None:
        """Let go of connections."""


def item_of(pairs: Sequence[Sequence[str]]) -> Item:
    """An item from lists of a name and its values."""
    item: dict[str, Values] = {}
    for entry in pairs:
        item[entry[0]] = entry[1] if len(entry) == 2 else tuple(entry[1:])
    return item
