"""The small values that enter and leave by every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, however it came.

    ``url`` is absolute or begins with the path; ``headers`` is looked up with lower-case names; ``body`` is bytes;
    ``patience`` is how many seconds its client waits for an answer, where the door knows and must end the waiting.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response: status, headers as they go out, and the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
