"""The HTTP door: WSGI in front of the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from basicdb_mock.engine import Engine
from basicdb_mock.rehearsal.outcome import Dropped, Truncated
from basicdb_mock.wire.message import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTROL_PATH = "/_basicdb"
"""Everything below is Flask's: the control API and the console."""

_REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class EngineDoor:
    """WSGI middleware of the Flask application: SimpleDB's own paths go straight to the engine.

    Flask's routing would cost more than the engine itself; everything below ``/_basicdb`` goes to Flask.
    """

    def __init__(self, engine: Engine, inner: WSGIApplication) -> None:
        self.engine = engine
        self.inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL_PATH) and path[len(CONTROL_PATH) : len(CONTROL_PATH) + 1] in ("", "/"):
            return self.inner(environ, start_response)
        response = self.engine.handle(request_of(environ, self.engine.limits.request_bytes))
        if isinstance(response, (Dropped, Truncated)):
            return _broken(response, environ, start_response)
        return _answer(response, start_response)


class OnDemand:
    """A WSGI application that is created on the first request."""

    def __init__(self, make: Callable[[], WSGIApplication]) -> None:
        self._make = make
        self._made: WSGIApplication | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made(environ, start_response)


def request_of(environ: WSGIEnvironment, most_bytes: int) -> Request:
    """The request of a WSGI environment.  Of a body over ``most_bytes``, one byte more than that is read."""
    headers = {_header(key): value for key, value in environ.items() if key.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    url = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if not url:
        url = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~-._")
        if environ.get("QUERY_STRING"):
            url += "?" + environ["QUERY_STRING"]
    if not url.isascii():  # WSGI decodes bytes as latin-1; the engine rejects what is not UTF-8
        url = url.encode("latin-1").decode("utf-8", "surrogateescape")
    body = b""
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = environ["wsgi.input"].read(min(int(length), most_bytes + 1)) if length.isdecimal() else b""
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(most_bytes + 1)
    return Request(environ["REQUEST_METHOD"], url, headers, body)


@lru_cache(maxsize=128)
def _header(variable: str) -> str:
    """The header that a variable of PEP 3333 stands for."""
    return variable[5:].replace("_", "-").lower()


def _broken(response: Dropped | Truncated, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Close the connection before the answer or in the middle of it; on a WSGI server other than ours, by raising."""
    drop = environ.get("basicdb_mock.drop")
    if isinstance(response, Truncated):
        _answer(response, start_response)
        yield response.body
    elif drop is None:
        start_response(_REASONS[500], [("Content-Length", "1")])
    if drop is None:
        raise ConnectionAbortedError("the connection is dropped by a fault that was added on purpose")
    drop()


def _answer(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    # No Content-Length: SimpleDB answers in chunks (observed), and the transport makes them.
    start_response(_REASONS.get(response.status, f"{response.status} Unknown"), list(response.headers.items()))
    return [response.body]
