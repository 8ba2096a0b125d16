"""Stale reads, as eventually consistent reads may be (source: DG/ConsistencySummary).

:class:`LaggingStorage` wraps any storage.  Writes and consistent reads go straight through; what a write changed is
remembered for as long as a read may still be answered from before it.  A read without ConsistentRead draws how far
behind it is, and sees the whole domain as it was at that moment by the SimpleDB's clock: while the clock is frozen,
nothing new becomes visible.  ListDomains, which has no ConsistentRead, always lags; DomainMetadata does not.

The memory for this is bounded in bytes.  Beyond that the oldest writes become visible early, and so does the deletion
of a domain of more than 10,000 items.  Only writes through this object lag, not those of other processes.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.clock import Clock
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.model import DomainStatistics, Item, Tenant
from basicdb_mock.rehearsal.past import History, Past, Remains, Undo, statistics_of
from basicdb_mock.rehearsal.spread import Spread
from basicdb_mock.select.expression import ITEM_NAME, Comparison
from basicdb_mock.select.plan import Plan, Position, plan_search
from basicdb_mock.storage.contract import Counted, Domain, Found, Storage
from basicdb_mock.storage.records import Changes, Records
from basicdb_mock.storage.searching import count_found

_MOST_REMAINS = 10_000
_EVERYTHING = plan_search(None)


@dataclass(frozen=True, slots=True)
class Lag:
    """How stale reads without ConsistentRead are.

    ``behind`` is a fixed time, or a distribution from which one is drawn for each read; ``seed`` makes that
    reproducible.  With ``tear_batches`` the items of a batch become visible one after the other within the lag, the
    last of them first.  :meth:`of` makes one from seconds.
    """

    behind: Spread = field(default_factory=lambda: Spread.of(1.0))
    seed: int | None = None
    tear_batches: bool = False

    @classmethod
    def of(cls, behind: Spread | float | str, *, seed: int | None = None, tear_batches: bool = False) -> Lag:
        """Return a lag of a number of seconds, or of a text such as ``uniform(0, 2)``.

        Raises :class:`ValueError` if it is neither, or is out of range.
        """
        return cls(Spread.of(behind), seed, tear_batches)


class _Key(NamedTuple):
    tenant: Tenant
    name: str


class _Remembered(NamedTuple):
    """Something that is forgotten once no read can need it: an undo, or a domain's creation or deletion."""

    at: float
    size: int
    key: _Key
    history: History
    what: str


