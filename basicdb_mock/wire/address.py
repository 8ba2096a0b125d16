"""Parsed URLs, cached because clients send all their calls to a few of them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from basicdb_mock.regions import region_of_aws_host


class Address(NamedTuple):
    """The parts of a URL that matter."""

    host: str
    """Empty if the URL is relative."""
    path: str | None
    """``None`` if it is not a valid URL."""
    query: str
    region: str | None
    """The region if the host is a SimpleDB host of AWS, else ``None``."""


_remembered: dict[str, Address] = {}
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 256, 256


def address_of(url: str) -> Address:
    """The address of a URL, which is absolute or starts with the path."""
    return _remembered.get(url) or _read(url)


def _read(url: str) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address("", None, "", None)
    host = "" if url.startswith("/") else parts.netloc
    address = Address(host, parts.path, parts.query, region_of_aws_host(host))
    if len(url) <= _LONGEST_REMEMBERED:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[url] = address
    return address
