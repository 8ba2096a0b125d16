"""Where a store is: what an URL of ``sqlite:`` names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import parse_qsl

FILE_NAME = "basicdb.sqlite3"
"""The database's name in a directory."""

SYNCHRONOUS = {"full": "full", "normal": "normal", "off": "off"}
"""Durability settings and SQLite's word for them."""


@dataclass(frozen=True, slots=True)
class Place:
    """The database's file, and how durable writes to it are."""

    path: str
    durability: str = "full"


def place_of(url: str) -> Place:
    """What an URL of ``sqlite:`` names.  Raises :class:`ValueError`."""
    path, _, query = url.partition(":")[2].partition("?")
    if not path:
        raise ValueError(f"the storage sqlite: needs a path, as in sqlite:PATH; not {url!r}")
    durability = "full"
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "durability" or value not in SYNCHRONOUS:
            raise ValueError(f"unknown setting {name}={value} in {url!r}; there is: durability=full|normal|off")
        durability = value
    if path == ":memory:":
        raise ValueError("the storage sqlite: is a file; memory: is what keeps nothing")
    path = os.path.expanduser(path)
    if path.endswith("/") or os.path.isdir(path):
        path = os.path.join(path, FILE_NAME)
    return Place(path, durability)