class LaggingStorage:
    """A storage whose eventually consistent reads lag; ``most_bytes`` bounds what it remembers of the past."""

    def __init__(self, storage: Storage, clock: Clock, lag: Lag, *, most_bytes: int = 64 * 1024 * 1024) -> None:
        self.storage = storage
        self.lag = lag
        self._clock = clock
        self._chance = random.Random(lag.seed)
        self._most_bytes = most_bytes
        self._lock = threading.RLock()
        self._lives: dict[_Key, list[History]] = {}
        self._remembered: deque[_Remembered] = deque()
        self._bytes = 0

    # -- domains -------------------------------------------------------------------------------------------------------

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        with self._lock:
            existed = self._exists(tenant, name)
            self.storage.create_domain(tenant, name, now=now, at_most=at_most)
            if not existed:
                life = History(None, self._clock.now())
                self._lives.setdefault(_Key(tenant, name), []).append(life)
                self._remember(_Key(tenant, name), life, "birth", 200)

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        with self._lock:
            if not self._exists(tenant, name):
                return
            remains = self._remains(self.storage.domain(tenant, name))
            self.storage.drop_domain(tenant, name)
            key = _Key(tenant, name)
            life = self._life(key)
            life.domain, life.died = remains, self._clock.now()
            self._remember(key, life, "death", 200 + (remains.statistics().size if remains else 0))

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        with self._lock:
            moment = self._moment()
            hidden: set[str] = set()
            shown: set[str] = set()
            for key in self._lives:
                if key.tenant == tenant and key.name > after:
                    (shown if self._life_at(key, moment) else hidden).add(key.name)
            present = self.storage.list_domains(tenant, after, at_most + len(hidden))
        cut = present[-1] if len(present) == at_most + len(hidden) and present else None
        names = {name for name in present if name not in hidden} | {
            name for name in shown if cut is None or name <= cut
        }
        return sorted(names)[:at_most]

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> Domain:
        key = _Key(tenant, name)
        if consistent:
            return _Present(self, key, self.storage.domain(tenant, name))
        with self._lock:
            moment = self._moment()
            life = self._life_at(key, moment)
            if key in self._lives and life is None:
                raise errors.NO_SUCH_DOMAIN()
            return _Stale(self, key, self._reading(key, life), moment)

    def _exists(self, tenant: Tenant, name: str) -> bool:
        try:
            self.storage.domain(tenant, name)
        except SimpleDBError:
            return False
        return True

    def _remains(self, domain: Domain) -> Remains | None:
        rows: list[tuple[int, str, Item]] = []
        for place, name, item in domain.search(_EVERYTHING):
            if item is not None:
                rows.append((place.entity, name, item))
                if len(rows) > _MOST_REMAINS:
                    return None
        return Remains(domain.created, domain.revision(), rows)

    # -- the rest of the contract goes straight through ----------------------------------------------------------------

    def tenants(self) -> Sequence[Tenant]:
        return self.storage.tenants()

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        return self.storage.records(tenant, known)

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        return self.storage.change_records(tenant, revision, changes)

    def record_tenants(self) -> Sequence[Tenant]:
        return self.storage.record_tenants()

    def snapshot(self, tenant: Tenant | None = None) -> object:
        return self.storage.snapshot(tenant)

    def restore(self, snapshot: object) -> None:
        """What is restored shows at once."""
        with self._lock:
            self.storage.restore(snapshot)
            self._forget()

    def clear(self, tenant: Tenant | None = None) -> None:
        with self._lock:
            self.storage.clear(tenant)
            self._forget(tenant)

    def close(self) -> None:
        self.storage.close()

    # -- writing -------------------------------------------------------------------------------------------------------

    def write(self, key: _Key, write: Write) -> None:
        """Apply a write and remember what it changed."""
        with self._lock:
            domain = self.storage.domain(key.tenant, key.name)
            names = [change.item for change in write.changes]
            before = [domain.get(name) for name in names]
            entities = self._entities(domain, [name for name, item in zip(names, before, strict=True) if item])
            domain.apply(write)
            now = self._clock.now()
            life = self._life(key)
            life.writes += 1
            step = self.lag.behind.most / len(names) if self.lag.tear_batches else 0.0
            for number, (name, item) in enumerate(zip(names, before, strict=True)):
                undo = Undo(now - number * step, life.writes, name, item, entities.get(name, 0))
                life.undos.append(undo)
                self._remember(key, life, "undo", undo.size)

    def _entities(self, domain: Domain, names: list[str]) -> dict[str, int]:
        """The places of items in the order of creation, which only a search returns."""
        if not names:
            return {}
        plan = plan_search(Comparison(ITEM_NAME, "in", tuple(names)))
        return {step.name: step.place.entity for step in domain.search(plan) if step.item is not None}

    # -- reading the past ----------------------------------------------------------------------------------------------

    def past(self, key: _Key, domain: Domain, moment: float) -> tuple[Past, int]:
        """A domain as it was, and how many writes back; the caller holds the lock while it begins to read."""
        life = self._life_at(key, moment)
        if life is None:
            return Past(domain, {}), 0
        return Past(self._reading(key, life), life.overlay(moment)), life.unseen(moment)

    def _reading(self, key: _Key, life: History | None) -> Domain:
        if life is None or life.died is None:
            return self.storage.domain(key.tenant, key.name)
        if life.domain is None:
            raise errors.NO_SUCH_DOMAIN()
        return life.domain

    def _moment(self) -> float:
        """The moment a read sees: now, less what is drawn for it."""
        return self._clock.now() - self.lag.behind.draw(self._chance)

    def _life_at(self, key: _Key, moment: float) -> History | None:
        for life in self._lives.get(key, ()):
            if (life.born is None or life.born <= moment) and (life.died is None or life.died > moment):
                return life
        return None

    # -- remembering and forgetting ------------------------------------------------------------------------------------

    def _life(self, key: _Key) -> History:
        """The present life of a domain that exists."""
        lives = self._lives.setdefault(key, [])
        if not lives or lives[-1].died is not None:
            lives.append(History(None, None))
        return lives[-1]

    def _remember(self, key: _Key, life: History, what: str, size: int) -> None:
        now = self._clock.now()
        self._remembered.append(_Remembered(now, size, key, life, what))
        self._bytes += size
        oldest = now - self.lag.behind.most
        while self._remembered and (self._remembered[0].at <= oldest or self._bytes > self._most_bytes):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, size, key, life, what = self._remembered.popleft()
        self._bytes -= size
        if what == "undo":
            life.undos.popleft()
        elif what == "birth":
            life.born = None
        lives = self._lives.get(key, [])
        if what == "death" and life in lives:
            lives.remove(life)
        if not lives or (len(lives) == 1 and not life.undos and lives[0].born is None and lives[0].died is None):
            self._lives.pop(key, None)

    def _forget(self, tenant: Tenant | None = None) -> None:
        kept = [one for one in self._remembered if tenant is not None and one.key.tenant != tenant]
        self._remembered = deque(kept)
        self._bytes = sum(one.size for one in kept)
        self._lives = {key: lives for key, lives in self._lives.items() if tenant is not None and key.tenant != tenant}


class _Present:
    """A domain as it is."""

    def __init__(self, storage: LaggingStorage, key: _Key, domain: Domain) -> None:
        self._storage = storage
        self._key = key
        self._domain = domain
        self.created = domain.created
        self.revision = domain.revision
        self.get = domain.get
        self.search = domain.search
        self.count = domain.count
        self.statistics = domain.statistics

    def apply(self, write: Write) -> None:
        self._storage.write(self._key, write)


class _Stale:
    """A domain as it was at ``moment``."""

    def __init__(self, storage: LaggingStorage, key: _Key, domain: Domain, moment: float) -> None:
        self._storage = storage
        self._key = key
        self._domain = domain
        self._moment = moment
        self.created = domain.created

    def _past(self) -> tuple[Past, int]:
        return self._storage.past(self._key, self._domain, self._moment)

    def revision(self) -> int:
        with self._storage._lock:
            return self._domain.revision() - self._past()[1]

    def get(self, name: str) -> Item | None:
        with self._storage._lock:
            return self._past()[0].get(name)

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        with self._storage._lock:
            return self._past()[0].search(plan, after)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        return count_found(self.search(plan, after), at_most, stop)

    def statistics(self) -> DomainStatistics:
        return statistics_of((step.name, step.item) for step in self.search(_EVERYTHING))

    def apply(self, write: Write) -> None:
        """A write always meets the present."""
        self._storage.write(self._key, write)
