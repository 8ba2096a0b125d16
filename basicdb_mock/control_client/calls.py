"""The calls of a server's journal, as the control API tells them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call of the server's journal; see :class:`basicdb_mock.journal.Call`."""

    number: int
    at: float
    seconds: float
    account: str
    region: str
    operation: str
    domain: str | None
    parameters: Mapping[str, str]
    status: int
    code: str | None
    message: str | None
    box_usage: float | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bytes of a call."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes


def exchange_of(call: Mapping[str, Any]) -> Exchange:
    """The bytes of a call that is told whole."""
    asked, answered = call["request"], call["response"]
    return Exchange(
        asked["method"], asked["url"], asked["headers"], b64decode(asked["body_base64"]),
        answered["status"], answered["headers"], b64decode(answered["body_base64"]),
    )  # fmt: skip
