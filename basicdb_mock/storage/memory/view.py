"""A search's view of its domain: the rows of one moment, the live indexes, and the changes since."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from basicdb_mock.select.expression import ITEM_NAME, Subject
from basicdb_mock.select.plan import AllOf, AnyOf, Narrowing, Span
from basicdb_mock.storage.memory.index import AttributeIndex, NameIndex
from basicdb_mock.storage.memory.rows import Moment


class ChangeLog:
    """The entities that writes have touched, latest last, as far back as running searches may need.

    Belongs to the domain's writer; only used under the domain's lock.
    """

    __slots__ = ("_entities", "_forgotten")

    KEPT = 16_384

    def __init__(self) -> None:
        self._entities: list[int] = []
        self._forgotten = 0

    def add(self, entity: int) -> None:
        self._entities.append(entity)
        if len(self._entities) >= 2 * self.KEPT:
            del self._entities[: self.KEPT]
            self._forgotten += self.KEPT

    @property
    def end(self) -> int:
        return self._forgotten + len(self._entities)

    def since(self, mark: int) -> list[int] | None:
        """The entries after an earlier end; ``None`` if that is too long ago."""
        return None if mark < self._forgotten else self._entities[mark - self._forgotten :]


class Effort:
    """The work of one search: reported by ``explain``, and charged to the subjects whose index it lacked."""

    __slots__ = ("_account", "examined", "missing")

    def __init__(self, missing: Sequence[Subject], account: dict[Subject, int]) -> None:
        self.missing = list(missing)
        self.examined = 0
        """Items examined."""
        self._account = account

    def spend(self, items: int) -> None:
        self.examined += items
        for subject in self.missing:
            self._account[subject] = self._account.get(subject, 0) + items


class View:
    """A domain as one search sees it.

    The rows are those of one moment, and they decide.  Indexes change with writes.  What an index says of an item that
    has not changed since is true of that moment; :meth:`refresh` returns the items that have.
    """

    __slots__ = ("_log_end", "_news", "attributes", "dirty", "items", "last", "moment", "names")

    def __init__(
        self,
        moment: Moment,
        items: int,
        last: int,
        attributes: dict[str, AttributeIndex],
        names: NameIndex,
        news: Callable[[int], tuple[int, list[int] | None]],
        log_end: int,
    ) -> None:
        self.moment = moment
        self.items = items
        """The number of items."""
        self.last = last
        """The greatest entity."""
        self.attributes = attributes
        self.names = names
        self.dirty: set[int] = set()
        """The entities that have changed since the moment, as of the last :meth:`refresh`."""
        self._news = news
        self._log_end = log_end

    def refresh(self) -> list[int] | None:
        """Entities first changed since the last call; ``None`` if that is too long ago to tell."""
        self._log_end, news = self._news(self._log_end)
        if not news:
            return news
        fresh = set(news) - self.dirty
        self.dirty |= fresh
        return sorted(fresh)

    def index(self, span: Span) -> AttributeIndex | NameIndex | None:
        """The index that serves a span, if there is one."""
        if span.subject is ITEM_NAME:
            return self.names if self.names.ranges or span.point is not None else None
        assert isinstance(span.subject, str)
        return self.attributes.get(span.subject)

    def estimate(self, narrowing: Narrowing) -> int | None:
        """About how many items a narrowing leaves; ``None`` if the indexes cannot tell."""
        if isinstance(narrowing, Span):
            index = self.index(narrowing)
            return None if index is None else index.estimate(narrowing)
        estimates = [self.estimate(part) for part in narrowing.parts]
        known = [estimate for estimate in estimates if estimate is not None]
        if isinstance(narrowing, AllOf):
            return min(known, default=None)
        return min(sum(known), self.items) if len(known) == len(estimates) else None

    def entities(self, narrowing: Narrowing) -> set[int]:
        """The items that a narrowing leaves, one by one, if its estimate is small."""
        if isinstance(narrowing, Span):
            index = self.index(narrowing)
            assert index is not None
            return {entity for value in index.values(narrowing) for entity in index.entities(value)}
        if isinstance(narrowing, AnyOf):
            return set().union(*[self.entities(part) for part in narrowing.parts])
        return self.entities(self._narrowest(narrowing))

    def number(self, narrowing: Narrowing) -> int:
        """The same as one number, bit *n* for entity *n*, using all conjuncts that have indexes."""
        if isinstance(narrowing, Span):
            index = self.index(narrowing)
            assert index is not None
            return index.union(index.values(narrowing), self.last)
        if isinstance(narrowing, AnyOf):
            found = 0
            for part in narrowing.parts:
                found |= self.number(part)
            return found
        found = self.number(self._narrowest(narrowing))
        for part in narrowing.parts:
            estimate = self.estimate(part)
            if estimate is not None and estimate * 2 < self.items:
                found &= self.number(part)
        return found

    def _narrowest(self, narrowing: AllOf) -> Narrowing:
        known = [(estimate, part) for part in narrowing.parts if (estimate := self.estimate(part)) is not None]
        return min(known, key=lambda pair: pair[0])[1]
