"""What clients did and were told, and whether that can be true of what the cluster holds afterwards."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from basicdb_mock.model import Item

Place = tuple[str, str]
"""Domain and item name."""

WHOLE = ("a", "b", "c")
"""Attributes of an item that are always written together, with one value."""


@dataclass
class History:
    """Everything that happened, in lists that threads append to."""

    acknowledged: dict[Place, str] = field(default_factory=dict)
    """Items that are put once, with the value they were given."""
    increments: list[tuple[Place, int]] = field(default_factory=list)
    """Conditional puts that were acknowledged: the counter and what it became."""
    unknown_increments: list[tuple[Place, int]] = field(default_factory=list)
    unknown_puts: int = 0
    failed_attempts: Counter[str] = field(default_factory=Counter)
    """Attempts that got no answer, or ServiceUnavailable, by what they got."""
    operations: int = 0
    torn: list[object] = field(default_factory=list)
    stale: list[object] = field(default_factory=list)
    acks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When writes to a domain were acknowledged."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def outage(self, since: float, until: float) -> float:
        """The longest time after ``since`` in which some domain acknowledged no write."""
        longest = 0.0
        for times in self.acks.values():
            moments = [since, *(time for time in sorted(times) if since < time < until), until]
            longest = max(longest, *(later - earlier for earlier, later in pairwise(moments)))
        return longest


@dataclass(frozen=True)
class Verdict:
    """What a history and the state after it come to.  All but the first three must be nothing."""

    operations: int
    failed_attempts: int
    unknown: int
    lost: list[object]
    duplicated: list[object]
    torn: list[object]
    stale: list[object]

    @property
    def wrong(self) -> list[object]:
        return [*self.lost, *self.duplicated, *self.torn, *self.stale]


def is_whole(item: Item) -> bool:
    return len({item.get(attribute) for attribute in WHOLE}) == 1


def judge(history: History, state: Mapping[Place, Item]) -> Verdict:
    """Compare what was acknowledged with what is there."""
    lost: list[object] = [
        ("item", place, value)
        for place, value in history.acknowledged.items()
        if state.get(place, {}).get("a") != value
    ]
    torn = [*history.torn, *(("item", place) for place, item in state.items() if "a" in item and not is_whole(item))]
    duplicated: list[object] = [
        ("increment", place, value) for (place, value), times in Counter(history.increments).items() if times > 1
    ]
    reached: dict[Place, set[int]] = defaultdict(set)
    for place, value in history.increments:
        reached[place].add(value)
    for place, values in reached.items():
        final = int(str(state.get(place, {}).get("n", 0)))
        lost += [("increment", place, value) for value in values if value > final]
        doubtful = {value for where, value in history.unknown_increments if where == place}
        # every step to the final value was somebody's, and each value follows the one before
        duplicated += [("step", place, value) for value in range(1, final + 1) if value not in values | doubtful]
    return Verdict(
        operations=history.operations,
        failed_attempts=sum(history.failed_attempts.values()),
        unknown=history.unknown_puts + len(history.unknown_increments),
        lost=lost,
        duplicated=duplicated,
        torn=torn,
        stale=list(history.stale),
    )
