"""What a URL says, read once for all the calls that clients send to it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from basicdb_mock.regions import region_of_aws_host


class Address(NamedTuple):
    """The parts of a URL that count."""

    host: str
    """Empty where the URL is relative."""
    path: str | None
    """``None`` where it is no URL."""
    query: str
    region: str | None
    """Where the host is SimpleDB's at AWS."""


_remembered: dict[str, Address] = {}
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 256, 256


def address_of(url: str) -> Address:
    """The address that a URL is, absolute or beginning with the path."""
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
