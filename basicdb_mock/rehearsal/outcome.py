"""What faults are decided by, and the answers that only faults give.

A door that gets a :class:`Dropped` or a :class:`Truncated` does to its client what a network would do: a server closes
the connection, an in-process door raises what the client's library would raise.  A :class:`TimedOut` reaches only doors
that say how long their client waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from basicdb_mock.wire.message import Response


class Attempt(NamedTuple):
    """A call that is about to be carried out, as far as faults look at it; ``at`` is in epoch seconds."""

    operation: str
    account: str
    region: str
    domain: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Dropped(Response):
    """No answer: the connection is closed.  ``done`` is whether the call was carried out before."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut(Dropped):
    """No answer within the time that the client waits."""


@dataclass(frozen=True, slots=True)
class Unreachable(Dropped):
    """No answer: the host's name cannot be resolved."""


@dataclass(frozen=True, slots=True)
class Truncated(Response):
    """The first part of an answer, then the connection is closed; ``length`` is the length of the whole body."""

    length: int = 0


class DroppedError(Exception):
    """The call must not be carried out and its connection is closed; ``late``: its client no longer waits."""

    def __init__(self, late: bool = False) -> None:
        super().__init__()
        self.late = late


def dropped(done: bool, late: bool = False) -> Dropped:
    """The missing answer.  Its status, 0, only appears in the journal."""
    return (TimedOut if late else Dropped)(0, {}, b"", done)
