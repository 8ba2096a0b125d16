"""The faults in force: which calls they match, and what they do to them.

The decision is taken under a lock, but no lock is held while waiting.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from basicdb_mock import errors
from basicdb_mock.clock import AdjustableClock, Clock
from basicdb_mock.errors import Error, SimpleDBError
from basicdb_mock.operation_names import check_operation
from basicdb_mock.rehearsal.effects import Delay, Drop, Effect, Fail, Throttle, Truncate
from basicdb_mock.rehearsal.outcome import Attempt, DroppedError, Truncated, dropped
from basicdb_mock.rehearsal.spread import Spread
from basicdb_mock.wildcards import wildcard
from basicdb_mock.wire.message import Response

_MOST_BUCKETS = 10_000
MOST_FAULTS = 1_000
"""The most faults that can be in force at a time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect, and the conditions that a call must meet to be affected.

    - ``effect``: what happens, a :class:`Fail`, :class:`Throttle`, :class:`Drop`, :class:`Truncate` or :class:`Delay`.
    - ``operation``, ``domain``, ``account``, ``region``: patterns with ``*`` and ``?``.  A call that is not about one
      domain, such as ListDomains, matches only if ``domain`` is ``*``.
    - ``since``, ``until``: the fault acts only between these, in seconds after it was added.
    - ``nth``: of the calls that match all of this, the numbers of those to affect, counted from 1.
    - ``every``: affect every third such call with 3, and so on.
    - ``probability``: the chance, from 0 to 1, that such a call is affected; ``seed`` makes it reproducible.
    - ``times``: how many calls are affected at most.

    Raises :class:`ValueError` for a value out of range and for an unknown operation.
    """

    effect: Effect
    operation: str = "*"
    domain: str = "*"
    account: str = "*"
    region: str = "*"
    nth: tuple[int, ...] = ()
    every: int = 1
    probability: float = 1.0
    seed: int | None = None
    times: int | None = None
    since: float = 0.0
    until: float | None = None

    def __post_init__(self) -> None:
        for pattern in (self.operation, self.domain, self.account, self.region):
            if not isinstance(pattern, str):
                raise ValueError(f"operation, domain, account and region must be strings, not {pattern!r}")
        if not {"*", "?"}.intersection(self.operation):
            check_operation(self.operation)
        if not all(isinstance(number, int) for number in (*self.nth, self.every, self.times or 1)):
            raise ValueError("nth, every and times must be whole numbers")
        if any(number < 1 for number in self.nth) or self.every < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth, every and times must be at least 1")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability must be between 0 and 1")
        if not 0 <= self.since < math.inf or (self.until is not None and not self.since < self.until):
            raise ValueError("since must be at least 0, and until greater than since")

    def concerns(self, attempt: Attempt) -> bool:
        """Whether the patterns match a call."""
        return (
            _meets(self.operation, attempt.operation)
            and (self.domain == "*" if attempt.domain is None else _meets(self.domain, attempt.domain))
            and _meets(self.account, attempt.account)
            and _meets(self.region, attempt.region)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault in force, and what it has done so far.

    ``number`` is the number of ``fault``; ``added`` is when it was added, in epoch seconds; ``met`` counts the calls
    that it matched and ``struck`` those that it affected.
    """

    number: int
    fault: Fault
    added: float
    met: int = 0
    struck: int = 0


