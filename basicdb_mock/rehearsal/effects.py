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
    """Answer with an error of the catalogue; with ``after``, when the call has been done.

    ``slots`` fill the placeholders of the error's text; the call's own fill ``domain``, ``action`` and their like, and
    what nobody fills is empty.
    """

    error: Error
    slots: Mapping[str, object] = field(default_factory=dict)
    after: bool = False

    def made_for(self, attempt: Attempt) -> SimpleDBError:
        arn = Tenant(attempt.account, attempt.region).domain_arn(attempt.domain)
        known = {"action": attempt.operation, "domain": attempt.domain or "", "resource": arn, "arn": arn}
        return self.error(**_Filled({**known, "box_usage": "0.0000137200", **self.slots}).slots(self.error))


@dataclass(frozen=True, slots=True)
class Throttle:
    """Let ``rate`` calls a second through to each domain and answer the rest with ``error``.

    A domain that was quiet may take ``burst`` calls at once (``None``: a second's worth, at least one).
    """

    rate: float
    burst: float | None = None
    error: Error = errors.SERVICE_BUSY

    def __post_init__(self) -> None:
        if not isinstance(self.rate, (int, float)):
            raise ValueError(f"a throttle takes a number of calls a second, not {self.rate!r}")
        if not 0 < self.rate < math.inf or (self.burst is not None and not 1 <= self.burst < math.inf):
            raise ValueError("a throttle takes a rate above 0, and a burst of at least 1")

    @property
    def capacity(self) -> float:
        return max(1.0, self.rate) if self.burst is None else self.burst


@dataclass(frozen=True, slots=True)
class Drop:
    """End the connection without an answer; with ``after``, when the call has been done."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """Send no more than the first ``keep`` (a fraction) of the body, then end the connection.

    With ``clean`` the connection ends as if the body were whole, and only its reader can tell.
    """

    keep: float = 0.5
    clean: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.keep < 1:
            raise ValueError("a truncation keeps a fraction from 0 to below 1")

    def cut(self, response: Response) -> bytes:
        return response.body[: int(len(response.body) * self.keep)]


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait before the call is done; with ``after``, before its answer is given."""

    seconds: Spread
    after: bool = False


Effect: TypeAlias = "Fail | Throttle | Drop | Truncate | Delay"


class _Filled(dict[str, object]):
    """Values for the placeholders of a text: those there are, and nothing for the others."""

    def slots(self, error: Error) -> dict[str, object]:
        error.template.format_map(self)  # asks for every placeholder, and so makes the missing ones
        return dict(self)

    def __missing__(self, name: str) -> str:
        self[name] = ""
        return ""
