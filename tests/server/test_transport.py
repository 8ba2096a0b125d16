"""The transport as a client's socket sees it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.server.app import create_app
from basicdb_mock.server.transport import TransportServer

PING = b"GET /?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=k HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
FORM = b"Action=CreateDomain&Version=2009-04-15&AWSAccessKeyId=k&DomainName=abc"


@contextmanager
def serving(application: Any = None, **settings: Any) -> Iterator[TransportServer]:
    server = TransportServer(application or create_app(Engine()), **settings)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.stop(grace=1.0)
        thread.join()


class Wire:
    """A connection that speaks bytes."""

    def __init__(self, server: TransportServer) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.reader = self.socket.makefile("rb")

    def say(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def hear(self) -> tuple[bytes, dict[bytes, bytes], bytes]:
        """Status line, headers and body of one response."""
        status = self.reader.readline().rstrip()
        headers: dict[bytes, bytes] = {}
        while line := self.reader.readline().rstrip():
            name, _, value = line.partition(b": ")
            headers[name.lower()] = value
        if headers.get(b"transfer-encoding") == b"chunked":
            body = b""
            while size := int(self.reader.readline(), 16):
                body += self.reader.read(size)
                self.reader.readline()
            self.reader.readline()
        else:
            body = self.reader.read(int(headers.get(b"content-length", b"0")))
        return status, headers, body

    def closed(self) -> bool:
        try:
            return self.reader.read(1) == b""
        except ConnectionResetError:
            return True


class Held:
    """An application that answers ``ok`` when it is let."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.entered.set()
        assert self.leave.wait(30)
        return answer_ok(environ, start_response)


