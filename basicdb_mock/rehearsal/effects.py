"""What a fault does to a call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from basicdb_mock import errors
from basicdb_mock.errors import Error, SimpleDBError
from basicdb_mock.model import Tenant
from basicdb_mock.rehearsal.outcome import Attempt
from basicdb_mock.rehearsal.spread import Spread
from basicdb_mock.wire.message import Response


@dataclass(frozen=True, slots=True)
class Fail:
    """Answer with ``error``, one of the catalogue, instead of carrying out the call; with ``after``, after it.

    ``slots`` fill the placeholders of the error's text.  ``domain``, ``action`` and the like default to those of the
    call; all others to nothing.
    """

    error: Error
    slots: Mapping[str, object] = field(default_factory=dict)
    after: bool = False

    def made_for(self, attempt: Attempt) -> SimpleDBError:
        """The error to answer this call with."""
        arn = Tenant(attempt.account, attempt.region).domain_arn(attempt.domain)
        known = {"action": attempt.operation, "domain": attempt.domain or "", "resource": arn, "arn": arn}
        return self.error(**_Filled({**known, "box_usage": "0.0000137200", **self.slots}).slots(self.error))


@dataclass(frozen=True, slots=True)
class Throttle:
    """Let ``rate`` calls per second through to each domain and answer the others with ``error``.

    A domain that was idle accepts ``burst`` calls at once (``None``: as many as in a second, at least one).
    """

    rate: float
    burst: float | None = None
    error: Error = errors.SERVICE_BUSY

    def __post_init__(self) -> None:
        if not isinstance(self.rate, (int, float)):
            raise ValueError(f"a throttle takes a number of calls per second, not {self.rate!r}")
        if not 0 < self.rate < math.inf or (self.burst is not None and not 1 <= self.burst < math.inf):
            raise ValueError("a throttle takes a rate above 0, and a burst of at least 1")

    @property
    def capacity(self) -> float:
        """How many calls an idle domain accepts at once."""
        return max(1.0, self.rate) if self.burst is None else self.burst


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection without an answer; with ``after``, after the call has been carried out."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """Send only the first part of the body, the fraction ``keep``, then close the connection.

    With ``clean`` the connection ends as if the body were complete, so that only a client that parses it notices.
    """

    keep: float = 0.5
    clean: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.keep < 1:
            raise ValueError("truncate takes the fraction to keep, at least 0 and below 1")

    def cut(self, response: Response) -> bytes:
        """The part of the body that is sent."""
        return response.body[: int(len(response.body) * self.keep)]


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait for ``seconds`` before the call is carried out; with ``after``, after it and before the answer."""

    seconds: Spread
    after: bool = False


Effect: TypeAlias = "Fail | Throttle | Drop | Truncate | Delay"
"""What a fault does."""


class _Filled(dict[str, object]):
    """Values for the placeholders of a text, empty for those that are missing."""

    def slots(self, error: Error) -> dict[str, object]:
        error.template.format_map(self)  # looks up every placeholder, which adds the missing ones
        return dict(self)

    def __missing__(self, name: str) -> str:
        self[name] = ""
        return ""
