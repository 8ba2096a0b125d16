"""The bare engines that the storages on disk are measured beside: plain loops with the same statements and syncs."""

from __future__ import annotations

import json
import os
import sqlite3
import threading

from basicdb_mock.storage.sqlite.ledger import encode
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, MIGRATIONS

NAMES = tuple(f"attribute{number}" for number in range(10))
"""The attributes of the items that are written."""

Pairs = tuple[tuple[str, str], ...]


class BareSqlite:
    """The tables of a store, written by a plain loop with the statements that a put needs."""

    def __init__(self, path: str, synchronous: str = "full") -> None:
        self.path, self.synchronous = path, synchronous
        self.connection = self.connect()
        self.connection.execute("pragma journal_mode = wal")
        for statement in MIGRATIONS[0].split(";"):
            self.connection.execute(statement)
        self.connection.execute("insert into domain (account, region, name, created) values ('a', 'r', 'books', 0)")
        for number, name in enumerate(NAMES, 1):
            self.connection.execute("insert into attribute values (?, 1, ?, 0)", (number, name))
        self.lock = threading.Lock()
        self.last = 0

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=60, check_same_thread=False)
        connection.execute(f"pragma synchronous = {self.synchronous}")
        connection.execute("pragma cache_size = -65536")
        connection.execute("pragma wal_autocheckpoint = 4000")
        return connection

    def number(self) -> int:
        with self.lock:
            self.last += 1
            return self.last

    def put(self, connection: sqlite3.Connection, name: str, pairs: Pairs) -> None:
        execute = connection.execute
        execute("begin immediate")
        execute("select id, body from item where domain = 1 and name = ?", (name,)).fetchone()
        entity = self.number()
        execute("insert into item values (?, 1, ?, ?)", (1 << ENTITY_BITS | entity, name, encode(dict(pairs))))
        connection.executemany(
            "insert into pair values (?, ?, ?)", [(place, value, entity) for place, (_, value) in enumerate(pairs, 1)]
        )
        execute("update domain set revision = ?, last_entity = ?, item_count = ? where id = 1", (entity,) * 3)
        for place in range(1, len(pairs) + 1):
            execute("update attribute set holders = ? where id = ?", (entity, place))
        execute("commit")

    def load(self, batch: list[tuple[str, Pairs]]) -> None:
        connection = self.connection
        numbered = [(self.number(), name, pairs) for name, pairs in batch]
        connection.execute("begin immediate")
        connection.executemany(
            "insert into item values (?, 1, ?, ?)",
            [(1 << ENTITY_BITS | entity, name, encode(dict(pairs))) for entity, name, pairs in numbered],
        )
        connection.executemany(
            "insert into pair values (?, ?, ?)",
            [
                (place, value, entity)
                for entity, _, pairs in numbered
                for place, (_, value) in enumerate(pairs, 1)
            ],
        )
        connection.execute("commit")


def write_file(directory: str, name: str, pairs: Pairs, *, sync_directory: bool) -> None:
    """Write an item beside, sync it, rename it; and sync the directory if asked to."""
    text = json.dumps({"item": name, "attributes": dict(pairs)}, ensure_ascii=False, indent=2).encode()
    beside = f"{directory}/new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(descriptor, text)
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(beside, f"{directory}/{name}.json")
    if sync_directory:
        descriptor = os.open(directory, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
