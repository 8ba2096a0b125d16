"""Checking an SQLite store: SQLite's own integrity check, then the invariants of our tables."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from basicdb_mock.model import DomainStatistics, pairs
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.report import Report
from basicdb_mock.storage.sqlite import records, schema
from basicdb_mock.storage.sqlite.connections import BUSY_SECONDS
from basicdb_mock.storage.sqlite.ledger import decode
from basicdb_mock.storage.sqlite.place import FILE_NAME, place_of
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, ENTITY_MASK
from basicdb_mock.storage.tally import Tally

__all__ = ["FILE_NAME", "check"]


def check(url: str) -> Report:
    """Check a store; see :func:`basicdb_mock.storage.checking.check`."""
    place = place_of(url)
    if not os.path.isfile(place.path):
        raise StorageError(f"{place.path}: there is no store")
    report = Report(place.path)
    address = _address(Path(place.path).absolute())
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("begin")
            found = schema.version(connection)
            if found < len(schema.MIGRATIONS):
                report.notes.append(f"it is of version {found}; opening it brings it to {len(schema.MIGRATIONS)}")
            if found:
                _check(connection, report)
    except StorageError as problem:
        raise StorageError(f"{place.path}: {problem}") from None
    except sqlite3.DatabaseError as problem:
        report.problem(f"SQLite: {problem}")
    return report


def _address(path: Path) -> str:
    """The URI to open a store for reading; if nothing can be written beside it, nothing writes to it either."""
    written = Path(f"{path}-wal")
    still = not os.access(path.parent, os.W_OK) and not (written.exists() and written.stat().st_size)
    return f"{path.as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def _check(connection: sqlite3.Connection, report: Report) -> None:
    for (line,) in connection.execute("pragma integrity_check(100)"):
        if line != "ok":
            report.problem(f"SQLite: {line}")
    if not report.sound:
        return  # the tables cannot be relied on
    for row in connection.execute("select * from domain order by id").fetchall():
        _check_domain(connection, report, *row)
    _check_orphans(connection, report)
    if schema.version(connection) >= records.SINCE:
        _check_records(connection, report)


def _check_domain(
    connection: sqlite3.Connection,
    report: Report,
    domain: int,
    account: str,
    region: str,
    name: str,
    created: float,
    revision: int,
    last_entity: int,
    *figures: int,
) -> None:
    """Check one domain: its items, and that statistics, attributes and index match them."""
    where = f"domain {name!r} of {account!r} in {region!r}"
    report.domains += 1
    numbers = {
        attribute: (number, holders)
        for number, attribute, holders in connection.execute(
            "select id, name, holders from attribute where domain = ?", (domain,)
        )
    }
    tally = Tally()
    indexed: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for place, item_name, body in connection.execute(
        "select id, name, body from item where domain = ? order by id", (domain,)
    ):
        try:
            item = decode(body)
        except sqlite3.DatabaseError as problem:
            report.problem(f"{where}: item {item_name!r} cannot be read: {problem}")
            continue
        if place >> ENTITY_BITS != domain or not 1 <= place & ENTITY_MASK <= last_entity:
            report.problem(f"{where}: item {item_name!r} has the impossible number {place & ENTITY_MASK}")
        tally.replace([(item_name, None, item)])
        report.items += 1
        holders.update(item.keys())
        for attribute, value in pairs(item):
            report.pairs += 1
            number, _ = numbers.get(attribute, (0, 0))
            there = connection.execute(
                "select 1 from pair where attribute = ? and value = ? and entity = ?",
                (number, value, place & ENTITY_MASK),
            ).fetchone()
            if there is None:
                report.problem(f"{where}: the index lacks {attribute!r} = {value!r} of item {item_name!r}")
            else:
                indexed[attribute] += 1
    if tally.statistics() != DomainStatistics(*figures):
        report.problem(f"{where}: its figures are {DomainStatistics(*figures)}, its items give {tally.statistics()}")
    for attribute, (number, held) in numbers.items():
        if held != holders[attribute]:
            report.problem(f"{where}: {held} items are said to have {attribute!r}, {holders[attribute]} have it")
        (rows,) = connection.execute("select count(*) from pair where attribute = ?", (number,)).fetchone()
        if rows != indexed[attribute]:
            surplus = rows - indexed[attribute]
            report.problem(f"{where}: the index has {surplus} values of {attribute!r} that no item has")


def _check_orphans(connection: sqlite3.Connection, report: Report) -> None:
    known = "(select id from domain union all select domain from dropped)"
    for what, statement in (
        ("items", f"select count(*) from item where domain not in {known}"),
        ("attributes", f"select count(*) from attribute where domain not in {known}"),
        ("values in the index", "select count(*) from pair where attribute not in (select id from attribute)"),
    ):
        (number,) = connection.execute(statement).fetchone()
        if number:
            report.problem(f"{number} {what} belong to no domain")
    (number,) = connection.execute("select count(*) from dropped").fetchone()
    if number:
        report.notes.append(f"the rows of {number} dropped domains are still to be cleared away")


def _check_records(connection: sqlite3.Connection, report: Report) -> None:
    for account, region, record_id, body in connection.execute("select account, region, id, body from record"):
        if records.decoded(body) is None:
            report.problem(f"record {record_id!r} is damaged, of {account!r} in {region!r}")
    statement = "select count(*) from record where (account, region) not in (select account, region from record_book)"
    (number,) = connection.execute(statement).fetchone()
    if number:
        report.problem(f"{number} records belong to nobody")
