"""The head of an HTTP/1.x request: its first line and its headers.

The standard library reads headers with its parser of mail, which takes longer than the engine takes to answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BufferedIOBase

LINE = 65_536
"""The longest line of a request, the most that all its headers may take, and the most that is moved at once."""

MOST_HEADERS = 100

_NAME = re.compile(rb"[!#-'*+\-.^_`|~0-9A-Za-z]+")
_VERSION = re.compile(r"HTTP/(\d{1,10})\.(\d{1,10})")


class BadRequestError(Exception):
    """The bytes are no HTTP request we could answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head; header names are in lower case, in the order in which they came."""

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """The values of a header."""
        return [value for known, value in self.headers if known == name]

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits to be told to go on before it sends the body."""
        return [value.lower() for value in self.all("expect")] == ["100-continue"]

    @property
    def kept(self) -> bool:
        """Whether the client wants the connection kept when it is answered."""
        wanted = ",".join(self.all("connection")).lower()
        return "keep-alive" in wanted if self.version == "HTTP/1.0" else "close" not in wanted


def read_head(first: bytes, source: BufferedIOBase) -> Head:
    """The head that begins with a line, the rest of it read from ``source``.  Raises BadRequestError."""
    line = first.decode("latin-1").rstrip("\r\n")
    words = line.split()
    if len(words) != 3:
        raise BadRequestError(f"Bad request syntax ({line!r})")
    method, target, version = words
    number = _VERSION.fullmatch(version)
    if number is None:
        raise BadRequestError(f"Bad request version ({version!r})")
    if int(number[1]) != 1:
        raise BadRequestError(f"Invalid HTTP version ({version[5:]})")
    if target.startswith("//"):  # which a client that follows it would take for a host
        target = "/" + target.lstrip("/")
    return Head(method, target, "HTTP/1.0" if int(number[2]) == 0 else "HTTP/1.1", _headers(source))


def _headers(source: BufferedIOBase) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    left = LINE
    while True:
        line = source.readline(LINE + 1)
        if line in (b"\r\n", b"\n", b""):
            return headers
        left -= len(line)
        if left < 0:
            raise BadRequestError("Too long headers")
        if len(headers) == MOST_HEADERS:
            raise BadRequestError("Too many headers")
        name, colon, value = line.partition(b":")
        if not colon or _NAME.fullmatch(name) is None:  # a line that is no header would hide those after it
            raise BadRequestError("Bad header")
        headers.append((name.decode("ascii").lower(), value.strip(b" \t\r\n").decode("latin-1")))
