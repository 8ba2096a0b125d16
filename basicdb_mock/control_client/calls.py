"""The calls of a server's journal, as the control API returns them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call in the server's journal.

    ``number`` counts the server's calls from 1.  ``at`` is when the call was made, in epoch seconds of the server's
    clock; ``seconds`` is how long it took.  ``account`` and ``region`` are whose data it used.  ``operation`` is its
    action, empty if the request named none; ``domain`` is its domain, also of a Select, or ``None``.  ``parameters``
    are the operation's parameters, without credentials and signature.  ``status`` is the HTTP status of the answer (0
    if the connection was dropped); ``code`` and ``message`` are those of the error, ``None`` for a success;
    ``box_usage`` is the BoxUsage that was charged, in hours, or ``None``.
    """

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
    """The HTTP request and response of a call, byte for byte.

    ``method``, ``url``, ``request_headers`` and ``request_body`` are the request, ``status`` (0 if the connection was
    dropped), ``response_headers`` and ``response_body`` the response.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes


def exchange_of(call: Mapping[str, Any]) -> Exchange:
    """The request and response of a call that the server returned in full."""
    asked, answered = call["request"], call["response"]
    return Exchange(
        asked["method"], asked["url"], asked["headers"], b64decode(asked["body_base64"]),
        answered["status"], answered["headers"], b64decode(answered["body_base64"]),
    )  # fmt: skip