class Faults:
    """The faults of a SimpleDB, in the order in which they were added.

    If several affect one call, all their delays add up, and the first fault that is not a delay decides what else
    happens.  ``faults`` are in force from the start and after each :meth:`reset`; ``sleep`` is called to wait; ``seed``
    is used for faults that have none.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        faults: Iterable[Fault] = (),
        *,
        sleep: Callable[[float], None] = time.sleep,
        seed: int | None = None,
    ) -> None:
        self._clock = clock or AdjustableClock()
        self._first = tuple(faults)
        self._sleep = sleep
        self._seed = seed
        self._lock = threading.Lock()
        self._numbers = 0
        self._rules: dict[int, _Rule] = {}
        self.active = False
        """Whether any fault is in force.  The engine skips all of this if not."""
        self.reset()

    # -- adding and removing -------------------------------------------------------------------------------------------

    def add(self, fault: Fault) -> int:
        """Add a fault and return its number.  Raises :class:`ValueError` if there are too many already."""
        with self._lock:
            if len(self._rules) >= MOST_FAULTS:
                raise ValueError(f"there are {MOST_FAULTS} faults in force already, which is the most: remove some")
            self._numbers += 1
            seed = fault.seed if fault.seed is not None or self._seed is None else self._seed + self._numbers
            self._rules[self._numbers] = _Rule(
                Standing(self._numbers, fault, self._clock.now()), random.Random(seed)
            )
            self.active = True
            return self._numbers

    def fail(self, operation: str, error: Error | str, *, after: bool = False, **rule: object) -> int:
        """Answer calls of ``operation`` (a pattern) with an error.  Returns the fault's number.

        ``error`` is an error's code, such as ``"ServiceUnavailable"``, its name in the catalogue, or a row of it; with
        ``after`` the call is carried out first.  Here and in the methods below, ``rule`` takes the other parameters of
        :class:`Fault`, such as ``times=2``; a bad value raises :class:`ValueError`.
        """
        return self._put(Fail(errors.error_named(error), after=after), operation, rule)

    def throttle(self, rate: float, operation: str = "*", *, burst: float | None = None, **rule: object) -> int:
        """Let ``rate`` calls per second through to each domain, and answer the others as SimpleDB under load does.

        A domain that was idle accepts ``burst`` calls at once (default: as many as in a second, at least one).  Returns
        the fault's number.
        """
        return self._put(Throttle(rate, burst), operation, rule)

    def drop(self, operation: str = "*", *, after: bool = False, **rule: object) -> int:
        """Close the connection before the call is carried out, or ``after`` it.  Returns the fault's number."""
        return self._put(Drop(after), operation, rule)

    def truncate(self, operation: str = "*", *, keep: float = 0.5, clean: bool = False, **rule: object) -> int:
        """Send only the first part of the answer, the fraction ``keep``.  Returns the fault's number.

        With ``clean`` the connection ends as if the answer were complete.
        """
        return self._put(Truncate(keep, clean), operation, rule)

    def delay(
        self, operation: str, seconds: Spread | float | str, *, after: bool = False, **rule: object
    ) -> int:
        """Wait before the call is carried out, or ``after`` it.  Returns the fault's number.

        ``seconds`` is a number, or a text such as ``uniform(0.1, 0.5)`` to draw it at random for each call.
        """
        return self._put(Delay(Spread.of(seconds), after), operation, rule)

    def remove(self, number: int) -> bool:
        """Remove a fault by its number; returns whether there was one."""
        with self._lock:
            found = self._rules.pop(number, None) is not None
            self.active = bool(self._rules)
            return found

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._rules.clear()
            self.active = False

    def reset(self) -> None:
        """Return to the faults that were in force at the start."""
        self.clear()
        for fault in self._first:
            self.add(fault)

    def standing(self) -> list[Standing]:
        """Return the faults in force and what they have done so far."""
        with self._lock:
            return [rule.standing for rule in self._rules.values()]

    def _put(self, effect: Effect, operation: str, rule: dict[str, object]) -> int:
        nth = rule.get("nth")
        if isinstance(nth, int):
            rule["nth"] = (nth,)
        elif isinstance(nth, list):
            rule["nth"] = tuple(nth)
        return self.add(Fault(effect, operation, **rule))  # type: ignore[arg-type]  # Fault names what it does not take

    # -- called by the engine ------------------------------------------------------------------------------------------

    def before(self, attempt: Attempt, patience: float | None = None) -> Verdict | None:
        """Decide about a call that is about to be carried out, and wait for delays, but at most ``patience`` seconds.

        Raises the SimpleDBError to answer with, or DroppedError, if the call must not be carried out.  Returns what is
        left to do after the call.  As by a real server, a call is carried out even if its client has stopped waiting.
        """
        struck = self._strike(attempt)
        if struck is None:
            return None
        refusal = _refusal(struck.effect, attempt)
        waiting = _Waiting(self._sleep, patience)
        waiting.wait(struck.early if refusal is None else struck.early + struck.late)
        if refusal is not None:
            raise DroppedError(late=True) if waiting.over else refusal
        return Verdict(attempt, struck.effect, struck.late, waiting)

    def _strike(self, attempt: Attempt) -> _Struck | None:
        early = late = 0.0
        decisive: Effect | None = None
        struck = False
        with self._lock:
            for rule in self._rules.values():
                if not rule.strikes(attempt, decided=decisive is not None):
                    continue
                struck = True
                effect = rule.standing.fault.effect
                if not isinstance(effect, Delay):
                    decisive = effect
                elif effect.after:
                    late += effect.seconds.draw(rule.chance)
                else:
                    early += effect.seconds.draw(rule.chance)
        return _Struck(early, late, decisive) if struck else None


