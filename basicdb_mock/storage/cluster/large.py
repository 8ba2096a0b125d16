"""Writes that are too large for one call, done in several short calls and yet atomically.

First, what the write adds to the indexes is added, one item per call.  Then one call changes the rows, the statistics
and everything else, if the rows are still those that the write is based on; otherwise the write starts over.  Finally,
what no row has any more is removed from the indexes.  Meanwhile an index has more members than the rows have values.
That is invisible, since every row found by an index is checked itself (``functions/staging.lua``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from random import random
from time import monotonic, sleep
from typing import TypeVar
from uuid import uuid4

from basicdb_mock.changes import Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.model import Item, pairs
from basicdb_mock.storage.cluster.calls import Caller
from basicdb_mock.storage.cluster.members import value_member
from basicdb_mock.storage.cluster.nodes import Reply
from basicdb_mock.storage.cluster.partition import (
    FINGERPRINT,
    GoneError,
    Growth,
    NumbersNeededError,
    Share,
)
from basicdb_mock.storage.cluster.replies import as_json, checked, item_in, limits_of, refusal, row_of
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.tally import Growth as Figures

_log = logging.getLogger(__name__)
_Any = TypeVar("_Any")

MOST_PAIRS = 512
"""The most pairs that one call touches, as many as for an item that loses 256 pairs and gains 256 others."""
_NAMES_PER_CALL = 500
_MOST_ATTEMPTS = 200
_PAUSE = 0.05
"""About how many seconds a write waits before it starts over because of other writes."""


def shrinks(write: Write) -> bool:
    """Whether a write only deletes, which is possible even if the memory is full."""
    return not any(isinstance(change, Put) for change in write.changes)


def _some(whole: Iterable[_Any], number: int) -> Iterator[tuple[_Any, ...]]:
    """Batches of ``number``, like Python 3.12's itertools.batched."""
    rest = iter(whole)
    while some := tuple(islice(rest, number)):
        yield some


