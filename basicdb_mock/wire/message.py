"""HTTP requests and responses, the values that every door passes in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, from whichever door.

    ``url`` is absolute or starts with the path.  ``headers`` has lower-case names.  ``patience`` is the client's read
    timeout in seconds if the door knows it and has to enforce it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes
