"""A domain as it was a moment ago: its present state with the writes since then undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, pairs, utf8_size
from basicdb_mock.select.plan import Plan, Position, is_after, sort_key
from basicdb_mock.storage.contract import Counted, Domain, Found
from basicdb_mock.storage.searching import count_found, search_rows
from basicdb_mock.storage.tally import Tally


@dataclass(frozen=True, slots=True)
class Undo:
    """What one write did to one item: when it becomes visible (epoch seconds), the item before, and its entity."""

    at: float
    write: int
    name: str
    before: Item | None
    entity: int

    @property
    def size(self) -> int:
        """Bytes held, about."""
        held = sum(utf8_size(name) + utf8_size(value) for name, value in pairs(self.before or {}))
        return 200 + utf8_size(self.name) + held


class History:
    """The recent writes of a domain, oldest first, in one of its lives.

    ``domain`` is its present, or what it was when it was deleted at ``died``; it came into being at ``born`` (``None``:
    before we looked).  Not safe between threads by itself.
    """

    def __init__(self, domain: Domain | None, born: float | None) -> None:
        self.domain = domain
        self.born = born
        self.died: float | None = None
        self.undos: deque[Undo] = deque()
        self.writes = 0

    def overlay(self, moment: float) -> dict[str, Undo]:
        """For each item that was another at ``moment``: the undo of the first write not to be seen then."""
        past: dict[str, Undo] = {}
        for undo in self.undos:
            if undo.at > moment:
                past.setdefault(undo.name, undo)
        return past

    def unseen(self, moment: float) -> int:
        """How many writes are not to be seen at ``moment``."""
        return len({undo.write for undo in self.undos if undo.at > moment})


class Past:
    """A domain as it was at one moment; ``overlay`` says what was different then."""

    def __init__(self, present: Domain, overlay: dict[str, Undo]) -> None:
        self._present = present
        self._overlay = overlay

    def get(self, name: str) -> Item | None:
        undo = self._overlay.get(name)
        return self._present.get(name) if undo is None else undo.before

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        found = self._present.search(plan, after)
        first = list(islice(found, 1))  # from here on it sees the moment of now
        present = (step for step in chain(first, found) if step.item is None or step.name not in self._overlay)
        past = self._matches(plan, after)
        return merge(present, past, key=lambda step: sort_key(step.place), reverse=plan.order.descending)

    def _matches(self, plan: Plan, after: Position | None) -> list[Found]:
        descending = plan.order.descending
        matches = [
            Found(plan.place(name, undo.before, undo.entity), name, undo.before)
            for name, undo in self._overlay.items()
            if undo.before is not None and plan.matches(name, undo.before)
        ]
        later = [found for found in matches if after is None or is_after(found.place, after, descending)]
        return sorted(later, key=lambda found: sort_key(found.place), reverse=descending)


class Remains:
    """What a deleted domain held."""

    def __init__(self, created: float, revision: int, rows: Sequence[tuple[int, str, Item]]) -> None:
        self.created = created
        self._revision = revision
        self._rows = rows
        self._items = {name: item for _, name, item in rows}

    def revision(self) -> int:
        return self._revision

    def get(self, name: str) -> Item | None:
        return self._items.get(name)

    def apply(self, write: Write) -> None:
        raise errors.NO_SUCH_DOMAIN()

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        return search_rows(lambda entity: (row for row in self._rows if row[0] > entity), plan, after)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        return count_found(self.search(plan, after), at_most, stop)

    def statistics(self) -> DomainStatistics:
        return statistics_of((name, item) for _, name, item in self._rows)


def statistics_of(items: Iterable[tuple[str, Item | None]]) -> DomainStatistics:
    """The figures of these items."""
    tally = Tally()
    tally.replace((name, None, item) for name, item in items)
    return tally.statistics()
