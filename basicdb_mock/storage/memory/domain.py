"""A domain in memory: its rows, its statistics, and the indexes that searches need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from sys import intern

from basicdb_mock.changes import Change, Put, Write
from basicdb_mock.model import DomainStatistics, Item
from basicdb_mock.select.explain import Going
from basicdb_mock.select.expression import Subject
from basicdb_mock.select.plan import Plan, Position, beginning
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.memory import counting as ways_of_counting
from basicdb_mock.storage.memory import searching
from basicdb_mock.storage.memory.building import Building
from basicdb_mock.storage.memory.index import AttributeIndex, NameIndex
from basicdb_mock.storage.memory.indexing import LAZY, Indexing, by_promise, helpful
from basicdb_mock.storage.memory.ordered import Ordered
from basicdb_mock.storage.memory.planner import Route, Way, choose
from basicdb_mock.storage.memory.rows import Rows
from basicdb_mock.storage.memory.view import ChangeLog, Effort, View
from basicdb_mock.storage.searching import count_found
from basicdb_mock.storage.tally import Tally

_FEW_CHANGES = 256
"""The most items with which an index is updated while writers wait."""


class MemoryDomain:
    """One domain.

    A writer holds its lock; a reader holds it only while taking its :class:`View` or asking what has changed since.  So
    readers do not wait for each other, and a search of any length blocks no one.
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
        self._names: Ordered | None = None  # the item names in order, once a search has needed them
        self._building: dict[Subject, Building] = {}
        self._wanting: dict[Subject, int] = {}  # items examined for lack of an index
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
        if self._building:
            self._note_for_buildings(entity)
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
        """A copy of the domain, in constant time; the first write to either of the two separates them."""
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
        wanted = self._wanted(view, effort)
        if wanted:
            return self._search_when_built(plan, view, effort, wanted, after)
        return searching.search(plan, view, self._route(plan, view), after, effort)

    def _search_when_built(
        self, plan: Plan, view: View, effort: Effort, wanted: set[Subject], after: Position | None
    ) -> Iterator[Found]:
        start = after or beginning(plan.order)
        for _ in self._built(plan, view, effort, wanted, counting=False):
            yield Found(start, "", None)
        yield from searching.search(plan, view, self._route(plan, view), after, effort)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        if after is None and at_most is None:
            view, effort = self._view(plan, counting=True)
            for _ in self._built(plan, view, effort, self._wanted(view, effort), counting=True):
                if stop():
                    return Counted(0, beginning(plan.order))
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
        """How a search, or a count, of a plan would run now (see :mod:`basicdb_mock.select.explain`)."""
        view, effort = self._view(plan, counting=counting)
        for _ in self._built(plan, view, effort, self._wanted(view, effort), counting=counting):
            pass  # explaining has no time limit
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
        """The domain as a search sees it, and which indexes it lacks."""
        view = self._look()
        subjects = () if plan.everything else helpful(plan, counting=counting)
        missing = [
            subject
            for subject in subjects
            if (subject not in view.attributes if isinstance(subject, str) else not view.names.ranges)
        ]
        return view, Effort(missing, self._wanting)

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

    # -- indexes that appear -------------------------------------------------------------------------------------------

    def _wanted(self, view: View, effort: Effort) -> set[Subject]:
        """Those of the missing indexes that should be built now."""
        appears, wanting = self._indexing.appears, self._wanting
        return {subject for subject in effort.missing if appears(view.items, wanting.get(subject, 0))}

    def _built(
        self, plan: Plan, view: View, effort: Effort, wanted: set[Subject], *, counting: bool
    ) -> Iterator[None]:
        """Build the indexes that a search should have, unless another is building them, and add them to its view."""
        for subject in by_promise(wanted, plan, view.moment) if wanted else ():
            yield from self.build(subject)
            with self._lock:
                if isinstance(subject, str):
                    index = self._indexes.get(subject)
                    if index is None:
                        continue
                    view.attributes[subject] = index
                elif self._names is not None:
                    view.names = NameIndex(self._entities, self._names)
                else:
                    continue
            effort.missing.remove(subject)
            if not counting and plan.narrowing is not None:
                left = view.estimate(plan.narrowing)
                if left is not None and left * 50 < view.items:
                    return  # good enough: the others are not built until another search needs them

    def build(self, subject: Subject) -> Iterator[None]:
        """Build an index while writes go on, in steps of a few thousand items.

        Continues an index that another search has started; does not wait for one that is building it right now.
        """
        with self._lock:
            building = self._building.get(subject)
            if building is None:
                names = () if isinstance(subject, str) else list(self._entities)
                building = self._building[subject] = Building(subject, self._rows.moment(), names)
        while building.busy.acquire(blocking=False):
            try:
                if building.step() and self._finished(building):
                    return
            finally:
                building.busy.release()
            yield

    def _finished(self, building: Building) -> bool:
        """Update an index, without the lock while much has changed; returns whether it is up to date and in use."""
        with self._lock:
            if self._building.get(building.subject) is not building:
                return True  # another search was faster, or too much has changed for it to be worth while
            changed, building.changed = building.changed, set()
            moment = self._rows.moment()
            if len(changed) <= _FEW_CHANGES:
                building.catch_up(changed, moment)
                del self._building[building.subject]
                if isinstance(building.index, AttributeIndex):
                    building.index.idle = 0
                    self._indexes[building.index.attribute] = building.index
                else:
                    self._names = building.index
                return True
        building.catch_up(changed, moment)
        return False

    def _note_for_buildings(self, entity: int) -> None:
        for subject, building in list(self._building.items()):
            building.changed.add(entity)
            if len(building.changed) > len(self._entities) + _FEW_CHANGES:
                del self._building[subject]  # no search continued it while the whole domain changed


def _touched(change: Change) -> Iterable[str] | None:
    """The attributes that a change may modify; ``None`` if it deletes the whole item."""
    if isinstance(change, Put):
        return dict(change.pairs)
    return dict(change.attributes) or None


def _name(change: tuple[str, Item | None, Item | None]) -> str:
    return change[0]
