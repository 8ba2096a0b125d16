"""Snapshots: copying a store with SQLite's online backup, and restoring it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import closing

from basicdb_mock.model import Tenant
from basicdb_mock.storage.sqlite import records
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, ENTITY_MASK, TABLES


class Snapshot:
    """A copy of the whole store in a temporary file, deleted with this object; ``tenant`` limits what is restored."""

    def __init__(self, path: str, tenant: Tenant | None) -> None:
        self.path = path
        self.tenant = tenant
        weakref.finalize(self, os.unlink, path)


def take(connection: sqlite3.Connection, tenant: Tenant | None) -> Snapshot:
    """Copy the store as a reading connection sees it; other processes may go on writing."""
    handle, path = tempfile.mkstemp(prefix="basicdb-mock-snapshot-", suffix=".sqlite3")
    os.close(handle)
    snapshot = Snapshot(path, tenant)
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("pragma journal_mode = delete")
    return snapshot


def domains_of(connection: sqlite3.Connection, schema: str, tenant: Tenant | None) -> Sequence[tuple[int, int, str]]:
    """Number, item count and name of the domains of a tenant, or of all."""
    owned = "" if tenant is None else " where account = ? and region = ?"
    return connection.execute(f"select id, item_count, name from {schema}.domain{owned}", tenant or ()).fetchall()


def restore(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Restore a tenant's domains, or all, in one transaction."""
    connection.execute("attach ? as snapshot", (snapshot.path,))
    try:
        connection.execute("begin immediate")
        if snapshot.tenant is None:
            for table in TABLES:
                connection.execute(f"delete from main.{table}")
                connection.execute(f"insert into main.{table} select * from snapshot.{table}")
        else:
            _restore_tenant(connection, snapshot.tenant)
        records.restore(connection, snapshot.tenant)
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
        connection.execute("detach snapshot")


def _restore_tenant(connection: sqlite3.Connection, tenant: Tenant) -> None:
    """Restored domains get new numbers: rows of their old ones may still be waiting for the sweeper."""
    execute = connection.execute
    for domain, _, _ in domains_of(connection, "main", tenant):
        execute("insert into dropped (domain) values (?)", (domain,))
        execute("delete from main.domain where id = ?", (domain,))
    for old, _, _ in domains_of(connection, "snapshot", tenant):
        columns = ", ".join(
            name for _, name, *_ in execute("pragma snapshot.table_info(domain)").fetchall() if name != "id"
        )
        new = execute(
            f"insert into main.domain ({columns}) select {columns} from snapshot.domain where id = ?", (old,)
        ).lastrowid
        execute(
            "insert into main.item (id, domain, name, body)"
            f" select (id & {ENTITY_MASK}) | (? << {ENTITY_BITS}), ?, name, body from snapshot.item where domain = ?",
            (new, new, old),
        )
        execute(
            "insert into main.attribute (domain, name, holders)"
            " select ?, name, holders from snapshot.attribute where domain = ?",
            (new, old),
        )
        execute(
            "insert into main.pair (attribute, value, entity) select mine.id, pair.value, pair.entity"
            " from snapshot.attribute as theirs"
            " join main.attribute as mine on mine.domain = ? and mine.name = theirs.name"
            " join snapshot.pair as pair on pair.attribute = theirs.id where theirs.domain = ?",
            (new, old),
        )
