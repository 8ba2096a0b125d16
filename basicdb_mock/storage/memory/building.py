"""Building an index, a few thousand items at a time, while searches end and writes go on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable

from basicdb_mock.select.expression import Subject
from basicdb_mock.storage.memory.index import AttributeIndex
from basicdb_mock.storage.memory.ordered import Ordered
from basicdb_mock.storage.memory.rows import Moment


class Building:
    """The index of one subject: first of one moment, then updated with what was written meanwhile.

    It outlives the search that started it: a search that runs out of time leaves it to the next one that needs it.
    """

    def __init__(self, subject: Subject, moment: Moment, names: Iterable[str]) -> None:
        """``names`` returns the names of the moment's items; only needed for the index of names."""
        self.subject = subject
        self.busy = threading.Lock()
        """Held by the search that is working on it."""
        self.changed: set[int] = set()
        """The entities written since the moment; the writer adds to it under the domain's lock."""
        self._moment = moment
        self._making: Generator[None, None, AttributeIndex | Ordered]
        self._making = AttributeIndex.made(subject, moment) if isinstance(subject, str) else Ordered.made(names)
        self.index: AttributeIndex | Ordered | None = None
        """The index of the moment, once complete."""

    def step(self) -> bool:
        """Work a little; returns whether the moment's index is complete."""
        if self.index is None:
            try:
                next(self._making)
            except StopIteration as end:
                self.index = end.value
        return self.index is not None

    def catch_up(self, changed: Iterable[int], moment: Moment) -> None:
        """Update the index to a later moment; ``changed`` are the entities that differ."""
        before = self._moment
        for entity in changed:
            was, now = before.get(entity), moment.get(entity)
            if isinstance(self.index, AttributeIndex):
                attribute = self.index.attribute
                self.index.change(
                    entity,
                    None if was is None else was[1].get(attribute),
                    None if now is None else now[1].get(attribute),
                )
            elif self.index is not None and was is None and now is not None:
                self.index.add(now[0])
            elif self.index is not None and was is not None and now is None:
                self.index.remove(was[0])
        self._moment = moment
