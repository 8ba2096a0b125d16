"""Time as an object that is passed in, so that tests can control it."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine needs of a clock."""

    def now(self) -> float:
        """Seconds since the epoch."""


class SystemClock:
    """The machine's clock.  ``time.time`` is looked up on each call, so freezegun and time-machine can patch it."""

    def now(self) -> float:
        return time.time()


_LATEST = 253_402_300_800.0
"""The year 10000, which :class:`datetime.datetime` cannot represent."""


class AdjustableClock:
    """A clock that a test can freeze, shift and tick.  Until then it follows the machine's clock.

    ``time.time`` is looked up on each call, so freezegun and time-machine work too.  Times are seconds since the epoch.
    The clock stays between the years 1970 and 9999: a step beyond, and a value that is not a number, raise
    :class:`ValueError` and change nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Return the current time of this clock, in seconds since the epoch."""
        frozen = self._frozen
        return time.time() + self._offset if frozen is None else frozen

    @property
    def frozen(self) -> bool:
        """Whether the clock is stopped: ``True`` from :meth:`freeze` until :meth:`offset` or :meth:`reset`."""
        return self._frozen is not None

    def freeze(self, at: float | None = None) -> float:
        """Stop the clock at ``at`` (seconds since the epoch; default: its current time) and return that time."""
        with self._lock:
            self._frozen = self.now() if at is None else _within(_number(at, "freeze takes epoch seconds"))
            return self._frozen

    def tick(self, seconds: float) -> float:
        """Move the clock forward by ``seconds``, whether it is frozen or running, and return the new time."""
        seconds = _number(seconds, "tick takes seconds")
        with self._lock:
            if self._frozen is None:
                now = _within(time.time() + self._offset + seconds)
                self._offset += seconds
                return now
            self._frozen = _within(self._frozen + seconds)
            return self._frozen

    def offset(self, seconds: float) -> float:
        """Run ``seconds`` ahead of the machine's clock (behind it if negative) and return the new time."""
        seconds = _number(seconds, "offset takes seconds")
        with self._lock:
            now = _within(time.time() + seconds)
            self._frozen = None
            self._offset = seconds
            return now

    def reset(self) -> None:
        """Follow the machine's clock again."""
        with self._lock:
            self._frozen = None
            self._offset = 0.0


def _number(given: object, what: str) -> float:
    """Seconds as a number.  Raises :class:`ValueError` for a date, a string and the like, whose unit is ambiguous."""
    if not isinstance(given, (int, float)):
        raise ValueError(f"{what}, a number as .timestamp() and .total_seconds() return, not {given!r}")
    return float(given)


def _within(seconds: float) -> float:
    if not 0 <= seconds < _LATEST:
        raise ValueError(f"a clock must stay between the years 1970 and 9999, not at {seconds} epoch seconds")
    return seconds
