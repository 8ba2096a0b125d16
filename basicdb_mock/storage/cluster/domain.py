"""A domain in the cluster: one partition, or several that are searched as one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from heapq import merge
from time import monotonic
from typing import NamedTuple, TypeVar
from uuid import uuid4
from zlib import crc32

from basicdb_mock import errors
from basicdb_mock.changes import Change, Put, Write
from basicdb_mock.limits import Limits
from basicdb_mock.model import DomainStatistics, Item, utf8_size
from basicdb_mock.select.plan import Plan, Position, sort_key
from basicdb_mock.storage.cluster.moment import Step
from basicdb_mock.storage.cluster.partition import (
    FINGERPRINT,
    BehindError,
    Driver,
    GoneError,
    Growth,
    NumbersNeededError,
    Partition,
    Reference,
    Share,
)
from basicdb_mock.storage.cluster.paths import search_partition
from basicdb_mock.storage.contract import Counted, Found, StorageError
from basicdb_mock.storage.invocation import invocation, served_headers
from basicdb_mock.storage.searching import BREATH, count_found

_Answer = TypeVar("_Answer")

Resolve = Callable[[], "Reference | None"]
"""Asks the registry which domain has the name now."""


Figures = dict[str, "tuple[float, DomainStatistics]"]
"""The statistics of domains with several partitions, by id, and when they were read."""


class _Room(NamedTuple):
    """How much a domain may still grow, and the attribute names of each of its partitions."""

    values: int
    bytes: int
    names: dict[int, set[str]]


_FIGURES_SECONDS = 5.0
_MOST_REHEARSALS = 20
_FAR_VALUES = 10_000_000
_FAR_BYTES = 1024**3
"""While at least this much of a domain's limits is left, older statistics are good enough."""


def partition_of(name: str, partitions: int) -> int:
    """The number of the partition that an item is in."""
    return crc32(name.encode()) % partitions if partitions > 1 else 0


class ClusterDomain:
    """A domain, found by a reference that may be out of date; if its partitions are gone, it is looked up again."""

    def __init__(
        self, driver: Driver, reference: Reference, resolve: Resolve, figures: Figures, *, consistent: bool
    ) -> None:
        self._driver = driver
        self._reference = reference
        self.created = reference.created
        self._resolve = resolve
        self._figures = figures
        self._consistent = consistent

    @property
    def _number(self) -> int:
        return self._reference.partitions

    def _partition(self, number: int, *, consistent: bool | None = None) -> Partition:
        copy = self._consistent if consistent is None else consistent
        return self._driver.partition(self._reference.id, number, consistent=copy)

    def _all(self, *, consistent: bool | None = None) -> list[Partition]:
        return [self._partition(number, consistent=consistent) for number in range(self._number)]

    def _ask(self, call: Callable[[], _Answer]) -> _Answer:
        """Return ``call()``, retried if the name refers to another domain by now.  Raises NoSuchDomain if to none."""
        try:
            try:
                return call()
            except GoneError:
                known, found = self._reference, self._resolve()
                if found is None or found == known:
                    raise errors.NO_SUCH_DOMAIN() from None
                self._reference, self.created = found, found.created
                return call()
        except GoneError:
            raise errors.NO_SUCH_DOMAIN() from None
        except BehindError:
            raise StorageError("the search took longer than the cluster looks back", unavailable=True) from None

    # -- reading -------------------------------------------------------------------------------------------------------
    def revision(self) -> int:
        return self._ask(lambda: sum(partition.counters().writes for partition in self._all()))

    def get(self, name: str) -> Item | None:
        return self._ask(lambda: self._partition(partition_of(name, self._number)).get(name))

    def statistics(self) -> DomainStatistics:
        return self._ask(self._statistics)

    def _statistics(self) -> DomainStatistics:
        partitions = self._all()
        figures = [partition.counters().statistics() for partition in partitions]
        if len(figures) == 1:
            return figures[0]
        return _summed(figures, [partition.attribute_names() for partition in partitions])

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        found = self._ask(lambda: [search_partition(partition, plan, after) for partition in self._all()])
        if len(found) == 1:
            return _paced(found[0])
        return _paced(merge(*found, key=_step_key, reverse=plan.order.descending))

    def count(self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]) -> Counted:
        if plan.everything and after is None and at_most is None:
            return Counted(self._ask(lambda: sum(partition.counters().items for partition in self._all())), None)
        return count_found(self.search(plan, after), at_most, stop)

    # -- writing -------------------------------------------------------------------------------------------------------
    def apply(self, write: Write) -> None:
        token = _token(write)
        if self._number == 1:
            self._ask(lambda: self._partition(0).apply(write, token))
        else:
            self._ask(partial(self._apply_shares, write, token))
        if token.startswith(FINGERPRINT):
            number = partition_of(write.changes[0].item, self._number)
            settled = token if self._number == 1 else f"{token}.{number}"
            self._ask(lambda: self._partition(number).settle(settled))

    def _apply_shares(self, write: Write, token: str) -> None:
        """Apply a write to several partitions: atomic in each, and rehearsed in all before it is applied to any."""
        shares: dict[int, list[Change]] = {}
        for change in write.changes:
            shares.setdefault(partition_of(change.item, self._number), []).append(change)
        parts = {number: replace(write, changes=changes) for number, changes in sorted(shares.items())}
        room = self._room(write)
        for _ in range(_MOST_REHEARSALS):
            new = self._rehearse(parts, token, room)
            last = self._partition(0).take_numbers(len(new)) if new else 0
            numbers = {name: last - len(new) + place for place, name in enumerate(new, 1)}
            try:
                for place, (number, part) in enumerate(parts.items()):
                    share = Share(numbers, counted=place == 0)
                    self._partition(number).apply(part, f"{token}.{number}", share)
            except NumbersNeededError:
                continue  # another writer has deleted an item since; shares that were applied are not applied again
            return
        raise StorageError("others kept changing the items of this write", unavailable=True)

    def _rehearse(self, parts: Mapping[int, Write], token: str, room: _Room | None) -> list[str]:
        """The names of new items; raises the error with which any partition, or the domain, would refuse the write."""
        share = Share(rehearsed=True)
        grown = {
            number: self._partition(number).apply(part, f"{token}.{number}", share) for number, part in parts.items()
        }
        if room is not None:
            if room.values < sum(each.values for each in grown.values()) > 0:
                raise errors.NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED()
            if room.bytes < sum(each.bytes for each in grown.values()) + _names_grown(room.names, grown) > 0:
                raise errors.NUMBER_DOMAIN_BYTES_EXCEEDED()
        return sorted(name for each in grown.values() for name in each.new)

    def _room(self, write: Write) -> _Room | None:
        """How much the domain may still grow; ``None`` if recent statistics show that it is far from its limits."""
        limits = write.limits
        read_at, whole = self._figures.get(self._reference.id, (0.0, None))
        if whole is not None and monotonic() - read_at <= _FIGURES_SECONDS and _is_far(limits, whole):
            return None
        partitions = self._all(consistent=True)
        names = {number: partition.attribute_names() for number, partition in enumerate(partitions)}
        whole = _summed([partition.counters().statistics() for partition in partitions], names.values())
        self._figures[self._reference.id] = monotonic(), whole
        if _is_far(limits, whole):
            return None
        return _Room(limits.domain_attributes - whole.attribute_value_count, limits.domain_bytes - whole.size, names)


