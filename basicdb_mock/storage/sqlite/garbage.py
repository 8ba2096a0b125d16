"""Dropping domains: small ones at once, the rows of large ones bit by bit in the background."""

from __future__ import annotations

import threading

from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.sqlite.ledger import Ledgers
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, ENTITY_MASK
from basicdb_mock.storage.sqlite.writing import Writer

AT_ONCE = 1000
"""A domain of up to this number of items is deleted together with its rows."""
AT_A_TIME = 2000
"""Rows that one step of the sweeper deletes, few enough that writers hardly wait for it."""


def drop(ledgers: Ledgers, domain: int, items: int) -> bool:
    """Delete a domain; returns whether rows are left for the sweeper."""
    execute = ledgers.connection.execute
    ledgers.forget(domain)
    execute("delete from domain where id = ?", (domain,))
    if items > AT_ONCE:
        execute("insert into dropped (domain) values (?)", (domain,))
        return True
    execute("delete from pair where attribute in (select id from attribute where domain = ?)", (domain,))
    execute("delete from attribute where domain = ?", (domain,))
    execute("delete from item where id between ? and ?", (domain << ENTITY_BITS, domain << ENTITY_BITS | ENTITY_MASK))
    return False


def sweep(ledgers: Ledgers) -> bool:
    """Delete some rows of a dropped domain; returns whether there may be more."""
    execute = ledgers.connection.execute
    row = execute("select domain from dropped limit 1").fetchone()
    if row is None:
        return False
    (domain,) = row
    base = domain << ENTITY_BITS
    swept = execute(
        "delete from item where id in (select id from item where id between ? and ? limit ?)",
        (base, base | ENTITY_MASK, AT_A_TIME),
    ).rowcount
    if swept:
        return True
    row = execute("select id from attribute where domain = ? limit 1", (domain,)).fetchone()
    if row is None:
        execute("delete from dropped where domain = ?", (domain,))
        return True
    swept = execute(
        "delete from pair where (attribute, value, entity) in"
        " (select attribute, value, entity from pair where attribute = ? limit ?)",
        (*row, AT_A_TIME),
    ).rowcount
    if not swept:
        execute("delete from attribute where id = ?", row)
    return True


class Sweeper:
    """A thread that deletes the rows of dropped domains and runs while there are any."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="basicdb-mock sweeper", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        more = True
        while more and not self._stopped.is_set():
            try:
                more = self._writer.run(sweep)
            except StorageError:
                more = False  # the rest is swept after the store is next opened
            if not more:
                with self._lock:
                    self._thread = None
