"""What a cluster's engine must provide: few calls, each atomic within one partition.

A *partition* is a part of the engine's key space that one node serves as a whole: a hash slot's tag in Redis and
Valkey, an object in Ceph RADOS.  Everything above (domains, their registry's use, searches that see one moment, the
merging of partitions) is written on these protocols only, so another engine is another implementation of them.

Every call is retried internally within the settings' patience and then raises
:class:`~basicdb_mock.storage.contract.StorageError` (``unavailable``).  It raises :class:`GoneError` if the partition
does not exist (any more), and :class:`BehindError` if a replica cannot answer for the requested moment.
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
"""The prefix of a token that only identifies what is written."""


def attribute_index(attribute: str) -> str:
    """The index of an attribute's values."""
    return "x" + attribute


class GoneError(Exception):
    """The partition does not exist: its domain was deleted, or a replica has not seen it yet."""


class BehindError(Exception):
    """A replica has not reached the requested moment yet, or the moment is too long ago."""


class Part(NamedTuple):
    """Members of an index from ``low`` up to, but not including, ``high`` (``None``: to the end), by their bytes.

    See :mod:`basicdb_mock.storage.cluster.members`.
    """

    low: bytes = b""
    high: bytes | None = None


class Row(NamedTuple):
    """A stored item, with the index member it was found by (``b""`` if requested by entity)."""

    member: bytes
    entity: int
    name: str
    item: Item


class Replaced(NamedTuple):
    """What a write replaced: the old item, or ``None`` if there was none."""

    entity: int
    name: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one call, all of one moment.

    ``revision`` is that moment, and ``replaced`` what writes have replaced since the moment that the caller passed.
    ``caught_up`` is false if that was too much for one call: then there are no rows, and the caller calls again from
    ``revision``.  ``taken`` is the number of members examined; ``more`` means that there may be others.
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
    """The running statistics of a partition; ``names`` counts its distinct attribute names."""

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
    """Entities for new items, by name; a new item without one raises :class:`NumbersNeededError`."""
    counted: bool = True
    """Whether it counts as a write of the domain, as one of the shares does."""
    rehearsed: bool = False
    """Only report whether it would be refused, and how much the partition would grow."""


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
    """The write creates items in a domain with several partitions: take numbers and try again."""


class Partition(Protocol):
    """One partition.  Reads come from the primary, or from a replica if it was opened that way."""

    def begin(self, writes: int = 0, entity: int = 0) -> None:
        """Create it, empty, with the number of acknowledged writes and the last entity, unless it exists."""

    def counters(self) -> Counters:
        """Its statistics."""

    def attribute_names(self) -> set[str]:
        """The distinct attribute names."""

    def get(self, name: str) -> Item | None:
        """One item."""

    def apply(self, write: Write, token: str, share: Share | None = None) -> Growth:
        """Apply a write as :meth:`basicdb_mock.storage.contract.Domain.apply` does; durable when it returns.

        A write with the ``token`` of one done in the last minute is not done again.  A token that starts with
        :data:`FINGERPRINT` identifies what is written, not the call: such a write is evaluated again, but if its
        condition fails and an equal write was done without being :meth:`settled <settle>`, it counts as that write.  A
        rehearsal returns the growth.
        """

    def settle(self, token: str) -> None:
        """Note that the client is about to be told that the write with a fingerprint was done."""

    def take_numbers(self, number: int) -> int:
        """Take ``number`` entities from this partition's counter; returns the last one."""

    def sizes(self, spans: Sequence[tuple[str, Part]]) -> tuple[int, list[int]]:
        """The number of items, and the number of members in each part of an index."""

    def walk(self, since: int, index: str, parts: Sequence[Part], descending: bool, limit: int) -> Page:
        """Rows in the order of an index, from parts of it, which are in the order of the walk."""

    def entities(self, since: int, index: str, part: Part, limit: int) -> EntityPage:
        """Entities of the members of a part of an index."""

    def rows(self, since: int, entities: Sequence[int]) -> Page:
        """Rows by entity: as many of the first ones as one call may return (``taken``)."""

    def load(self, rows: Sequence[tuple[int, str, Item]]) -> None:
        """Fill a partition that is not in use yet with (entity, name, item)."""

    def drop(self) -> None:
        """Delete the partition, effective immediately."""

    def reclaim(self) -> bool:
        """Release some of what a dropped partition holds; returns whether there is more."""


class Reference(NamedTuple):
    """A domain as recorded in its tenant's registry."""

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
        """Announce a domain that is about to be created; if it never is, it is reclaimed eventually."""

    def register(self, reference: Reference, at_most: int) -> bool:
        """Register an announced domain under its name; false if another has it.  Raises NumberDomainsExceeded."""

    def remove(self, name: str) -> list[Reference]:
        """Remove a domain; returns it, and any other of its name that has not been reclaimed yet."""

    def exchange(self, references: Sequence[Reference]) -> list[Reference]:
        """Replace all domains with announced ones; returns the old ones."""

    def condemned(self) -> list[Reference]:
        """Domains that are to be reclaimed."""

    def forget(self, reference: Reference) -> None:
        """Note that a condemned domain has been reclaimed."""


class TenantRecords(Protocol):
    """The records of one tenant, as in the storage contract."""

    def read(self, known: str | None = None) -> Records | None:
        """All records, unless ``known`` is their revision."""

    def change(self, revision: str, changes: Changes) -> bool:
        """Change the records if they have this revision; returns whether they had."""

    def put(self, records: Records) -> None:
        """Replace all records unconditionally."""


class Driver(Protocol):
    """An engine."""

    def partition(self, domain: str, number: int, *, consistent: bool = True) -> Partition:
        """Partition ``number`` of the domain with an id."""

    def registry(self, tenant: Tenant) -> Registry:
        """The registry of a tenant."""

    def records(self, tenant: Tenant) -> TenantRecords:
        """The records of a tenant."""

    def tenants(self) -> list[Tenant]:
        """All tenants that ever had a domain or records."""

    def remember_tenant(self, tenant: Tenant) -> None:
        """Add a tenant to :meth:`tenants`."""

    def report(self) -> list[dict[str, object]]:
        """The nodes: address, role, slots, lag, health."""

    def close(self) -> None:
        """Release connections."""


def item_of(pairs: Sequence[Sequence[str]]) -> Item:
    """An item from lists that consist of a name and its values."""
    item: dict[str, Values] = {}
    for entry in pairs:
        item[entry[0]] = entry[1] if len(entry) == 2 else tuple(entry[1:])
    return item