def _summed(figures: Iterable[DomainStatistics], names: Iterable[set[str]]) -> DomainStatistics:
    """The statistics of a domain from those of its partitions, which may share attribute names."""
    every = list(figures)
    distinct = set[str]().union(*names)
    return DomainStatistics(
        sum(each.item_count for each in every),
        sum(each.item_names_size for each in every),
        len(distinct),
        sum(map(utf8_size, distinct)),
        sum(each.attribute_value_count for each in every),
        sum(each.attribute_values_size for each in every),
    )


def _names_grown(names: Mapping[int, set[str]], grown: Mapping[int, Growth]) -> int:
    """The growth in bytes of a domain's distinct attribute names."""
    before = set[str]().union(*names.values())
    after = set[str]().union(
        *((has | set(grown[number].appeared)) - set(grown[number].vanished) if number in grown else has
          for number, has in names.items())
    )  # fmt: skip
    return sum(map(utf8_size, after - before)) - sum(map(utf8_size, before - after))


def _is_far(limits: Limits, whole: DomainStatistics) -> bool:
    """Whether a domain is far from its limits."""
    return (
        limits.domain_attributes - whole.attribute_value_count > _FAR_VALUES
        and limits.domain_bytes - whole.size > _FAR_BYTES
    )


def _paced(steps: Iterator[Step]) -> Iterator[Found]:
    """The results of a search, and now and then how far it has come."""
    quiet = 0
    try:
        for found, examined in steps:
            quiet += examined
            if found.item is not None or quiet >= BREATH:
                quiet = 0
                yield found
    except GoneError:
        raise errors.NO_SUCH_DOMAIN() from None
    except BehindError:
        raise StorageError("the search took longer than the cluster looks back", unavailable=True) from None


def _step_key(step: Step) -> tuple[bool, str, int]:
    return sort_key(step.found.place)


def _token(write: Write) -> str:
    """The token that identifies a write that is repeated, by us or by a client that retries its request.

    If the client sends no id, a conditional write is identified by its content; repeating an unconditional write does
    no harm.
    """
    caller, mark = invocation(), ""
    if caller is None:
        headers = served_headers.get()
        if headers is None or write.expected is None:
            return uuid4().hex
        caller, mark = headers.get("user-agent", ""), FINGERPRINT
    content = [
        (change.item, change.pairs, sorted(change.replaced))
        if isinstance(change, Put)
        else (change.item, change.attributes)
        for change in write.changes
    ]
    return mark + hashlib.sha256(repr((caller, content, write.expected)).encode()).hexdigest()[:40]
