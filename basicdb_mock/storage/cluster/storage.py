"""The ``redis+cluster:`` storage: domains in partitions of a cluster, with no state in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

from basicdb_mock import errors
from basicdb_mock.model import Item, Tenant
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.cluster.domain import ClusterDomain, Figures
from basicdb_mock.storage.cluster.partition import Driver, Reference
from basicdb_mock.storage.cluster.paths import search_partition
from basicdb_mock.storage.cluster.reclaiming import Reclaimer, drop_partitions
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.records import NO_RECORDS, Changes, Records

_MOST_REFERENCES = 10_000
_ROWS_PER_LOAD = 100
_EVERYTHING = plan_search(None)
_NO_LIMIT = 2**53


class _KeptPartition(NamedTuple):
    writes: int
    entity: int
    rows: list[tuple[int, str, Item]]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A copy of the domains of ``tenant``, or of all tenants if ``None``."""

    tenant: Tenant | None
    domains: dict[Tenant, list[tuple[Reference, list[_KeptPartition]]]]
    records: dict[Tenant, Records]


class ClusterStorage:
    """Domains in a cluster, which any number of instances and processes may share."""

    def __init__(self, driver: Driver, partitions: int = 1) -> None:
        self._driver = driver
        self._partitions = partitions
        self._references: dict[tuple[Tenant, str], Reference] = {}
        self._figures: Figures = {}
        self._reclaimer = Reclaimer(driver)

    # -- domains -------------------------------------------------------------------------------------------------------
    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        registry = self._driver.registry(tenant)
        found = registry.look_up(name)
        if found is not None:
            registry.register(found, at_most)  # again: its creator may not have seen it replicated
        else:
            self._driver.remember_tenant(tenant)
            reference = Reference(name, uuid4().hex[:20], now, self._partitions)
            registry.announce(reference)
            for number in range(reference.partitions):
                self._driver.partition(reference.id, number).begin()
            try:
                if registry.register(reference, at_most):
                    self._references[tenant, name] = reference
                    return
            except errors.SimpleDBError:
                drop_partitions(self._driver, reference)
                registry.forget(reference)
                raise
            drop_partitions(self._driver, reference)
            registry.forget(reference)

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        self._references.pop((tenant, name), None)
        dropped = self._driver.registry(tenant).remove(name)
        for reference in dropped:
            drop_partitions(self._driver, reference)
        if dropped:
            self._reclaimer.wake(tenant)

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        return self._driver.registry(tenant).names(after, at_most)

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> ClusterDomain:
        def resolve() -> Reference | None:
            return self._look_up(tenant, name)

        reference = self._references.get((tenant, name)) or resolve()
        if reference is None:
            raise errors.NO_SUCH_DOMAIN()
        return ClusterDomain(self._driver, reference, resolve, self._figures, consistent=consistent)

    def _look_up(self, tenant: Tenant, name: str) -> Reference | None:
        """Look a domain up in the registry and cache it; a domain's partitions detect when that is out of date."""
        reference = self._driver.registry(tenant).look_up(name)
        if reference is None:
            self._references.pop((tenant, name), None)
            return None
        if len(self._references) >= _MOST_REFERENCES:
            self._references.clear()
            self._figures.clear()
        self._references[tenant, name] = reference
        return reference

    def tenants(self) -> Sequence[Tenant]:
        return [tenant for tenant in self._driver.tenants() if self._driver.registry(tenant).names("", 1)]

    # -- records -------------------------------------------------------------------------------------------------------
    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        return self._driver.records(tenant).read(known)

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        self._driver.remember_tenant(tenant)
        return self._driver.records(tenant).change(revision, changes)

    def record_tenants(self) -> Sequence[Tenant]:
        return [tenant for tenant in self._driver.tenants() if self.records(tenant, NO_RECORDS.revision) is not None]

    # -- all of it -----------------------------------------------------------------------------------------------------
    def snapshot(self, tenant: Tenant | None = None) -> object:
        owners = self.tenants() if tenant is None else [tenant]
        records = {owner: self.records(owner) or NO_RECORDS for owner in self._owners(tenant)}
        return _Snapshot(tenant, {owner: self._kept(owner) for owner in owners}, records)

    def _owners(self, tenant: Tenant | None) -> Sequence[Tenant]:
        """A tenant, or all that may have records."""
        return self._driver.tenants() if tenant is None else [tenant]

    def _kept(self, tenant: Tenant) -> list[tuple[Reference, list[_KeptPartition]]]:
        registry = self._driver.registry(tenant)
        kept: list[tuple[Reference, list[_KeptPartition]]] = []
        for name in registry.names("", _NO_LIMIT):
            reference = registry.look_up(name)
            if reference is not None:
                kept.append((reference, [self._kept_partition(reference, n) for n in range(reference.partitions)]))
        return kept

    def _kept_partition(self, reference: Reference, number: int) -> _KeptPartition:
        partition = self._driver.partition(reference.id, number)
        rows = [
            (place.entity, name, item)
            for (place, name, item), _ in search_partition(partition, _EVERYTHING, None)
            if item is not None
        ]
        counters = partition.counters()
        return _KeptPartition(counters.writes, counters.entity, rows)

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot):
            raise StorageError("not a snapshot of a cluster")
        present = self.tenants() if snapshot.tenant is None else [snapshot.tenant]
        for owner in {*present, *snapshot.domains}:
            self._exchange(owner, [self._rebuilt(owner, *kept) for kept in snapshot.domains.get(owner, ())])
        for owner in self._owners(snapshot.tenant):
            self._driver.records(owner).put(snapshot.records.get(owner, NO_RECORDS))

    def _rebuilt(self, tenant: Tenant, was: Reference, partitions: list[_KeptPartition]) -> Reference:
        """A copy of a domain in a snapshot, which is not visible yet."""
        reference = was._replace(id=uuid4().hex[:20])
        self._driver.remember_tenant(tenant)
        self._driver.registry(tenant).announce(reference)
        for number, (writes, entity, rows) in enumerate(partitions):
            partition = self._driver.partition(reference.id, number)
            partition.begin(writes, entity)
            for start in range(0, len(rows), _ROWS_PER_LOAD):
                partition.load(rows[start : start + _ROWS_PER_LOAD])
        return reference

    def _exchange(self, tenant: Tenant, references: Sequence[Reference]) -> None:
        """Replace all domains of a tenant atomically."""
        dropped = self._driver.registry(tenant).exchange(references)
        for key in [key for key in list(self._references) if key[0] == tenant]:
            self._references.pop(key, None)
        for reference in dropped:
            drop_partitions(self._driver, reference)
        if dropped:
            self._reclaimer.wake(tenant)

    def clear(self, tenant: Tenant | None = None) -> None:
        for owner in self.tenants() if tenant is None else [tenant]:
            self._exchange(owner, [])
        for owner in self._owners(tenant):
            self._driver.records(owner).put(NO_RECORDS)

    def reclaimed(self) -> None:
        """Wait until deleted domains have been reclaimed."""
        self._reclaimer.finish()

    def nodes(self) -> list[dict[str, object]]:
        """The cluster's nodes, for the console and the health page: address, role, slots, lag in bytes, health."""
        return self._driver.report()

    def close(self) -> None:
        self._reclaimer.stop()
        self._driver.close()
