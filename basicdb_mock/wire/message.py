"""The small values that enter and leave by every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, however it came.

    ``url`` is absolute or begins with the path; ``headers`` is looked up with lower-case names; ``body`` is bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response: status, headers as they go out, and the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
