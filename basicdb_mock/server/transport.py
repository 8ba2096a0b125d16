"""The transport: a small threaded HTTP/1.1 server for WSGI applications, fit to be left running.

Chosen by measurement (docs/performance.md): the standard library's HTTP parser with a thread a connection, each
response in one send, is 6 to 8 times as fast as Flask's development server and needs no dependency.  Connections are
bounded in number, and each in the time it may take to send a request, so slow clients hold only their own threads.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from time import monotonic
from typing import TYPE_CHECKING, Any

from basicdb_mock import errors
from basicdb_mock.identity import Identity
from basicdb_mock.wire.xml import render_error

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

_LINE = 65_536


class TransportServer(ThreadingMixIn, TCPServer):
    """Serves a WSGI application on a socket of its own; ``port`` 0 takes a free one.

    ``most_connections`` bounds threads.  When they are all taken a new connection takes the place of the one that has
    been idle longest; when none becomes idle within ``patience`` seconds it is answered 503 and closed.
    ``idle_seconds`` is how long a kept connection may say nothing, ``request_seconds`` how long a request may take to
    arrive, from its first byte to its last.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(
        self,
        application: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        most_connections: int = 512,
        idle_seconds: float = 75.0,
        request_seconds: float = 30.0,
        patience: float = 1.0,
    ) -> None:
        self.application = application
        self.idle_seconds = idle_seconds
        self.request_seconds = request_seconds
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._most = most_connections
        self._patience = patience
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._idle: dict[socket.socket, None] = {}  # longest idle first
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            accepted = self._make_room()
            if accepted:
                self._open.add(request)
                self._idle[request] = None
        if accepted:
            super().process_request(request, client_address)
        else:
            _refuse(request)
            self.shutdown_request(request)

    def _make_room(self) -> bool:
        """Whether there is room for one more connection, after letting go of the one that was idle longest."""
        until = monotonic() + self._patience
        while len(self._open) >= self._most:
            left = until - monotonic()
            if left <= 0:
                return False
            if self._idle:
                longest = next(iter(self._idle))
                del self._idle[longest]
                _hang_up(longest)
            self._changed.wait(left)
        return True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._idle.pop(request, None)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("connection of %s ended", client_address, exc_info=True)

    def busy(self, connection: socket.socket) -> None:
        """A request begins on a connection."""
        with self._changed:
            self._idle.pop(connection, None)

    def idle(self, connection: socket.socket) -> None:
        """A request has been answered on a connection."""
        with self._changed:
            self._idle[connection] = None
            self._changed.notify_all()

    def wait_idle(self, number: int, seconds: float) -> bool:
        """Whether ``number`` connections are idle, at the latest after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._idle) == number, seconds)

    def stop(self, grace: float = 5.0) -> None:
        """Accept nothing more, let requests under way end for up to ``grace`` seconds, close every connection."""
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._idle:
                _hang_up(connection)
            self._changed.wait_for(lambda: not self._open or len(self._idle) == len(self._open), grace)
            for connection in self._open:
                _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        _log.debug("a connection was closed already")


def _refuse(connection: socket.socket) -> None:
    try:
        connection.settimeout(1.0)
        connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    except OSError:
        _log.debug("a connection beyond the bound went away by itself")


class _BadRequestError(Exception):
    """The bytes are no HTTP request we could answer."""


class _Incoming(io.RawIOBase):
    """The bytes of a connection, until a moment that is moved as the conversation goes on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: TransportServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one send

    def setup(self) -> None:
        super().setup()
        self._incoming = _Incoming(self.connection)
        self.rfile = io.BufferedReader(self._incoming, _LINE)

    def handle_one_request(self) -> None:
        self._incoming.until = monotonic() + self.server.idle_seconds
        try:
            self.raw_requestline = self.rfile.readline(_LINE + 1)
        except TimeoutError:
            self.raw_requestline = b""
        if not self.raw_requestline:
            self.close_connection = True
            return
        self._incoming.until = monotonic() + self.server.request_seconds
        self.server.busy(self.connection)
        try:
            self._handle_request()
            self.wfile.flush()
        finally:
            self.server.idle(self.connection)

    def _handle_request(self) -> None:
        if len(self.raw_requestline) > _LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
        elif self.parse_request():  # else it has answered
            try:
                _Exchange(self).run()
                return
            except _BadRequestError as problem:
                self.send_error(400, str(problem))
        self.close_connection = True

    def handle_expect_100(self) -> bool:
        handled = super().handle_expect_100()
        self.wfile.flush()
        return handled

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer bytes that are no HTTP request with SimpleDB's own error."""
        if code == 414:
            error = errors.URI_TOO_LONG(limit=_LINE)
        else:
            error = errors.INVALID_HTTP_REQUEST(reason=message or HTTPStatus(code).phrase)
        body = render_error(error, Identity().request_id(), None)
        self.wfile.write(
            b"HTTP/1.1 400 Bad Request\r\nServer: Amazon SimpleDB\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )

    def log_message(self, form: str, *arguments: Any) -> None:
        _log.debug(form, *arguments)


class _Exchange:
    """One request and its response, through WSGI."""

    def __init__(self, handler: _Handler) -> None:
        self.handler = handler
        self.body = self._body()
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.started = False
        self.dropped = False

    def _body(self) -> _Body:
        headers = self.handler.headers
        encoding = headers.get("Transfer-Encoding")
        length = headers.get("Content-Length")
        if encoding is not None:
            if encoding.lower() != "chunked" or length is not None:
                raise _BadRequestError("Bad Transfer-Encoding")
            return _Body(self.handler, None)
        if length is not None and not (length.isascii() and length.isdecimal() and len(length) < 16):
            raise _BadRequestError("Bad Content-Length")
        return _Body(self.handler, int(length or 0))

    def run(self) -> None:
        application = self.handler.server.application
        chunks = application(self._environ(), self._start_response)
        try:
            self._send(chunks)
        finally:
            close: Callable[[], None] | None = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not self.body.drained():
            self.handler.close_connection = True

    def _environ(self) -> WSGIEnvironment:
        handler = self.handler
        path, _, query = handler.path.partition("?")
        if "://" in path[:8]:  # an absolute URI, as proxies send it
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": handler.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": _unquoted(path),
            "QUERY_STRING": query,
            "REQUEST_URI": handler.path,
            "SERVER_NAME": str(handler.server.server_address[0]),
            "SERVER_PORT": str(handler.server.port),
            "SERVER_PROTOCOL": handler.request_version,
            "REMOTE_ADDR": str(handler.client_address[0]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BufferedReader(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": _Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "basicdb_mock.drop": self._drop,
        }
        for name, value in handler.headers.items():
            key = name.upper().replace("-", "_")
            if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                environ[key] = value
            elif "_" not in name:  # "X_Y" would pose as "X-Y"
                http = f"HTTP_{key}"
                environ[http] = f"{environ[http]},{value}" if http in environ else value
        return environ

    def _drop(self) -> None:
        """Close the connection with nothing (more) said: for faults that a test rehearses."""
        self.dropped = True
        self.handler.close_connection = True

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.handler.wfile.write

    def _send(self, chunks: Iterable[bytes]) -> None:
        """Head and first chunk leave in one send; a length that was not told is told in chunks."""
        handler = self.handler
        out: list[bytes] = []
        chunked = False
        for chunk in chunks:
            if self.dropped:
                return
            if not self.started:
                head, chunked = self._head()
                out.append(head)
                self.started = True
            if chunk and handler.command != "HEAD":
                out.append(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            handler.wfile.write(b"".join(out))
            out.clear()
            if len(chunk) > _LINE or not isinstance(chunks, list):
                handler.wfile.flush()
        if self.dropped:
            return
        if not self.started:
            head, chunked = self._head()
            out.append(head)
        if chunked and handler.command != "HEAD":
            out.append(b"0\r\n\r\n")
        handler.wfile.write(b"".join(out))

    def _head(self) -> tuple[bytes, bool]:
        handler = self.handler
        names = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers)]
        if "date" not in names:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        bodiless = self.status[:3] in ("204", "304")
        chunked = not bodiless and "content-length" not in names and handler.request_version == "HTTP/1.1"
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif "content-length" not in names and not bodiless:
            handler.close_connection = True
        if handler.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), chunked


