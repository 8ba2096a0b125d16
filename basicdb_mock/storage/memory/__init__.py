"""The ``memory:`` storage, the default: dicts in the process.

Rows live in chunks that are copied on write (:mod:`.rows`); indexes appear when searches need them (:mod:`.indexing`),
the planner picks one (:mod:`.planner`), and a search yields the rows of one moment while writes go on
(:mod:`.searching`).  Snapshots share everything with the live domains until either is written to.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from basicdb_mock import errors
from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.memory.domain import MemoryDomain
from basicdb_mock.storage.memory.indexing import ALWAYS, LAZY, NEVER, Indexing
from basicdb_mock.storage.records import Changes, RecordBook, Records

__all__ = ["ALWAYS", "LAZY", "NEVER", "Indexing", "MemoryDomain", "MemoryStorage", "open_memory"]


class _Snapshot(NamedTuple):
    """The state of all tenants, or of one."""

    tenant: Tenant | None
    records: Mapping[Tenant, Records]
    domains: Mapping[Tenant, Mapping[str, MemoryDomain]]


class MemoryStorage:
    """Domains in the process's memory; ``indexing`` decides when indexes are built and dropped."""

    def __init__(self, indexing: Indexing = LAZY) -> None:
        self._indexing = indexing
        self._lock = threading.Lock()
        self._tenants: dict[Tenant, dict[str, MemoryDomain]] = {}
        self._records = RecordBook()

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        with self._lock:
            domains = self._tenants.setdefault(tenant, {})
            if name not in domains:
                if len(domains) >= at_most:
                    raise errors.NUMBER_DOMAINS_EXCEEDED()
                domains[name] = MemoryDomain(now, self._indexing)

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        with self._lock:
            domains = self._tenants.get(tenant, {})
            domains.pop(name, None)
            if not domains:
                self._tenants.pop(tenant, None)

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        with self._lock:
            names = sorted(self._tenants.get(tenant, ()))
        start = bisect_right(names, after)
        return names[start : start + at_most]

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> MemoryDomain:
        try:
            return self._tenants[tenant][name]
        except KeyError:
            raise errors.NO_SUCH_DOMAIN() from None

    def tenants(self) -> Sequence[Tenant]:
        with self._lock:
            return sorted(self._tenants)

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        with self._lock:
            return self._records.read(tenant, known)

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        with self._lock:
            return self._records.change(tenant, revision, changes)

    def record_tenants(self) -> Sequence[Tenant]:
        with self._lock:
            return self._records.tenants()

    def snapshot(self, tenant: Tenant | None = None) -> object:
        with self._lock:
            return _Snapshot(tenant, self._records.kept(tenant), {
                owner: {name: domain.copy() for name, domain in domains.items()}
                for owner, domains in self._tenants.items()
                if tenant is None or owner == tenant
            })

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot):
            raise StorageError("not a snapshot of a memory: storage")
        with self._lock:
            self._clear(snapshot.tenant)
            for owner, domains in snapshot.domains.items():
                self._tenants[owner] = {name: domain.copy() for name, domain in domains.items()}
            self._records.put_back(snapshot.records)

    def clear(self, tenant: Tenant | None = None) -> None:
        with self._lock:
            self._clear(tenant)

    def _clear(self, tenant: Tenant | None) -> None:
        self._records.clear(tenant)
        if tenant is None:
            self._tenants = {}
        else:
            self._tenants.pop(tenant, None)

    def close(self) -> None:
        """Does nothing: there is nothing to release."""


def open_memory(url: str) -> MemoryStorage:
    """The storage of ``memory:``.  Raises :class:`ValueError` for a URL with anything else."""
    if url != "memory:":
        raise ValueError(f"the storage memory: takes no path and no settings, not {url!r}")
    return MemoryStorage()