class _InTheWayError(Exception):
    """Another write has changed, or is changing, an item of this one."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """An item before and after the write."""

    name: str
    entity: int
    row: bytes
    before: Item | None
    after: Item | None

    def touched(self) -> Iterator[tuple[str, str, bool]]:
        """Attribute, value, and whether the pair is added (else it is removed)."""
        was, will = (set(pairs(item)) if item else set() for item in (self.before, self.after))
        for name, value in sorted(was ^ will):
            yield name, value, (name, value) in will


def apply(caller: Caller, key: bytes, write: Write, token: str, share: Share | None) -> Growth:
    """See :meth:`basicdb_mock.storage.cluster.partition.Partition.apply`."""
    return _LargeWrite(caller, key, write, token, share).applied()


class _LargeWrite:
    def __init__(self, caller: Caller, key: bytes, write: Write, token: str, share: Share | None) -> None:
        self._caller = caller
        self._key = key
        self._write = replace(write, changes=sorted(write.changes, key=lambda change: change.item))
        self._token = token
        self._share = share
        self._suffix = "_deletes" if shrinks(write) else ""

    def applied(self) -> Growth:
        end = monotonic() + self._caller.settings.patience
        for _ in range(_MOST_ATTEMPTS):
            with suppress(_InTheWayError):
                return self._attempt()
            if monotonic() > end:
                break
            sleep(_PAUSE * (0.5 + random()))
        raise StorageError("other writes kept changing the items of this one", unavailable=True)

    def _attempt(self) -> Growth:
        done, rows = self._rows()
        if done and not self._token.startswith(FINGERPRINT):
            return self._done_before()
        before = [item_in(row) for _, row in rows]
        try:
            after = self._write.results(before)
        except SimpleDBError:
            if done and self._write.expected is not None:
                return self._done_before()
            raise
        figures = Figures()
        new: list[str] = []
        for change, was, will in zip(self._write.changes, before, after, strict=True):
            figures.count(change.item, was, will)
            new += [change.item] if will and not was else []
        if self._share and self._share.rehearsed:
            return self._growth(figures, new)
        numbers = self._numbers(new)
        changes = [
            _Changed(change.item, entity or numbers.get(change.item, 0), row, was, will)
            for change, (entity, row), was, will in zip(self._write.changes, rows, before, after, strict=True)
        ]
        self._commit(changes, figures)
        return Growth()

    def _done_before(self) -> Growth:
        self._call("confirm", self._token)
        return Growth()

    def _rows(self) -> tuple[bool, list[tuple[int, bytes]]]:
        """Whether the write was done, and the entity and row of each item (0 and empty if it does not exist)."""
        names = [change.item for change in self._write.changes]
        rows: list[tuple[int, bytes]] = []
        done = False
        while len(rows) < len(names):
            _, known, *cells = checked(self._caller.read("present", self._key, self._token, *names[len(rows) :]))
            flat = iter(cells)
            rows += [(int(entity or 0), row) for entity, row in zip(flat, flat, strict=True)]
            done = done or bool(known)
        return done, rows

    def _growth(self, figures: Figures, new: Sequence[str]) -> Growth:
        names = [name for name, step in figures.holders.items() if step]
        held: dict[str, int] = {}
        for some in _some(names, _NAMES_PER_CALL):
            held |= zip(some, checked(self._caller.read("holders", self._key, *some))[1:], strict=True)
        appeared = tuple(name for name in names if not held[name])
        vanished = tuple(name for name in names if held[name] and not held[name] + figures.holders[name])
        size = figures.item_bytes + figures.value_bytes
        return Growth(figures.values, size, tuple(new), appeared, vanished)

    def _numbers(self, new: Sequence[str]) -> dict[str, int]:
        """Entities for new items."""
        if self._share is None:
            last = int(self._call("take_numbers", len(new))[1]) if new else 0
            return {name: last - len(new) + place for place, name in enumerate(new, 1)}
        numbers = self._share.numbers or {}
        if any(name not in numbers for name in new):
            raise NumbersNeededError
        return {name: numbers[name] for name in new}

    # -- in short calls ------------------------------------------------------------------------------------------------
    def _commit(self, changes: Sequence[_Changed], figures: Figures) -> None:
        stage = uuid4().hex
        with self._swept() as fields:
            for change in changes:
                for part, touched in enumerate(_some(change.touched(), max(MOST_PAIRS, 1))):
                    fields.append(f"{change.entity}:{part}")
                    self._stage(stage, fields[-1], change.entity, touched)
            steps = {name: step for name, step in figures.holders.items() if step}
            head: dict[str, object] = {
                "id": stage,
                "fields": fields,
                "entities": [change.entity for change in changes],
                "steps": list(steps.values()),
                "figures": {
                    "items": figures.items,
                    "item_bytes": figures.item_bytes,
                    "values": figures.values,
                    "value_bytes": figures.value_bytes,
                },
                "counted": int(self._share is None or self._share.counted),
                "shared": self._share is not None,
            }
            cells: list[str | bytes] = []
            for change in changes:
                cells += (change.name, change.row, row_of(change.name, change.after) if change.after else "")
            settings = self._caller.settings
            text = as_json(head | limits_of(self._write.limits))
            reply = self._call(
                "commit" + self._suffix, self._token, settings.remember, settings.history, text, *cells, *steps
            )
            if reply[0] == b"refused":
                raise refusal(reply, None)
            if reply[0] == b"unstaged":
                raise _InTheWayError

    def _stage(self, stage: str, field: str, entity: int, touched: Sequence[tuple[str, str, bool]]) -> None:
        noted: dict[str, list[str]] = {}
        added: dict[str, list[bytes]] = {}
        for name, value, is_added in touched:
            noted.setdefault(name, [name]).append(value)
            if is_added:
                added.setdefault(name, []).append(value_member(value, entity))
        cells: list[str | bytes | int] = []
        for name, members in added.items():
            cells += (name, 2 * len(members))
            for member in members:
                cells += (0, member)
        # not waited for: replicas that receive the commit have received this before
        old, text = ceil(2 * self._caller.settings.timeout), as_json(list(noted.values()))
        reply = self._call("stage" + self._suffix, stage, old, field, text, *cells, safe=False)
        if reply[0] == b"busy":
            raise _InTheWayError

    @contextmanager
    def _swept(self) -> Iterator[list[str]]:
        """Note fields while the block runs; afterwards the indexes match the rows.

        If the cluster is in trouble, a later large write does that instead.
        """
        fields: list[str] = []
        end = monotonic() + self._caller.settings.patience / 2
        try:
            yield fields
        except StorageError:
            if monotonic() < end:  # it replied, but with a refusal
                self._sweep(fields)
            raise
        except Exception:
            self._sweep(fields)
            raise
        else:
            self._sweep(fields)

    def _sweep(self, fields: Sequence[str]) -> None:
        try:
            left = 0
            for field in fields:
                left = self._call("sweep", field, safe=False)[1]
            if left:
                _, *others = checked(self._caller.read("abandoned", self._key, self._caller.settings.remember))
                for field in others:
                    self._call("sweep", field, safe=False)
        except (StorageError, GoneError) as failure:
            _log.debug("the traces of a large write stay for a while: %s", failure)

    def _call(self, function: str, *arguments: str | bytes | int, safe: bool = True) -> Reply:
        return checked(self._caller.write(function, self._key, *arguments, safe=safe))
