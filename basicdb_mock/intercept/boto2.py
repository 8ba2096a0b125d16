"""The internals of boto 2: where it gets its connections.  Tested with boto 2.49, the last release."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from http.client import responses as reasons
from io import BytesIO
from socket import EAI_NONAME, gaierror
from typing import Any

from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.rehearsal.outcome import TimedOut, Unreachable
from basicdb_mock.wire.message import Request, Response


def connect_to_active(take: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``AWSAuthConnection.get_http_connection`` and ``.new_http_connection``."""

    @functools.wraps(take)
    def taken(self: Any, host: str | None, port: int | None, is_secure: bool) -> Any:
        name = host or self.server_name()
        if REGISTRY.answering(f"https://{name}/") is None:
            return take(self, host, port, is_secure)
        return _Connection(name, self.http_connection_kwargs.get("timeout"))

    return taken


class _Connection:
    """The part of a connection that boto uses, for one request."""

    def __init__(self, host: str, timeout: float | None) -> None:
        self._host = host
        self._timeout = timeout
        self._response: Response | None = None

    def request(self, method: str, path: str, body: bytes | str | None, headers: Mapping[str, str]) -> None:
        url = f"https://{self._host}{path}"
        lowered = {name.lower(): str(value) for name, value in headers.items()}
        sent = body.encode() if isinstance(body, str) else body or b""
        simpledb = REGISTRY.answering(url)
        request = Request(method, url, lowered, sent, self._timeout)
        self._response = None if simpledb is None else simpledb.handle(request)

    def getresponse(self) -> Any:
        from boto.connection import HTTPResponse

        response = self._response
        if isinstance(response, TimedOut):
            raise TimeoutError("timed out")
        if isinstance(response, Unreachable):
            raise gaierror(EAI_NONAME, "Name or service not known")
        if type(response) is not Response:  # a rehearsal ends the connection, or the mock was left meanwhile
            raise RemoteDisconnected("the connection ended without an answer")
        lines = [
            f"HTTP/1.1 {response.status} {reasons.get(response.status, 'Unknown')}",
            *(f"{name}: {value}" for name, value in response.headers.items()),
            f"Content-Length: {len(response.body)}",
            "Connection: close",  # else boto would keep this beyond the mock
        ]
        answer = HTTPResponse(_Socket("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + response.body))
        answer.begin()
        return answer

    def close(self) -> None:
        """There is nothing to close."""


class _Socket:
    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, *_: Any, **__: Any) -> BytesIO:
        return BytesIO(self._received)
