"""Requests to the control API over HTTP, using only the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLError
from typing import Any
from urllib.parse import urlencode, urlsplit


class ControlError(Exception):
    """The server rejected a request: ``status`` is the HTTP status, ``code`` and ``message`` describe the error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class Connection:
    """Sends requests to the control API of the server at ``url``, each over a new connection.

    Raises :class:`ValueError` if ``url`` is not an HTTP URL.
    """

    def __init__(self, url: str, token: str | None, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"a server is reached at http://HOST:PORT, not {url!r}")
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout

    def ask(
        self, method: str, path: str, body: object = None, kind: str = "application/json", **query: object
    ) -> dict[str, Any]:
        """Return the JSON of the answer.  ``body`` is bytes of media type ``kind``, or a value to send as JSON."""
        octets = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        with self._opened(method, path, octets, kind, query) as response:
            answer: dict[str, Any] = _check(response)
        return answer

    def text(self, path: str, **query: object) -> str:
        """Return the text of the answer."""
        with self._opened("GET", path, None, None, query) as response:
            if response.status >= 400:
                _check(response)
            return response.read().decode()

    def events(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield the JSON of each event of a stream as it arrives."""
        with self._opened("GET", path, None, None, query) as response:
            if response.headers.get_content_type() != "text/event-stream":
                _check(response)
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    @contextmanager
    def _opened(
        self, method: str, path: str, body: bytes | None, kind: str | None, query: Mapping[str, object]
    ) -> Iterator[HTTPResponse]:
        given = {name: value for name, value in query.items() if value is not None}
        parts = urlsplit(self.url)
        target = f"{parts.path}/_basicdb{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers = {"Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None and kind is not None:
            headers["Content-Type"] = kind
        kind_of_connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind_of_connection(parts.hostname or "", parts.port, timeout=self._timeout)
        try:
            connection.request(method, target, body, headers)
            yield connection.getresponse()
        except HTTPException as problem:
            raise OSError(f"{self.url}: {problem!r}") from problem
        except SSLError as problem:
            raise OSError(f"{self.url}: {problem}") from problem
        except TimeoutError as problem:
            raise TimeoutError(f"{self.url}: {problem}") from problem
        except OSError as problem:
            problem.filename = self.url  # so that the error names the server
            raise
        finally:
            connection.close()


def _check(response: HTTPResponse) -> Any:
    """The JSON of a successful answer; raises :class:`ControlError` for any other."""
    try:
        answer = json.loads(response.read())
        error = answer["error"] if response.status >= 400 else None
    except (ValueError, KeyError, TypeError):
        raise ControlError(response.status, "NoAnswer", "this URL is not that of a basicdb-mock server") from None
    if error is not None:
        raise ControlError(response.status, error["code"], error["message"])
    return answer
