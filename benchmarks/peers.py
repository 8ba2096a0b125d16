"""What we are measured against: botocore with a canned answer, a server of sixty lines with a canned answer, moto."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def client(region: str = "us-east-1", **settings: Any) -> Any:
    """A boto3 client of a session of its own."""
    session: Any = boto3.Session(region_name=region)
    return session.client("sdb", **KEYS, **settings)


def watched(client: Any) -> list[bytes]:
    """The bodies of all answers that a client gets from now on."""
    bodies: list[bytes] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(response_dict["body"])

    client.meta.events.register("before-parse.simpledb", keep)
    return bodies


def has_moto() -> bool:
    return find_spec("moto") is not None


# -- the floor in process ----------------------------------------------------------------------------------------------
class _Raw:
    """The body of a canned answer, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


HEADERS = {"Content-Type": "text/xml", "Server": "Amazon SimpleDB", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
"""Those of our answers, since botocore reads them too."""


def canned_client(bodies: dict[str, bytes]) -> Any:
    """A client whose every call is answered with the body of its operation, by a handler of before-send."""
    made = client()

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        body = bodies[event_name.rsplit(".", 1)[1]]
        return AWSResponse(request.url, 200, HEADERS, _Raw(body))  # type: ignore[arg-type]

    made.meta.events.register_first("before-send.simpledb", answer)
    return made


# -- the floor over HTTP -----------------------------------------------------------------------------------------------
def serve_canned(bodies: dict[str, bytes]) -> None:
    """A thread a connection, each request answered at once with the body of its Action; tells its port on a line."""
    answers = {
        f"Action={action}".encode(): b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
        for action, body in bodies.items()
    }

    def converse(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        while True:
            end = received.find(b"\r\n\r\n")
            if end >= 0:
                head = received[:end].lower()
                at = head.find(b"content-length:")
                length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
                if len(received) >= end + 4 + length:
                    if b"100-continue" in head:
                        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    body, received = received[end + 4 : end + 4 + length], received[end + 4 + length :]
                    connection.sendall(next(answer for action, answer in answers.items() if action in body))
                    continue
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece

    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=converse, args=(connection,), daemon=True).start()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], ready: Callable[[Any], str], *, silent: bool = False) -> Iterator[str]:
    """Run a server; ``ready`` reads its output, unless it is ``silent``, until it listens and gives its URL."""
    output = subprocess.DEVNULL if silent else subprocess.PIPE
    with subprocess.Popen([sys.executable, *command], stdout=output, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            yield ready(running.stdout)
        finally:
            running.terminate()


if __name__ == "__main__":
    serve_canned({action: body.encode() for action, body in json.loads(sys.argv[1]).items()})
