"""The transport: a small threaded HTTP/1.1 server for WSGI applications, fit to be left running.

Chosen by measurement (docs/performance.md): one thread per connection, with each response in one send, is more than 8
times as fast as Flask's development server and needs no dependency.  The number of connections is bounded, and so is
the time a request may take to arrive, so that slow clients occupy only their own threads.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from time import monotonic
from typing import TYPE_CHECKING, Any

from basicdb_mock import errors
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.identity import Identity
from basicdb_mock.server.head import LINE, BadRequestError, read_head
from basicdb_mock.server.wsgi import Exchange, common_environ
from basicdb_mock.wire.xml import render_error

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger(__name__)


class TransportServer(ThreadingMixIn, TCPServer):
    """Serves a WSGI application on a new socket; ``port`` 0 chooses a free port.

    ``most_connections`` bounds the threads.  When all are in use, a new connection replaces the one that has been idle
    longest; if none becomes idle within ``patience`` seconds, it is answered 503 and closed.  ``idle_seconds`` is how
    long a kept-alive connection may be idle, ``request_seconds`` how long a request may take to arrive, from its first
    byte to its last.
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
        super().__init__((host, port), Handler)
        self.environ = common_environ(str(self.server_address[0]), self.port)

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
        _log.debug("a connection over the limit was closed by its client")


class _Incoming(io.RawIOBase):
    """The bytes that arrive on a connection, up to a deadline that each request moves."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._patience = 0.0
        self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        if not left <= self._patience <= left * 1.1:  # setting the timeout costs a system call
            self._patience = left * 1.05
            self._connection.settimeout(self._patience)
        return self._connection.recv_into(buffer)


class Handler(StreamRequestHandler):
    """One connection."""

    server: TransportServer
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one send

    def setup(self) -> None:
        super().setup()
        self._incoming = _Incoming(self.connection)
        self.rfile = io.BufferedReader(self._incoming, LINE)
        self.close_connection = False
        self.application = self.server.application
        self.environ = {**self.server.environ, "REMOTE_ADDR": str(self.client_address[0])}

    def handle(self) -> None:
        while not self.close_connection:
            self._incoming.until = monotonic() + self.server.idle_seconds
            try:
                first = self.rfile.readline(LINE + 1)
            except TimeoutError:
                return
            if not first.strip():
                return
            self._incoming.until = monotonic() + self.server.request_seconds
            self.server.busy(self.connection)
            try:
                self._answer(first)
                self.wfile.flush()
            finally:
                self.server.idle(self.connection)

    def _answer(self, first: bytes) -> None:
        if len(first) > LINE:
            self._refuse(errors.URI_TOO_LONG(limit=LINE))
            return
        try:
            head = read_head(first, self.rfile)
            self.close_connection = not head.kept
            exchange = Exchange(self, head)
            if head.version == "HTTP/1.1" and head.expects_continue:
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.wfile.flush()
            exchange.run()
        except BadRequestError as problem:
            self._refuse(errors.INVALID_HTTP_REQUEST(reason=str(problem)))

    def _refuse(self, error: SimpleDBError) -> None:
        """Answer bytes that are not an HTTP request with SimpleDB's own error."""
        body = render_error(error, Identity().request_id(), None)
        self.wfile.write(
            b"HTTP/1.1 400 Bad Request\r\nServer: Amazon SimpleDB\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
        self.close_connection = True
