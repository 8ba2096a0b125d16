"""The storage contract: few operations, each atomic, each meaningful to a remote sharded engine as much as to a dict.

A storage knows nothing of requests, limits' texts or Select's syntax.  It keeps items, applies writes as
:class:`basicdb_mock.changes.Write` says they are applied, and searches as a :class:`basicdb_mock.select.plan.Plan`
says: what it yields is what ``plan.matches`` accepts, in ``plan.order``, however it found it.

What every storage promises:

- a write is all or nothing, also one of several items, and atomic towards every other call;
- a write that raised changed nothing;
- items are numbered (their *entity*) from 1 in order of creation, the new items of one write in the order of their
  names (observed); an item that was deleted and put again is a new one;
- a search sees one moment; it may go on while writes happen;
- :class:`~basicdb_mock.errors.SimpleDBError` is the only exception a well-formed call raises, but for
  :class:`StorageError` when the storage itself fails.

Third parties add a storage by an entry point in the group ``basicdb_mock.storage`` (its name is the URL's scheme, its
value a callable that takes the URL and gives a :class:`Storage`), and test it with the contract's own tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Tenant
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.records import Changes, Records


class StorageError(Exception):
    """The storage itself failed (a full disk, a lost node): the caller answers InternalError or ServiceUnavailable.

    ``unavailable`` tells that trying again later may help.
    """

    def __init__(self, message: str, *, unavailable: bool = False) -> None:
        super().__init__(message)
        self.unavailable = unavailable


class Found(NamedTuple):
    """One step of a search: an item that matches and its place, or with ``item`` ``None`` only how far it has come.

    A search that finds nothing for long yields such steps now and then, so that whoever reads it can stop in time.
    While it gathers or sorts and has come nowhere yet, their place is the one that it started from
    (:func:`basicdb_mock.select.plan.beginning`).
    """

    place: Position
    name: str
    item: Item | None


class Counted(NamedTuple):
    """How many items a count found, and where it stopped if it did not come to the end."""

    number: int
    stopped: Position | None


class Domain(Protocol):
    """A domain of a tenant, as far as one request needs it."""

    created: float
    """When it was created, in epoch seconds."""

    def revision(self) -> int:
        """How many writes it has acknowledged."""

    def get(self, name: str) -> Item | None:
        """One item, or ``None``."""

    def apply(self, write: Write) -> None:
        """Do all of a write, or raise and do none of it.

        Raises the condition's error, NumberItemAttributesExceeded, NumberDomainAttributesExceeded or
        NumberDomainBytesExceeded.
        """

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        """The matches of a plan in its order, lazily, from after a position."""

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        """How many matches there are after a position; stops at ``at_most``, or soon after ``stop()`` says so."""

    def statistics(self) -> DomainStatistics:
        """The figures of DomainMetadata."""


class Storage(Protocol):
    """Where domains are kept."""

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        """Create a domain, or leave the one that is there.  Raises NumberDomainsExceeded beyond ``at_most``."""

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        """Delete a domain and its contents; one that is not there is not missed."""

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        """Names greater than ``after``, in order, ``at_most`` of them."""

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> Domain:
        """A domain to read or write; with ``consistent=False`` reads may be answered from a copy that lags.

        Raises NoSuchDomain.
        """

    def tenants(self) -> Sequence[Tenant]:
        """Everyone who has a domain."""

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        """The records kept beside a tenant's domains, of one moment; ``None`` while their revision is ``known``.

        They are small JSON objects that mean nothing to a storage; a tenant may have some and no domain.
        """

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        """Put and remove records, all or nothing, if theirs is still that revision; tells whether it was.

        What was done is durable.  Should an answer be lost on the way, a change that was done may be told as refused.
        """

    def record_tenants(self) -> Sequence[Tenant]:
        """Everyone who has records, in order."""

    def snapshot(self, tenant: Tenant | None = None) -> object:
        """The present state, of one tenant or all, as a value for :meth:`restore`; records are part of it."""

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot, of whoever it was taken; may be done any number of times.

        Raises StorageError for what is no snapshot of this kind of storage.
        """

    def clear(self, tenant: Tenant | None = None) -> None:
        """Forget everything, or everything of one tenant."""

    def close(self) -> None:
        """Let go of files and connections.  Nothing is asked of a storage after."""
