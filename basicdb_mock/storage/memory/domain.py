"""A domain in memory: its rows, its figures, and the indexes that its searches asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from sys import intern

from basicdb_mock.changes import Change, Put, Write
from basicdb_mock.model import DomainStatistics, Item
from basicdb_mock.select.explain import Going
from basicdb_mock.select.expression import Subject
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.memory import counting as ways_of_counting
from basicdb_mock.storage.memory import searching
from basicdb_mock.storage.memory.index import AttributeIndex, NameIndex
from basicdb_mock.storage.memory.indexing import LAZY, Indexing, by_promise, helpful
from basicdb_mock.storage.memory.ordered import Ordered
from basicdb_mock.storage.memory.planner import Route, Way, choose
from basicdb_mock.storage.memory.rows import Rows
from basicdb_mock.storage.memory.view import ChangeLog, Effort, View
from basicdb_mock.storage.searching import count_found
from basicdb_mock.storage.tally import Tally


class MemoryDomain:
    """One domain.

    Its lock is held by a writer, and by a reader only while it takes its :class:`View` or asks what changed since; so
    no reader waits for another, and a search of any length holds nobody up.
    """

    def __init__(self, created: float, indexing: Indexing = LAZY) -> None:
        self.created = created
        self._indexing = indexing
        self._lock = threading.Lock()
        self._revision = 0
        self._rows = Rows()
        self._entities: dict[str, int] = {}
        self._tally = Tally()
        self._log = ChangeLog()
        self._indexes: dict[str, AttributeIndex] = {}
        self._names: Ordered | None = None  # the item names in order, when a search needed them
        self._wanting: dict[Subject, int] = {}  # items examined for want of an index
        self._shared = False  # whether a copy may hold the same dicts and indexes

    # -- one item ------------------------------------------------------------------------------------------------------

    def revision(self) -> int:
        return self._revision

    def statistics(self) -> DomainStatistics:
        with self._lock:
            return self._tally.statistics()

    def get(self, name: str) -> Item | None:
        entity = self._entities.get(name)
        return None if entity is None else self._rows.item(entity)

    def apply(self, write: Write) -> None:
        names = [change.item for change in write.changes]
        with self._lock:
            before = list(map(self.get, names))
            after = write.results(before)
            changed = list(zip(names, before, after, strict=True))
            growth = self._tally.growth(changed, map(_touched, write.changes))
            limits, tally = write.limits, self._tally
            if (
                tally.values + growth.values > limits.domain_attributes
                or tally.item_bytes + tally.name_bytes + tally.value_bytes
                + growth.item_bytes + growth.name_bytes + growth.value_bytes > limits.domain_bytes
            ):
                write.check_domain(tally.statistics(), tally.statistics_after(growth))
            if self._shared:
                self._unshare()
            self._tally.add(growth)
            if len(changed) > 1:
                changed.sort(key=_name)  # the new items of a write are numbered in the order of their names
            for name, was, item in changed:
                self._change(name, was, item)
            self._revision += 1

    def _change(self, name: str, was: Item | None, item: Item | None) -> None:
        if item is None:
            if was is None:
                return
            entity = self._entities.pop(name)
            self._log.add(entity)
            self._rows.remove(entity)
            if self._names is not None:
                self._names.remove(name)
        elif was is None:
            item = {intern(attribute): values for attribute, values in item.items()}
            self._log.add(self._rows.last + 1)
            entity = self._rows.append(name, item)
            self._entities[name] = entity
            if self._names is not None:
                self._names.add(name)
        else:
            entity = self._entities[name]
            if len(item) > len(was):
                item = {intern(attribute): values for attribute, values in item.items()}
            self._log.add(entity)
            self._rows.replace(entity, item)
        if self._indexes:
            self._index(entity, was, item)

    def _index(self, entity: int, was: Item | None, item: Item | None) -> None:
        for attribute, index in list(self._indexes.items()):
            index.change(
                entity,
                None if was is None else was.get(attribute),
                None if item is None else item.get(attribute),
            )
            if self._indexing.goes(index.entries, index.idle):
                del self._indexes[attribute]
                self._wanting.pop(attribute, None)

    # -- copies --------------------------------------------------------------------------------------------------------

    def copy(self) -> MemoryDomain:
        """The domain as it is now, in constant time; the first write to either of the two pays for parting them."""
        with self._lock:
            other = MemoryDomain(self.created, self._indexing)
            other._revision, other._rows, other._tally = self._revision, self._rows.copy(), self._tally
            other._entities, other._indexes, other._names = self._entities, self._indexes, self._names
            other._wanting = self._wanting
            other._shared = self._shared = True
            return other

    def _unshare(self) -> None:
        self._entities, self._tally, self._wanting = self._entities.copy(), self._tally.copy(), self._wanting.copy()
        self._indexes = {attribute: index.copy() for attribute, index in self._indexes.items()}
        self._names = None if self._names is None else self._names.copy()
        self._shared = False

    # -- searching -----------------------------------------------------------------------------------------------------

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        view, effort = self._view(plan, counting=False)
        return searching.search(plan, view, self._route(plan, view), after, effort)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        if after is None and at_most is None:
            view, effort = self._view(plan, counting=True)
            number = ways_of_counting.count(plan, view) if plan.everything or not stop() else None
            if number is not None:
                self._used(ways_of_counting.subjects(plan.where) if plan.where is not None else ())
                return Counted(number, None)
            route = self._route(plan, view)
            if route.way in (Way.SCAN, Way.SCAN_AND_SORT):
                return searching.count_rows(plan, view, stop, effort)
            return count_found(searching.search(plan, view, route, None, effort), None, stop)
        return count_found(self.search(plan, after), at_most, stop)

    def going(self, plan: Plan, *, counting: bool) -> Going:
        """The way a search, or a count, of a plan would go now (see :mod:`basicdb_mock.select.explain`)."""
        view, _ = self._view(plan, counting=counting)
        if counting and plan.everything:
            return Going("the domain's own figures")
        if counting and plan.where is not None and ways_of_counting.served(plan.where, view):
            indexes = sorted(map(str, ways_of_counting.subjects(plan.where)))
            return Going("count by indexes alone", tuple(indexes), 0)
        route = choose(plan, view)
        if counting and route.way is Way.SCAN_AND_SORT:  # a count needs no order
            return Going(Way.SCAN.value, (), route.estimate)
        return Going(route.way.value, tuple(map(str, route.indexes)), route.estimate)

    def _view(self, plan: Plan, *, counting: bool) -> tuple[View, Effort]:
        """The domain as a search sees it, with the indexes that it should have."""
        view = self._look()
        if plan.everything:
            return view, Effort((), self._wanting)
        missing = {
            subject
            for subject in helpful(plan, counting=counting)
            if (subject not in view.attributes if isinstance(subject, str) else not view.names.ranges)
        }
        wanted = {subject for subject in missing if self._indexing.appears(view.items, self._wanting.get(subject, 0))}
        if wanted:
            for subject in by_promise(wanted, plan, view.moment):
                self._make_index(subject)
                missing.discard(subject)
                view = self._look()
                if not counting and plan.narrowing is not None:
                    left = view.estimate(plan.narrowing)
                    if left is not None and left * 50 < view.items:
                        break  # good enough: the others stay unbuilt until something else wants them
        return view, Effort(tuple(missing), self._wanting)

    def _look(self) -> View:
        with self._lock:
            return View(
                self._rows.moment(),
                len(self._entities),
                self._rows.last,
                self._indexes.copy(),
                NameIndex(self._entities, self._names),
                self._news,
                self._log.end,
            )

    def _news(self, mark: int) -> tuple[int, list[int] | None]:
        with self._lock:
            return self._log.end, self._log.since(mark)

    def _route(self, plan: Plan, view: View) -> Route:
        route = choose(plan, view)
        self._used(route.indexes)
        return route

    def _used(self, subjects: Iterator[Subject] | frozenset[Subject] | tuple[Subject, ...]) -> None:
        for subject in subjects:
            index = self._indexes.get(subject) if isinstance(subject, str) else None
            if index is not None:
                index.idle = 0

    def _make_index(self, subject: Subject) -> None:
        """Make an index of a moment while writes go on, then bring it up to date."""
        with self._lock:
            moment, mark = self._rows.moment(), self._log.end
            names = None if isinstance(subject, str) else list(self._entities)
        made = Ordered(names) if names is not None else None
        index = AttributeIndex.of(subject, moment) if isinstance(subject, str) else None
        with self._lock:
            changed = self._log.since(mark)
            if changed is None:  # more was written than is remembered: once more, with the writers waiting
                moment, changed = self._rows.moment(), []
                made = Ordered(self._entities) if made is not None else None
                index = AttributeIndex.of(subject, moment) if isinstance(subject, str) else None
            for entity in set(changed):
                was, now = moment.get(entity), self._rows.row(entity)
                if index is not None:
                    attribute = index.attribute
                    index.change(
                        entity,
                        None if was is None else was[1].get(attribute),
                        None if now is None else now[1].get(attribute),
                    )
                elif made is not None and was is None and now is not None:
                    made.add(now[0])
                elif made is not None and was is not None and now is None:
                    made.remove(was[0])
            if index is not None:
                index.idle = 0
                self._indexes[index.attribute] = index
            else:
                self._names = made


def _touched(change: Change) -> Iterable[str] | None:
    """The attributes that a change may change; ``None`` when it takes the whole item away."""
    if isinstance(change, Put):
        return {name for name, _ in change.pairs}
    return {name for name, _ in change.attributes} if change.attributes else None


def _name(change: tuple[str, Item | None, Item | None]) -> str:
    return change[0]
