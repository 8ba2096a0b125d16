"""Time as an object that is passed in, so that tests decide what it is."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine asks of time."""

    def now(self) -> float:
        """Seconds since the epoch."""


class SystemClock:
    """The machine's clock, asked late, so that freezegun and time-machine work on it."""

    def now(self) -> float:
        return time.time()


_LATEST = 253_402_300_800.0
"""The year 10000, which no date can tell."""


class AdjustableClock:
    """A clock that a test may freeze, shift and tick; runs with the machine's until told otherwise.

    That one is asked late, so that freezegun and time-machine work on it.
    It stays between 1970 and 9999: :class:`ValueError` is raised for a step beyond, and for what is no number.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        frozen = self._frozen
        return time.time() + self._offset if frozen is None else frozen

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def freeze(self, at: float | None = None) -> float:
        """Stop at ``at`` (epoch seconds), or at the present moment; returns where it stands."""
        with self._lock:
            self._frozen = self.now() if at is None else _within(_number(at, "freeze takes epoch seconds"))
            return self._frozen

    def tick(self, seconds: float) -> float:
        """Go forward by ``seconds`` (frozen or running); returns the new time."""
        seconds = _number(seconds, "tick takes seconds")
        with self._lock:
            if self._frozen is None:
                now = _within(time.time() + self._offset + seconds)
                self._offset += seconds
                return now
            self._frozen = _within(self._frozen + seconds)
            return self._frozen

    def offset(self, seconds: float) -> float:
        """Run ``seconds`` ahead of (or, negative, behind) the machine's clock; returns the new time."""
        seconds = _number(seconds, "offset takes seconds")
        with self._lock:
            now = _within(time.time() + seconds)
            self._frozen = None
            self._offset = seconds
            return now

    def reset(self) -> None:
        """Run with the machine's clock again."""
        with self._lock:
            self._frozen = None
            self._offset = 0.0


def _number(given: object, what: str) -> float:
    """Seconds as a number.  Raises :class:`ValueError` for a date, a text and the like, whose unit nobody told."""
    if not isinstance(given, (int, float)):
        raise ValueError(f"{what}, a number such as .timestamp() and .total_seconds() give; not {given!r}")
    return float(given)


def _within(seconds: float) -> float:
    if not 0 <= seconds < _LATEST:
        raise ValueError(f"a clock stands between 1970 and 9999, not at {seconds} seconds")
    return seconds
