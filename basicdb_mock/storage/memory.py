"""The ``memory:`` storage: dicts of a process, the default."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from sys import intern

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Tenant
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.searching import count_found, search_rows
from basicdb_mock.storage.tally import Tally


class MemoryDomain:
    """One domain: items by name, rows in order of creation."""

    def __init__(self, created: float) -> None:
        self.created = created
        self._lock = threading.Lock()
        self._revision = 0
        self._last_entity = 0
        self._entities: dict[str, int] = {}
        self._rows: dict[int, tuple[str, Item]] = {}  # in creation order
        self._tally = Tally()

    def revision(self) -> int:
        return self._revision

    def statistics(self) -> DomainStatistics:
        with self._lock:
            return self._tally.statistics()

    def get(self, name: str) -> Item | None:
        entity = self._entities.get(name)
        row = self._rows.get(entity) if entity is not None else None
        return row[1] if row is not None else None

    def apply(self, write: Write) -> None:
        with self._lock:
            before = [self.get(change.item) for change in write.changes]
            after = write.results(before)
            names = [change.item for change in write.changes]
            changed = list(zip(names, before, after, strict=True))
            tally = self._tally.copy()
            tally.replace(changed)
            write.check_domain(self._tally.statistics(), tally.statistics())
            self._tally = tally
            for name, was, item in sorted(changed, key=lambda change: change[0]):
                if item is None:
                    if was is not None:
                        del self._rows[self._entities.pop(name)]
                    continue
                entity = self._entities.get(name)
                if entity is None:
                    self._last_entity = entity = self._last_entity + 1
                    self._entities[name] = entity
                self._rows[entity] = (name, {intern(key): values for key, values in item.items()})
            self._revision += 1

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        with self._lock:
            moment = list(self._rows.items())

        def rows(entity: int) -> Iterator[tuple[int, str, Item]]:
            start = bisect_right(moment, entity, key=lambda row: row[0])
            return ((number, name, item) for number, (name, item) in moment[start:])

        return search_rows(rows, plan, after)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        if plan.everything and after is None and at_most is None:
            return Counted(len(self._rows), None)
        return count_found(self.search(plan, after), at_most, stop)

    def copy(self) -> MemoryDomain:
        """The domain as it is now; the copy and the original go their own ways."""
        with self._lock:
            other = MemoryDomain(self.created)
            other._revision, other._last_entity = self._revision, self._last_entity
            other._entities, other._rows = dict(self._entities), dict(self._rows)
            other._tally = self._tally.copy()
            return other


class MemoryStorage:
    """Domains in the process's memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tenants: dict[Tenant, dict[str, MemoryDomain]] = {}

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        with self._lock:
            domains = self._tenants.setdefault(tenant, {})
            if name not in domains:
                if len(domains) >= at_most:
                    raise errors.NUMBER_DOMAINS_EXCEEDED()
                domains[name] = MemoryDomain(now)

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

    def snapshot(self, tenant: Tenant | None = None) -> object:
        with self._lock:
            return tenant, {
                owner: {name: domain.copy() for name, domain in domains.items()}
                for owner, domains in self._tenants.items()
                if tenant is None or owner == tenant
            }

    def restore(self, snapshot: object) -> None:
        tenant, state = snapshot  # type: ignore[misc]  # opaque to everyone else
        self.clear(tenant)
        with self._lock:
            for owner, domains in state.items():
                self._tenants[owner] = {name: domain.copy() for name, domain in domains.items()}

    def clear(self, tenant: Tenant | None = None) -> None:
        with self._lock:
            if tenant is None:
                self._tenants = {}
            else:
                self._tenants.pop(tenant, None)

    def close(self) -> None:
        """There is nothing to let go of."""


def open_memory(url: str) -> MemoryStorage:
    """``memory:``"""
    return MemoryStorage()