class _Struck(NamedTuple):
    """What all faults together do to a call: seconds before it, seconds after it, and the other effect, if any."""

    early: float
    late: float
    effect: Effect | None


class _Rule:
    """A fault in force and its state, guarded by the lock of :class:`Faults`."""

    def __init__(self, standing: Standing, chance: random.Random) -> None:
        self.standing = standing
        self.chance = chance
        self._buckets: OrderedDict[tuple[str, str, str | None], tuple[float, float]] = OrderedDict()

    def strikes(self, attempt: Attempt, decided: bool) -> bool:
        """Whether the fault affects this call.  If another fault has ``decided`` already, only delays do."""
        standing, fault = self.standing, self.standing.fault
        age = max(0.0, attempt.at - standing.added)  # the clock may have been set back
        if not fault.concerns(attempt) or age < fault.since or (fault.until is not None and age >= fault.until):
            return False
        self.standing = standing = replace(standing, met=standing.met + 1)
        if (decided and not isinstance(fault.effect, Delay)) or standing.struck == fault.times:
            return False
        if (fault.nth and standing.met not in fault.nth) or standing.met % fault.every:
            return False
        if fault.probability < 1 and self.chance.random() >= fault.probability:
            return False
        if isinstance(fault.effect, Throttle) and self._lets_through(fault.effect, attempt):
            return False
        self.standing = replace(standing, struck=standing.struck + 1)
        return True

    def _lets_through(self, throttle: Throttle, attempt: Attempt) -> bool:
        """A token bucket for each domain."""
        key = (attempt.account, attempt.region, attempt.domain)
        level, at = self._buckets.pop(key, (throttle.capacity, attempt.at))
        level = min(throttle.capacity, level + max(0.0, attempt.at - at) * throttle.rate)
        enough = level >= 1
        self._buckets[key] = (level - enough, attempt.at)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return enough


class _Waiting:
    """Waits for delays until the client's patience is over."""

    def __init__(self, sleep: Callable[[float], None], patience: float | None) -> None:
        self._sleep = sleep
        self._left = math.inf if patience is None else patience
        self.over = False

    def wait(self, seconds: float) -> None:
        self.over = self.over or seconds > self._left
        waited = min(seconds, self._left)
        if waited:
            self._sleep(waited)
        self._left -= waited


class Verdict:
    """What is left to do with a call that is being carried out."""

    def __init__(self, attempt: Attempt, effect: Effect | None, seconds: float, waiting: _Waiting) -> None:
        self._attempt = attempt
        self._effect = effect
        self._seconds = seconds
        self._waiting = waiting

    def failure(self) -> SimpleDBError | None:
        """The error to answer with although the call was carried out."""
        return self._effect.made_for(self._attempt) if isinstance(self._effect, Fail) else None

    def answer(self, response: Response) -> Response:
        """What the client gets instead of ``response``; waits first if there is a delay after the call."""
        self._waiting.wait(self._seconds)
        if self._waiting.over:
            return dropped(done=True, late=True)
        match self._effect:
            case Drop():
                return dropped(done=True)
            case Truncate(clean=True) as truncate:
                return replace(response, body=truncate.cut(response))
            case Truncate() as truncate:
                body = truncate.cut(response)
                return Truncated(response.status, response.headers, body, len(response.body))
        return response


def _refusal(effect: Effect | None, attempt: Attempt) -> SimpleDBError | DroppedError | None:
    """What to raise instead of carrying out the call, if anything."""
    match effect:
        case Throttle(error=error):
            return Fail(error).made_for(attempt)
        case Fail(after=False) as fail:
            return fail.made_for(attempt)
        case Drop(after=False):
            return DroppedError()
    return None


def _meets(pattern: str, text: str) -> bool:
    return pattern == "*" or wildcard(pattern).fullmatch(text) is not None
