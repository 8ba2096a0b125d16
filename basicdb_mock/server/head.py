"""The head of an HTTP/1.x request: its first line and its headers.

The standard library parses headers as e-mail, which takes longer than the engine takes to answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BufferedIOBase

LINE = 65_536
"""The longest line of a request, the most that all its headers may take, and the most that is moved at once."""

MOST_HEADERS = 100

_NAME = re.compile(rb"[!#-'*+\-.^_`|~0-9A-Za-z]+")
_VERSION = re.compile(r"HTTP/(\d{1,10})\.(\d{1,10})")


class BadRequestError(Exception):
    """The bytes are not a valid HTTP request."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head.  Header names are in lower case; the values of a repeated header are joined by commas."""

    method: str
    target: str
    version: str
    headers: dict[str, str]

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for ``100 Continue`` before it sends the body."""
        return self.headers.get("expect", "").lower() == "100-continue"

    @property
    def kept(self) -> bool:
        """Whether the client wants the connection kept when it is answered."""
        wanted = self.headers.get("connection", "").lower()
        return "keep-alive" in wanted if self.version == "HTTP/1.0" else "close" not in wanted


def read_head(first: bytes, source: BufferedIOBase) -> Head:
    """The head that starts with a line, whose rest is read from ``source``.  Raises BadRequestError."""
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
    if target.startswith("//"):  # clients that follow it would take it for a host
        target = "/" + target.lstrip("/")
    return Head(method, target, "HTTP/1.0" if int(number[2]) == 0 else "HTTP/1.1", _headers(source))


def _headers(source: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    left, number = LINE, 0
    while True:
        line = source.readline(LINE + 1)
        if line in (b"\r\n", b"\n", b""):
            return headers
        left -= len(line)
        number += 1
        if left < 0:
            raise BadRequestError("Too long headers")
        if number > MOST_HEADERS:
            raise BadRequestError("Too many headers")
        octets, colon, rest = line.partition(b":")
        name = _name(octets if colon else line)
        value = rest.strip(b" \t\r\n").decode("latin-1")
        known = headers.get(name)
        if known is None:
            headers[name] = value
        elif name != "content-length" or value != known:  # the same Content-Length twice is fine
            headers[name] = f"{known},{value}"


@lru_cache(maxsize=128)
def _name(octets: bytes) -> str:
    """A header's name.  Raises BadRequestError, since a line that is not a header would hide those after it."""
    if _NAME.fullmatch(octets) is None:
        raise BadRequestError("Bad header")
    return octets.decode("ascii").lower()
