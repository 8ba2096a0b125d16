"""The storage contract: few operations, each atomic, which suit a remote sharded engine as well as a dict.

A storage knows nothing of requests, error messages or Select's syntax.  It stores items, applies writes as defined by
:class:`basicdb_mock.changes.Write`, and searches as defined by a :class:`basicdb_mock.select.plan.Plan`: it yields what
``plan.matches`` accepts, in ``plan.order``, however it finds it.

Every storage guarantees:

- A write is all or nothing, even of several items, and atomic with respect to every other call.
- A write that raises changes nothing.
- Items are numbered (their *entity*) from 1 in order of creation, the new items of one write in the order of their
  names (observed).  An item that is deleted and put again is a new one.
- A search sees the domain as of one moment, and may go on while writes happen.
- A well-formed call raises only :class:`~basicdb_mock.errors.SimpleDBError`, or :class:`StorageError` if the storage
  itself fails.

Third parties add a storage with an entry point in the group ``basicdb_mock.storage``: its name is the URL's scheme, its
value a callable that takes the URL and returns a :class:`Storage`.  The contract's tests are importable
(:mod:`basicdb_mock.storage.testing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Tenant
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.records import Changes, Records


class StorageError(Exception):
    """The storage itself failed (a full disk, a lost node); the client gets InternalError or ServiceUnavailable.

    ``unavailable`` is true if trying again later may help.
    """

    def __init__(self, message: str, *, unavailable: bool = False) -> None:
        super().__init__(message)
        self.unavailable = unavailable


class Found(NamedTuple):
    """One step of a search: a matching item and its place, or, if ``item`` is ``None``, just the place reached.

    A search that finds nothing for some time yields steps without an item now and then, so that its reader can stop in
    time.  While it is still gathering or sorting, their place is the one that it started from
    (:func:`basicdb_mock.select.plan.beginning`).
    """

    place: Position
    name: str
    item: Item | None


class Counted(NamedTuple):
    """The number of items that a count found, and where it stopped if it did not reach the end."""

    number: int
    stopped: Position | None


class Domain(Protocol):
    """A domain of a tenant, for the duration of one request."""

    created: float
    """When it was created, in epoch seconds."""

    def revision(self) -> int:
        """The number of writes that it has acknowledged."""

    def get(self, name: str) -> Item | None:
        """An item, or ``None``."""

    def apply(self, write: Write) -> None:
        """Apply all of a write, or raise and apply nothing.

        Raises the condition's error, NumberItemAttributesExceeded, NumberDomainAttributesExceeded or
        NumberDomainBytesExceeded.
        """

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        """The matches of a plan after a position as of the moment of this call, lazily and in the plan's order."""

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        """The number of matches after a position; stops at ``at_most``, or soon after ``stop()`` returns true."""

    def statistics(self) -> DomainStatistics:
        """The figures of DomainMetadata."""


class Storage(Protocol):
    """A store of domains."""

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        """Create a domain unless it exists.  Raises NumberDomainsExceeded if there are ``at_most`` already."""

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        """Delete a domain and its items; an unknown domain is no error."""

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        """At most ``at_most`` domain names greater than ``after``, in order."""

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> Domain:
        """A domain to read or write; with ``consistent=False`` reads may come from a replica that lags.

        Raises NoSuchDomain.
        """

    def tenants(self) -> Sequence[Tenant]:
        """All tenants that have a domain."""

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        """The records stored with a tenant's domains, as of one moment; ``None`` if their revision is ``known``.

        Records are small JSON objects that mean nothing to the storage.  A tenant may have records but no domain.
        """

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        """Put and remove records, all or nothing, if they still have that revision; returns whether they had.

        The change is durable.  If a response is lost on the way, a change that was made may be reported as refused.
        """

    def record_tenants(self) -> Sequence[Tenant]:
        """All tenants that have records, in order."""

    def snapshot(self, tenant: Tenant | None = None) -> object:
        """The present state of one tenant, or of all, for :meth:`restore`; includes records."""

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot, for the tenants it was taken of; a snapshot can be restored any number of times.

        Raises StorageError if it is not a snapshot of this kind of storage.
        """

    def clear(self, tenant: Tenant | None = None) -> None:
        """Delete everything, or everything of one tenant."""

    def close(self) -> None:
        """Release files and connections.  A closed storage is not used again."""
