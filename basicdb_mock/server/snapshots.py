"""Named snapshots of a SimpleDB, kept in the server's memory and bounded in number, and how two of them differ."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from basicdb_mock.engine import Engine
from basicdb_mock.model import Item, Tenant, values_of
from basicdb_mock.seeding import domains_of
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Storage
from basicdb_mock.storage.memory import MemoryStorage

MOST = 32
NOW = "now"
"""The name that stands for the present in a comparison."""
MOST_TOLD = 1000
"""The most differences that are listed; all are counted."""
MOST_COMPARED = 200_000
"""The most items of a snapshot that can be compared, unless the storage is in memory: larger ones are not read."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_EVERYTHING = plan_search(None)
_Held: TypeAlias = dict[tuple[Tenant, str], dict[str, Item]]


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that differs between two states; ``what`` is ``added``, ``changed`` or ``gone``."""

    tenant: Tenant
    domain: str
    item: str
    what: str
    before: Mapping[str, list[str]] | None
    after: Mapping[str, list[str]] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many items differ, and the first :data:`MOST_TOLD` of them, in order."""

    counts: Mapping[str, int]
    differences: list[Difference]

    def as_plain(self) -> dict[str, object]:
        """As the control API and the console's ``.json`` pages return it."""
        told = [
            {**each.tenant._asdict(), "domain": each.domain, "item": each.item, "what": each.what,
             "before": each.before, "after": each.after}
            for each in self.differences
        ]  # fmt: skip
        return {**self.counts, "differences": told}


class Snapshots:
    """Snapshots of an engine, by name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._states: dict[str, object] = {}
        self._held: dict[str, _Held | None] = {}

    def take(self, name: str) -> None:
        """Keep the present state, replacing an earlier snapshot of that name.

        Raises :class:`ValueError` for a bad name, or if there are too many snapshots.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"a snapshot's name must be 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-', not {name[:80]!r}")
        if name == NOW:
            raise ValueError(f"{NOW!r} stands for the present: choose another name")
        with self._lock:
            if name not in self._states and len(self._states) >= MOST:
                raise ValueError(f"there are {MOST} snapshots already, which is the most: delete one first")
            truth = self._engine.truth
            # A snapshot of memory is only read when it is compared, so taking one costs no time.
            held = None if isinstance(truth, MemoryStorage) or _items(truth) > MOST_COMPARED else _held(truth)
            self._states[name] = self._engine.snapshot()
            self._held[name] = held

    def restore(self, name: str) -> None:
        """Return to a snapshot.  Raises :class:`KeyError` if there is none with that name."""
        self._engine.restore(self._states[name])

    def forget(self, name: str) -> None:
        """Delete a snapshot.  Raises :class:`KeyError` if there is none with that name."""
        with self._lock:
            del self._states[name]
            del self._held[name]

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._states)

    def compare(self, before: str, after: str = NOW) -> Comparison:
        """What was added, removed and changed between two snapshots; :data:`NOW` is the present.

        Raises :class:`KeyError` if there is none with that name, and :class:`ValueError` if one has too many items.
        """
        return _compare(self._of(before), self._of(after))

    def _of(self, name: str) -> _Held:
        if name == NOW:
            return _held(self._engine.truth)
        with self._lock:
            state, held = self._states[name], self._held[name]
        if isinstance(self._engine.truth, MemoryStorage):
            scratch = MemoryStorage()
            scratch.restore(state)
            return _held(scratch)
        if held is None:
            raise ValueError(f"snapshot {name!r} has more than {MOST_COMPARED} items, which is too many to compare")
        return held


def _domains(storage: Storage) -> Iterator[tuple[Tenant, str]]:
    return ((tenant, name) for tenant in storage.tenants() for name in domains_of(storage, tenant))


def _items(storage: Storage) -> int:
    return sum(storage.domain(tenant, name).statistics().item_count for tenant, name in _domains(storage))


def _held(storage: Storage) -> _Held:
    return {
        (tenant, domain): {
            found.name: found.item
            for found in storage.domain(tenant, domain).search(_EVERYTHING)
            if found.item is not None
        }
        for tenant, domain in _domains(storage)
    }


def _compare(before: _Held, after: _Held) -> Comparison:
    counts = {"added": 0, "changed": 0, "gone": 0}
    told: list[Difference] = []
    for place in sorted(before.keys() | after.keys()):
        left, right = before.get(place, {}), after.get(place, {})
        # Unchanged items are the same objects, which makes comparing them fast.
        differing = [name for name, item in left.items() if not _same(item, right.get(name))]
        differing += [name for name in right if name not in left]
        for name in sorted(differing):
            one, other = _plain(left.get(name)), _plain(right.get(name))
            if one != other:
                what = "added" if one is None else "gone" if other is None else "changed"
                counts[what] += 1
                if len(told) < MOST_TOLD:
                    told.append(Difference(*place, name, what, one, other))
    return Comparison(counts, told)


def _same(one: Item, other: Item | None) -> bool:
    return one is other or one == other


def _plain(item: Item | None) -> dict[str, list[str]] | None:
    return None if item is None else {name: sorted(values_of(item, name)) for name in sorted(item)}
