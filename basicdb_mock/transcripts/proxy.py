"""The recording proxy: clients use it like SimpleDB; it forwards to the endpoint with the user's credentials."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING

from basicdb_mock import errors
from basicdb_mock.identity import Identity
from basicdb_mock.transcripts.endpoint import AWS, Sender
from basicdb_mock.transcripts.recorder import SECRETS, Recorder, parameters_of
from basicdb_mock.transcripts.replay import service_url
from basicdb_mock.transcripts.requesting import Key, request_of
from basicdb_mock.transcripts.transcript import DEFAULT_REGION, Call
from basicdb_mock.wire.message import Request, Response
from basicdb_mock.wire.xml import render_error

if TYPE_CHECKING:
    from typing_extensions import Self

_MOST_BYTES = 4 * 1024 * 1024
_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "content-encoding"}


class RecordingProxy:
    """Forwards requests to an endpoint (a URL or ``aws``), one at a time, and records them.

    The client's credentials are dropped unread; the forwarded requests are signed with ``key`` (signature version 2).
    """

    def __init__(
        self, recorder: Recorder, endpoint: str, key: Key, *, region: str = DEFAULT_REGION, host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:  # fmt: skip
        self.recorder = recorder
        self._url = service_url(region) if endpoint == AWS else endpoint.rstrip("/") + "/"
        self._region = region
        self._key = key
        self._sender = Sender()
        self._lock = threading.Lock()
        self._identity = Identity()
        proxy = self

        class Handler(_Handler):
            def answer(self, request: Request) -> Response:
                return proxy.forward(request)

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The proxy's URL, for clients."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def forward(self, request: Request) -> Response:
        """Forward and record a request; returns the endpoint's answer, or an error as SimpleDB's if none came."""
        given = parameters_of(request)
        action = given.pop("Action", None)
        if action is None and request.headers.get("content-type", "").startswith("application/json"):
            refused = errors.INVALID_HTTP_REQUEST(reason="The recorder forwards the Query protocol only")
            return self._refusal(refused)
        call = Call(
            action, {}, request.method, "body" if request.body else "url", given.pop("Version", None), self._region
        )
        kept = {name: value for name, value in given.items() if name not in SECRETS}
        with self._lock:  # one at a time, so that the transcript has the order of events
            asked = request_of(call, kept, self._url, self._key, self._now())
            try:
                response = self._sender.send(asked)
            except OSError:
                return self._refusal(errors.SERVICE_UNAVAILABLE())
            self.recorder.add(asked, response, self._region)
        return response

    def _now(self) -> float:
        from time import time

        return time()

    def _refusal(self, error: errors.SimpleDBError) -> Response:
        return Response(error.status, {}, render_error(error, self._identity.request_id(), None))

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; what was recorded stays."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def answer(self, request: Request) -> Response:
        """The answer to a request; the proxy sets this."""
        raise NotImplementedError

    def _handle(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > _MOST_BYTES or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send_error(413 if length.isdecimal() else 400)
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.answer(Request(self.command, self.path, headers, body))
        self._send(response.status, response.headers, response.body)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = _handle  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Nothing is logged: request lines may hold credentials."""
