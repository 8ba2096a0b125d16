"""What a rehearsal looks at, and the answers that only a rehearsal gives.

A door that gives out a :class:`Dropped` or a :class:`Truncated` does to its client what a network would: a server
closes the connection, an in-process door raises what the client's library raises then.  A :class:`TimedOut` only doors
see whose requests have patience.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from basicdb_mock.wire.message import Response


class Attempt(NamedTuple):
    """A call about to be done, as far as the rules of a rehearsal ask; ``at`` is epoch seconds."""

    operation: str
    account: str
    region: str
    domain: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Dropped(Response):
    """No answer: the connection ends.  ``done`` tells whether the call was carried out before."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut(Dropped):
    """No answer for as long as the client waits."""


@dataclass(frozen=True, slots=True)
class Unreachable(Dropped):
    """No answer: there is no host of that name."""


@dataclass(frozen=True, slots=True)
class Truncated(Response):
    """The beginning of an answer, then the connection ends; ``length`` is what the whole would have had."""

    length: int = 0


class DroppedError(Exception):
    """A call is not to be done, and its connection ends; ``late`` tells that its client waits no longer."""

    def __init__(self, late: bool = False) -> None:
        super().__init__()
        self.late = late


def dropped(done: bool, late: bool = False) -> Dropped:
    """The answer that is none; its status, 0, goes to nobody but the journal."""
    return (TimedOut if late else Dropped)(0, {}, b"", done)
