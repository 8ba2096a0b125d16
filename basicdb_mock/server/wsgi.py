"""One request of the transport and its response, through WSGI (PEP 3333)."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_to_bytes

from basicdb_mock.server.head import LINE, BadRequestError, Head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*[;\r\n]")


class Connection(Protocol):
    """What an exchange needs of its connection."""

    application: WSGIApplication
    environ: WSGIEnvironment
    """What every request of the connection has in its environment."""
    rfile: io.BufferedIOBase
    wfile: io.BufferedIOBase
    close_connection: bool


class Exchange:
    """One request and its response, through WSGI."""

    def __init__(self, connection: Connection, head: Head) -> None:
        """Raises BadRequestError."""
        self.connection = connection
        self.head = head
        self.body = self._body()
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.started = False
        self.dropped = False

    def _body(self) -> _Body:
        encoding = self.head.headers.get("transfer-encoding")
        length = self.head.headers.get("content-length")
        if encoding is not None:
            if length is not None or encoding.lower() != "chunked":
                raise BadRequestError("Bad Transfer-Encoding")
            return _Body(self.connection, None)
        if length is not None and not (length.isascii() and length.isdecimal() and len(length) < 16):
            raise BadRequestError("Bad Content-Length")
        return _Body(self.connection, int(length or 0))

    def run(self) -> None:
        application = self.connection.application
        chunks = application(self._environ(), self._start_response)
        try:
            self._send(chunks)
        finally:
            close: Callable[[], None] | None = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not self.body.drained():
            self.connection.close_connection = True

    def _environ(self) -> WSGIEnvironment:
        connection, head = self.connection, self.head
        path, _, query = head.target.partition("?")
        if "://" in path[:8]:  # an absolute URI, as proxies send it
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        environ: WSGIEnvironment = {
            **connection.environ,
            "REQUEST_METHOD": head.method,
            "PATH_INFO": _unquoted(path),
            "QUERY_STRING": query,
            "REQUEST_URI": head.target,
            "SERVER_PROTOCOL": head.version,
            "wsgi.input": self.body.stream(),
            "basicdb_mock.drop": self._drop,
        }
        for name, value in head.headers.items():
            if "_" not in name:  # "X_Y" would pose as "X-Y"
                environ[_variable(name)] = value
        return environ

    def _drop(self) -> None:
        """Close the connection without sending anything (more), as a fault demands."""
        self.dropped = True
        self.connection.close_connection = True

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.connection.wfile.write

    def _send(self, chunks: Iterable[bytes]) -> None:
        """Send a chunk, the first one together with the head; chunked encoding if the length is not known."""
        connection = self.connection
        out: list[bytes] = []
        chunked = False
        for chunk in chunks:
            if self.dropped:
                return
            if not self.started:
                head, chunked = self._head()
                out.append(head)
                self.started = True
            if chunk and self.head.method != "HEAD":
                out.append(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            connection.wfile.write(b"".join(out))
            out.clear()
            if len(chunk) > LINE or not isinstance(chunks, list):
                connection.wfile.flush()
        if self.dropped:
            return
        if not self.started:
            head, chunked = self._head()
            out.append(head)
        if chunked and self.head.method != "HEAD":
            out.append(b"0\r\n\r\n")
        connection.wfile.write(b"".join(out))

    def _head(self) -> tuple[bytes, bool]:
        connection = self.connection
        names = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers)]
        if "date" not in names:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        bodiless = self.status[:3] in ("204", "304")
        chunked = not bodiless and "content-length" not in names and self.head.version == "HTTP/1.1"
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif "content-length" not in names and not bodiless:
            connection.close_connection = True
        if connection.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), chunked


@lru_cache(maxsize=128)
def _variable(name: str) -> str:
    """The PEP 3333 variable of a header."""
    variable = name.upper().replace("-", "_")
    return variable if name in ("content-type", "content-length") else f"HTTP_{variable}"


def _unquoted(path: str) -> str:
    if "%" not in path:
        return path
    return unquote_to_bytes(path).decode("latin-1")


class _Errors(io.TextIOBase):
    """``wsgi.errors``: what an application writes there is logged."""

    def write(self, text: str) -> int:
        if text.strip():
            _log.error("%s", text.rstrip())
        return len(text)


def common_environ(name: str, port: int) -> WSGIEnvironment:
    """The part of the WSGI environment that all requests to a server share."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": name,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


class _Body(io.RawIOBase):
    """A request's body: of a known length, or in chunks."""

    def __init__(self, connection: Connection, length: int | None) -> None:
        self._connection = connection
        self._chunked = length is None
        self._left = length or 0
        self._ended = length == 0

    def stream(self) -> io.BufferedIOBase:
        """The body as ``wsgi.input``; a body of known and moderate length is read at once."""
        if self._chunked or self._left > LINE:
            return io.BufferedReader(self)
        body = self._connection.rfile.read(self._left)
        if len(body) < self._left:
            raise ConnectionError("the body was cut off")
        self._left, self._ended = 0, True
        return io.BytesIO(body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return 0
        got = self._connection.rfile.read1(min(self._left, len(buffer)))
        if not got:
            raise ConnectionError("the body was cut off")
        buffer[: len(got)] = got
        self._left -= len(got)
        if not self._left:
            if self._chunked:
                if self._connection.rfile.readline(LINE).strip():
                    raise BadRequestError("Bad chunk")
            else:
                self._ended = True
        return len(got)

    def drained(self) -> bool:
        """Read what little the application left, so that the connection can be kept."""
        if self._ended:
            return True
        buffer = bytearray(LINE)
        try:
            return any(not self.readinto(buffer) for _ in range(16))
        except BadRequestError:
            return False

    def _next_chunk(self) -> None:
        line = self._connection.rfile.readline(LINE)
        size = _CHUNK_SIZE.match(line)
        if size is None or not line.endswith(b"\n"):
            raise BadRequestError("Bad chunk")
        self._left = int(size[1], 16)
        if not self._left:
            self._ended = True
            while self._connection.rfile.readline(LINE).strip():  # trailers
                continue
