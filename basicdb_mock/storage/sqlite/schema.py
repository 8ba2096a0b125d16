"""The tables of a store, their version, and migrating older stores."""

from __future__ import annotations

import sqlite3

from basicdb_mock.storage.contract import StorageError

APPLICATION_ID = 0x53444231
"""Marks the file as ours (``PRAGMA application_id``): ``SDB1``."""

ENTITY_BITS = 40
"""An item's row id is its domain's number, shifted by these bits, plus its entity, so a domain's items lie together."""
ENTITY_MASK = (1 << ENTITY_BITS) - 1

MIGRATIONS: tuple[str, ...] = (
    """
    create table domain (
        id integer primary key autoincrement,
        account text not null,
        region text not null,
        name text not null,
        created real not null,
        revision integer not null default 0,
        last_entity integer not null default 0,
        item_count integer not null default 0,
        item_names_size integer not null default 0,
        attribute_name_count integer not null default 0,
        attribute_names_size integer not null default 0,
        attribute_value_count integer not null default 0,
        attribute_values_size integer not null default 0,
        unique (account, region, name)
    );
    create table attribute (
        id integer primary key,
        domain integer not null,
        name text not null,
        holders integer not null,
        unique (domain, name)
    );
    create table item (
        id integer primary key,
        domain integer not null,
        name text not null,
        body text not null
    );
    create unique index item_name on item (domain, name);
    create table pair (
        attribute integer not null,
        value text not null,
        entity integer not null,
        primary key (attribute, value, entity)
    ) without rowid;
    create table dropped (
        domain integer primary key
    );
    """,
    """
    create table record_book (
        account text not null,
        region text not null,
        revision text not null,
        primary key (account, region)
    ) without rowid;
    create table record (
        account text not null,
        region text not null,
        id text not null,
        body text not null,
        primary key (account, region, id)
    ) without rowid;
    """,
)
"""The migrations from each version to the next.  A store's version is the number of migrations applied to it.

``attribute.holders`` counts the items that have the attribute.  ``pair`` is the index for Select.  ``dropped`` lists
domains whose rows are still to be deleted.  ``record`` has the records that are stored with domains.
"""

TABLES = ("domain", "attribute", "item", "pair", "dropped")


def version(connection: sqlite3.Connection) -> int:
    """The version of a store, 0 for an empty one.  Raises StorageError for other databases and newer stores."""
    (application,) = connection.execute("pragma application_id").fetchone()
    (found,) = connection.execute("pragma user_version").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if application == 0 and found == 0 and tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise StorageError("it is an SQLite database of another application; it was left as it is")
    if found > len(MIGRATIONS):
        raise StorageError(
            f"it was written by a newer basicdb-mock (version {found} of the store; this one knows up to "
            f"{len(MIGRATIONS)}); it was left as it is"
        )
    return int(found)


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a store to the current version, in one transaction."""
    connection.execute("begin immediate")
    try:
        for number, script in enumerate(MIGRATIONS[version(connection) :], version(connection) + 1):
            for statement in script.split(";"):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number}")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
