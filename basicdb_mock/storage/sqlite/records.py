"""Records in an SQLite store: one row per record, and one per tenant with records for their revision."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.records import Changes, Record, Records, changed

TABLES = ("record_book", "record")
SINCE = 2
"""The first version of a store that has records."""


def read(connection: sqlite3.Connection, tenant: Tenant, known: str | None) -> Records | None:
    """See :meth:`basicdb_mock.storage.contract.Storage.records`; the connection is in a transaction."""
    row = connection.execute("select revision from record_book where account = ? and region = ?", tenant).fetchone()
    revision: str = row[0] if row is not None else ""
    if revision == known:
        return None
    rows = connection.execute("select id, body from record where account = ? and region = ?", tenant).fetchall()
    found: dict[str, Record] = {}
    for record_id, body in rows:
        record = decoded(body)
        if record is None:
            raise StorageError(f"record {record_id!r} is damaged; `basicdb-mock check` tells more")
        found[record_id] = record
    return Records(revision, found)


def decoded(body: str) -> Record | None:
    """A stored record; ``None`` if it is damaged."""
    try:
        record = json.loads(body)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def tenants(connection: sqlite3.Connection) -> Sequence[Tenant]:
    """See :meth:`basicdb_mock.storage.contract.Storage.record_tenants`."""
    rows = connection.execute("select account, region from record_book order by account, region").fetchall()
    return [Tenant(*row) for row in rows]


def change(connection: sqlite3.Connection, tenant: Tenant, revision: str, changes: Changes) -> bool:
    """See :meth:`basicdb_mock.storage.contract.Storage.change_records`; the connection is in a transaction."""
    was = read(connection, tenant, None) or Records("", {})
    if was.revision != revision:
        return False
    for record_id, record in changes.items():
        if record is None:
            connection.execute("delete from record where account = ? and region = ? and id = ?", (*tenant, record_id))
        else:
            connection.execute(
                "insert or replace into record (account, region, id, body) values (?, ?, ?, ?)",
                (*tenant, record_id, json.dumps(record, ensure_ascii=False)),
            )
    connection.execute("delete from record_book where account = ? and region = ?", tenant)
    after = changed(was, changes)
    if after.revision:
        connection.execute("insert into record_book values (?, ?, ?)", (*tenant, after.revision))
    return True


def clear(connection: sqlite3.Connection, tenant: Tenant | None) -> None:
    for table in TABLES:
        if tenant is None:
            connection.execute(f"delete from main.{table}")
        else:
            connection.execute(f"delete from main.{table} where account = ? and region = ?", tenant)


def restore(connection: sqlite3.Connection, tenant: Tenant | None) -> None:
    """Replace the records by those of the attached ``snapshot``."""
    clear(connection, tenant)
    owned = "" if tenant is None else " where account = ? and region = ?"
    for table in TABLES:
        connection.execute(f"insert into main.{table} select * from snapshot.{table}{owned}", tenant or ())
