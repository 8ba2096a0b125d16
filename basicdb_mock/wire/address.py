"""What a URL says, read once for all the calls that clients send to it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit


class Address(NamedTuple):
    """The parts of a URL that count: ``host`` is empty where it is relative, ``path`` ``None`` where it is no URL."""

    host: str
    path: str | None
    query: str


_LONGEST_REMEMBERED = 256


def address_of(url: str) -> Address:
    """The address that a URL is, absolute or beginning with the path."""
    return _remembered(url) if len(url) <= _LONGEST_REMEMBERED else _address_of(url)


def _address_of(url: str) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address("", None, "")
    return Address("" if url.startswith("/") else parts.netloc, parts.path, parts.query)


_remembered = lru_cache(maxsize=256)(_address_of)
