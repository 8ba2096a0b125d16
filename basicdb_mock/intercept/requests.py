"""The internals of requests: how a request is sent.  Tested with requests 2.31 to 2.34."""

from __future__ import annotations

import functools
from collections.abc import Callable
from io import BytesIO
from typing import Any

from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.wire.message import Request, Response


def answer_before_send(send: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``HTTPAdapter.send``."""

    @functools.wraps(send)
    def answered(self: Any, request: Any, *arguments: Any, **named: Any) -> Any:
        simpledb = REGISTRY.answering(request.url, request.body)
        if simpledb is None:
            return send(self, request, *arguments, **named)
        timeout = named.get("timeout", arguments[1] if len(arguments) > 1 else None)
        return self.build_response(request, http_response(simpledb.handle(request_of(request, timeout)), request))

    return answered


def request_of(prepared: Any, timeout: Any) -> Request:
    """A prepared request of requests, as a request of ours; ``timeout`` is given as to requests."""
    body = prepared.body
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = body.read() if hasattr(body, "read") else b"".join(body)
    headers = {str(name).lower(): str(value) for name, value in prepared.headers.items()}
    patience = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    return Request(prepared.method, prepared.url, headers, body, patience)


def http_response(response: Response, request: Any) -> Any:
    """A response as urllib3 hands it to requests.  Raises as :func:`raise_if_broken` does."""
    raise_if_broken(response, request)
    from http.client import responses as reasons

    from urllib3 import HTTPResponse

    return HTTPResponse(
        body=BytesIO(response.body), headers=dict(response.headers), status=response.status,
        reason=reasons.get(response.status), preload_content=False)


def raise_if_broken(response: Response, request: Any) -> None:
    """Raise what requests raises if there is no such host, or if a fault delays the answer or drops the connection."""
    if type(response) is Response:
        return
    from requests import exceptions

    from basicdb_mock.rehearsal.outcome import Dropped, TimedOut, Unreachable

    if isinstance(response, TimedOut):
        raise exceptions.ReadTimeout(f"no answer from {request.url} within the timeout", request=request)
    if isinstance(response, Unreachable):
        raise exceptions.ConnectionError(f"cannot resolve the host name in {request.url}", request=request)
    if isinstance(response, Dropped):
        raise exceptions.ConnectionError("the connection ended without an answer", request=request)
    raise exceptions.ChunkedEncodingError("the connection ended in the middle of the answer", request=request)
