"""Whole sets of data: loading them from dicts and files, reading, comparing and writing them.

The seed format, in YAML, JSON or Python, maps domains to items, and these to attributes with a value or list of
values::

    users:
      alice:
        color: [blue, red]
        age: "30"
    carts: {}
"""

from __future__ import annotations

from basicdb_mock.seeding.contents import (
    Contents,
    contents_of,
    differences,
    domains_of,
    names_in_order,
    ordered,
    plain,
    seed,
)
from basicdb_mock.seeding.dumping import dump
from basicdb_mock.seeding.sources import Source, read_seed

__all__ = [
    "Contents",
    "Source",
    "contents_of",
    "differences",
    "domains_of",
    "dump",
    "names_in_order",
    "ordered",
    "plain",
    "read_seed",
    "seed",
]