def answer_ok(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


Connect: TypeAlias = Callable[[TransportServer], Wire]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connections that are closed when the test is over."""
    with ExitStack() as stack:

        def connect(server: TransportServer) -> Wire:
            wire = Wire(server)
            stack.callback(wire.socket.close)
            stack.callback(wire.reader.close)
            return wire

        yield connect


@pytest.fixture
def server() -> Iterator[TransportServer]:
    with serving() as running:
        yield running


@pytest.fixture
def wire(connect: Connect, server: TransportServer) -> Wire:
    return connect(server)


def test_a_connection_is_kept_and_requests_may_be_pipelined(wire: Wire) -> None:
    wire.say(PING + PING)
    wire.say(PING)
    for _ in range(3):
        status, headers, body = wire.hear()
        assert status == b"HTTP/1.1 200 OK"
        assert headers[b"transfer-encoding"] == b"chunked"
        assert headers[b"content-type"] == b"text/xml"
        assert headers[b"server"] == b"Amazon SimpleDB"
        assert b"date" in headers
        assert body.startswith(b'<?xml version="1.0"?>\n<ListDomainsResponse')


def test_a_connection_is_closed_when_the_client_wants_it(wire: Wire) -> None:
    wire.say(PING.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    status, headers, _ = wire.hear()
    assert (status, headers[b"connection"]) == (b"HTTP/1.1 200 OK", b"close")
    assert wire.closed()


def test_http_1_0_gets_no_chunks(wire: Wire) -> None:
    wire.say(PING.replace(b"HTTP/1.1", b"HTTP/1.0"))
    answer = wire.reader.read()
    assert b"Transfer-Encoding" not in answer
    assert answer.endswith(b"</ListDomainsResponse>")


def test_a_body_may_come_in_chunks(wire: Wire) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    middle = len(FORM) // 2
    for part in (FORM[:middle], FORM[middle:]):
        head += b"%x;note=1\r\n%b\r\n" % (len(part), part)
    wire.say(head + b"0\r\nTrailer: x\r\n\r\n" + PING)
    assert b"<CreateDomainResponse" in wire.hear()[2]
    assert b"<DomainName>abc</DomainName>" in wire.hear()[2]


def test_a_client_may_ask_before_it_sends_the_body(wire: Wire) -> None:
    wire.say(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(FORM))
    assert wire.reader.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.reader.readline() == b"\r\n"
    wire.say(FORM)
    assert b"<CreateDomainResponse" in wire.hear()[2]


def test_an_absolute_uri_is_the_same_place(wire: Wire) -> None:
    wire.say(PING.replace(b"GET /", b"GET http://sdb.amazonaws.com/"))
    assert b"<ListDomainsResponse" in wire.hear()[2]


def test_head_has_no_body(wire: Wire) -> None:
    wire.say(PING.replace(b"GET", b"HEAD") + PING)
    assert wire.reader.readline() == b"HTTP/1.1 400 Bad Request\r\n"
    while wire.reader.readline() != b"\r\n":
        continue
    assert wire.hear()[0] == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"garbage\r\n\r\n", b"Bad request syntax ('garbage')"),
        (b"GET / HTTP/9.9\r\n\r\n", b"Invalid HTTP version (9.9)"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"Bad Content-Length"),
        (b"POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n", b"Bad Content-Length"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"Bad Transfer-Encoding"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", b"Bad Transfer-Encoding"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", b"Bad Content-Length"),
        (b"POST / HTTP/1.1\r\nnonsense\r\nContent-Length: 3\r\n\r\nabc", b"Bad header"),
        (b"POST / HTTP/1.1\r\nContent-Length : 3\r\n\r\nabc", b"Bad header"),
        (b"GET / HTTP/1.1\r\nX: one\r\n two\r\n\r\n", b"Bad header"),
        (b"GET / HTTP/1.1\r\n: 1\r\n\r\n", b"Bad header"),
        (b"GET / HTTP/one\r\n\r\n", b"Bad request version ('HTTP/one')"),
        (b"GET /\r\n\r\n", b"Bad request syntax ('GET /')"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"y" * 7000) for n in range(10)) + b"\r\n",
         b"Too long headers"),
        (CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n", b"Bad chunk"),
        (CHUNKED + b"0x5\r\nabcde\r\n0\r\n\r\n", b"Bad chunk"),
        (CHUNKED + b"five\r\nabcde\r\n0\r\n\r\n", b"Bad chunk"),
        (CHUNKED + b"5\r\nabcdefgh\r\n0\r\n\r\n", b"Bad chunk"),
        (CHUNKED + b"5" + b" " * 70_000 + b"\r\nabcde\r\n0\r\n\r\n", b"Bad chunk"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", b"Too many headers"),
    ],
)
def test_bytes_that_are_no_request_get_simpledbs_error(wire: Wire, octets: bytes, reason: bytes) -> None:
    wire.say(octets)
    status, headers, body = wire.hear()
    assert status == b"HTTP/1.1 400 Bad Request"
    assert headers[b"server"] == b"Amazon SimpleDB"
    assert b"<Code>InvalidHttpRequest</Code><Message>The HTTP request is invalid. Reason: " + reason in body
    assert wire.closed()


def test_a_length_may_be_told_twice_and_with_blanks(wire: Wire) -> None:
    length = b"Content-Length: %d \r\n" % len(FORM)
    wire.say(b"POST / HTTP/1.1\r\n" + length * 2 + b"\r\n" + FORM)
    assert b"<CreateDomainResponse" in wire.hear()[2]


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("é".encode(), "The action é is not valid for this web service."),
        (b"\xe9", "The HTTP request is invalid. Reason: The URI is not valid UTF-8."),
    ],
)
def test_octets_that_a_url_should_have_quoted_are_utf_8(wire: Wire, octets: bytes, message: str) -> None:
    wire.say(PING.replace(b"ListDomains", octets))
    status, _, body = wire.hear()
    assert status == b"HTTP/1.1 400 Bad Request"
    assert f"<Message>{message}</Message>" in body.decode()


def test_an_endless_request_line_is_too_long(wire: Wire) -> None:
    wire.say(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")
    assert b"<Code>URITooLong</Code>" in wire.hear()[2]


@pytest.mark.parametrize(
    "sent", [b"GET / HT", b"GET / HTTP/1.1\r\nHost", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_a_client_that_is_too_slow_is_let_go(connect: Connect, sent: bytes) -> None:
    with serving(request_seconds=0.05, idle_seconds=1.0) as server:
        slow = connect(server)
        slow.say(sent)
        assert slow.closed()
        other = connect(server)
        other.say(PING)
        assert other.hear()[0] == b"HTTP/1.1 200 OK"


def test_a_client_that_says_nothing_is_let_go(connect: Connect) -> None:
    with serving(idle_seconds=0.05) as server:
        assert connect(server).closed()


def test_a_new_connection_takes_the_place_of_the_longest_idle(connect: Connect) -> None:
    with serving(most_connections=2, patience=30.0) as server:
        wires = []
        for number in (1, 2):
            wires.append(connect(server))
            wires[-1].say(PING)
            assert wires[-1].hear()[0] == b"HTTP/1.1 200 OK"
            assert server.wait_idle(number, 30)
        oldest, other = wires
        newest = connect(server)
        newest.say(PING)
        assert newest.hear()[0] == b"HTTP/1.1 200 OK"
        assert oldest.closed()
        other.say(PING)
        assert other.hear()[0] == b"HTTP/1.1 200 OK"


def test_when_every_thread_is_busy_a_new_connection_is_refused(connect: Connect) -> None:
    held = Held()
    with serving(held, most_connections=1, patience=0.05) as server:
        busy = connect(server)
        busy.say(PING)
        assert held.entered.wait(30)
        late = connect(server)
        assert late.hear()[0] == b"HTTP/1.1 503 Service Unavailable"
        assert late.closed()
        held.leave.set()
        assert busy.hear()[2] == b"ok"


def test_a_request_under_way_is_answered_before_the_server_stops(connect: Connect) -> None:
    held = Held()
    server = TransportServer(held)
    serving_thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving_thread.start()
    idle, busy = connect(server), connect(server)
    busy.say(PING)
    assert held.entered.wait(30)
    stopping = threading.Thread(target=server.stop, args=(30.0,))
    stopping.start()
    assert idle.closed()
    held.leave.set()
    assert busy.hear()[2] == b"ok"
    stopping.join()
    serving_thread.join()
    assert busy.closed()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_an_application_may_stream(connect: Connect) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        yield b"second"

    with serving(application) as server:
        wire = connect(server)
        wire.say(PING)
        assert wire.hear()[2] == b"firstsecond"
        wire.say(PING)
        assert wire.hear()[2] == b"firstsecond"


def test_a_body_nobody_read_does_not_become_the_next_request(connect: Connect) -> None:
    with serving(answer_ok) as server:
        wire = connect(server)
        wire.say(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(PING), PING) + PING)
        assert wire.hear()[2] == b"ok"
        assert wire.hear()[2] == b"ok"
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.closed()


def test_headers_reach_the_application_once_and_joined(connect: Connect) -> None:
    seen: dict[str, Any] = {}

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    with serving(application) as server:
        wire = connect(server)
        wire.say(b"GET /a%20b?c=%26 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-A: 2\r\nX_B: forged\r\n\r\n")
        assert wire.hear()[0] == b"HTTP/1.1 204 No Content"
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["REQUEST_URI"]) == ("/a b", "c=%26", "/a%20b?c=%26")
    assert (seen["HTTP_X_A"], seen["HTTP_HOST"]) == ("1,2", "x")
    assert "HTTP_X_B" not in seen
