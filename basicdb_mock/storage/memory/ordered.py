"""Sorted texts that can be added and removed: an immutable sorted tuple, and a short sorted list of later ones.

A tuple of strings is invisible to the garbage collector and costs eight bytes a text; a reader walks it without a lock.
The list is merged into it when it grows long, which costs a few microseconds for each added text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Generator, Iterable, Iterator
from heapq import merge
from itertools import islice

from basicdb_mock.select.plan import Span

RUN = 32_768
"""Texts that are sorted in one step."""


def _bounds(texts: list[str] | tuple[str, ...], span: Span) -> tuple[int, int]:
    """The start and end of a span in sorted texts."""
    low = (bisect_right if span.low_open else bisect_left)(texts, span.low)
    if span.high is None:
        return low, len(texts)
    return low, max(low, (bisect_left if span.high_open else bisect_right)(texts, span.high))


def _joined(one: list[str], other: list[str]) -> list[str]:
    both = one + other
    both.sort()  # two ascending runs: linear
    return both


class Ordered:
    """Distinct texts in order.  Only the writer changes it; a reader may meet texts that have been removed."""

    __slots__ = ("_gone", "_state")

    def __init__(self, texts: Iterable[str]) -> None:
        self._state: tuple[tuple[str, ...], list[str]] = (tuple(sorted(texts)), [])
        self._gone: set[str] = set()  # those of the tuple that were removed

    @classmethod
    def made(cls, texts: Iterable[str]) -> Generator[None, None, Ordered]:
        """Sort texts, yielding between one run of them and the next."""
        left = iter(texts)
        runs: list[list[str]] = []
        while run := sorted(islice(left, RUN)):
            if runs:
                yield
            while runs and len(runs[-1]) <= len(run):  # joins runs of similar size: each text moves just a few times
                run = _joined(runs.pop(), run)
                yield
            runs.append(run)
        whole: list[str] = []
        while runs:
            whole = _joined(runs.pop(), whole)
            if runs:
                yield
        ordered = cls(())
        ordered._state = (tuple(whole), [])
        return ordered

    def copy(self) -> Ordered:
        other = Ordered(())
        base, tail = self._state
        other._state = (base, tail.copy())
        other._gone = self._gone.copy()
        return other

    def __len__(self) -> int:
        base, tail = self._state
        return len(base) + len(tail) - len(self._gone)

    def add(self, text: str) -> None:
        """Add a text that is not in it."""
        if text in self._gone:
            self._gone.remove(text)
            return
        base, tail = self._state
        insort(tail, text)
        if len(tail) > 512 and len(tail) > len(base) >> 7:
            self._merge()

    def remove(self, text: str) -> None:
        """Remove a text that is in it."""
        base, tail = self._state
        at = bisect_left(tail, text)
        if at < len(tail) and tail[at] == text:
            del tail[at]
            return
        self._gone.add(text)
        if len(self._gone) > 512 and len(self._gone) > len(base) >> 2:
            self._merge()

    def _merge(self) -> None:
        base, tail = self._state
        texts = _joined([*base], tail)
        gone = self._gone
        self._state = (tuple(text for text in texts if text not in gone) if gone else tuple(texts), [])
        self._gone = set()

    def span(self, span: Span) -> tuple[int, Iterator[str], Iterator[str]]:
        """The approximate number of texts in a span, and the texts, ascending and descending, lazily."""
        base, tail = self._state
        tail = tail.copy()  # the writer changes it in place; copying is one step of the interpreter
        first, last = _bounds(base, span)
        low, high = _bounds(tail, span)
        number = last - first + high - low
        part = tail[low:high]
        forward: Iterator[str] = map(base.__getitem__, range(first, last))
        backward: Iterator[str] = map(base.__getitem__, range(last - 1, first - 1, -1))
        if part:
            forward = merge(forward, part)
            backward = merge(backward, reversed(part), reverse=True)
        return number, forward, backward
