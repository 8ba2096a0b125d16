"""Bytes that mean no good, on the server's socket: each gets an answer in HTTP or the door, and the server goes on."""

from __future__ import annotations

import socket
import threading
from random import Random

import pytest

from basicdb_mock.control_client import Control
from basicdb_mock.server import RunningServer
from tests.hostile.attacks import Attacker
from tests.hostile.judging import no_traceback

LINES = (
    b"POST / HTTP/1.1\r\n", b"GET /?Action=ListDomains HTTP/1.1\r\n", b"GET /_basicdb/config HTTP/1.1\r\n",
    b"PUT /_basicdb/faults HTTP/1.1\r\n", b"POST /v2/GetExport HTTP/1.1\r\n", b"POST / HTTP/1.0\r\n",
    b"POST http://sdb.amazonaws.com/ HTTP/1.1\r\n", b"CONNECT x:1 HTTP/1.1\r\n", b"GET / HTTP/9.9\r\n", b"GET /\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\n",
    b"GET /_basicdb/calls/99999999999999999999 HTTP/1.1\r\n", b"GET /_basicdb/../../etc/passwd HTTP/1.1\r\n",
)  # fmt: skip
HEADERS = (
    b"Host: localhost\r\n", b"Host: evil.example\r\n", b"Host:\r\n", b"Content-Length: 10\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b"A: b\r\n" * 200,
    b"Content-Length: 3\r\nContent-Length: 4\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
    b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"X: " + b"y" * 70_000 + b"\r\n", b" folded: 1\r\n",
    b"no colon\r\n", b"\xff\xfe: \x00\r\n", b"Content-Type: application/json\r\n", b"Origin: null\r\n",
)  # fmt: skip


def blow(chance: Random, attacker: Attacker) -> bytes:
    """What is sent on one connection."""
    head = chance.choice(LINES) + b"".join(chance.choice(HEADERS) for _ in range(chance.randrange(4))) + b"\r\n"
    body = chance.choice((b"", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"[" * 2000, attacker.request().body[:5000]))
    octets = bytearray(head + body)
    for _ in range(chance.choice((0, 0, 1, 5))):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    return bytes(octets) * chance.choice((1, 1, 3))


def answer_to(server: RunningServer, octets: bytes) -> bytes:
    """All that comes back once we have said that nothing more will come."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        try:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already, and that is an answer
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer


@pytest.mark.parametrize("seed", [1, 2])
def test_every_connection_gets_http_or_the_door(seed: int) -> None:
    chance, attacker = Random(seed), Attacker(seed)
    with RunningServer() as server, no_traceback():
        for _ in range(150):
            answer = answer_to(server, blow(chance, attacker))
            assert answer[:7] in (b"", b"HTTP/1.") or b"<Response><Errors>" in answer, answer[:200]
            assert b"Traceback" not in answer
            assert b" 500 " not in answer[:20]
        control = Control(server.url)
        control.clear_faults()
        assert control.ready()
        server.client().list_domains()


def test_connections_leave_nothing_behind() -> None:
    chance, attacker = Random(3), Attacker(3)
    with RunningServer() as server:
        answer_to(server, b"GET /_basicdb/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        before = threading.active_count()
        for _ in range(60):
            answer_to(server, blow(chance, attacker))
        assert Control(server.url).ready()
        for thread in threading.enumerate():
            if thread.name.startswith("Thread-"):
                thread.join(30)
        assert threading.active_count() <= before