def _unquoted(path: str) -> str:
    if "%" not in path:
        return path
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")


class _Errors(io.TextIOBase):
    """``wsgi.errors``: what an application writes there goes to the log."""

    def write(self, text: str) -> int:
        if text.strip():
            _log.error("%s", text.rstrip())
        return len(text)


class _Body(io.RawIOBase):
    """A request's body: of a known length, or in chunks."""

    def __init__(self, handler: _Handler, length: int | None) -> None:
        self._handler = handler
        self._chunked = length is None
        self._left = length or 0
        self._ended = length == 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return 0
        got = self._handler.rfile.read1(min(self._left, len(buffer)))
        if not got:
            raise ConnectionError("the body was cut off")
        buffer[: len(got)] = got
        self._left -= len(got)
        if not self._left:
            if self._chunked:
                self._handler.rfile.readline(_LINE)
            else:
                self._ended = True
        return len(got)

    def drained(self) -> bool:
        """Read what little the application left, so that the connection can be kept."""
        buffer = bytearray(_LINE)
        return any(not self.readinto(buffer) for _ in range(16))

    def _next_chunk(self) -> None:
        line = self._handler.rfile.readline(_LINE).partition(b";")[0].strip()
        try:
            self._left = int(line, 16)
        except ValueError:
            raise ConnectionError("bad chunk") from None
        if not self._left:
            self._ended = True
            while self._handler.rfile.readline(_LINE).strip():  # trailers
                continue
