"""The ``sqlite:`` storage: domains in one SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Tenant
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.contract import Counted, Found, StorageError
from basicdb_mock.storage.records import Changes, Records
from basicdb_mock.storage.sqlite import records, snapshots
from basicdb_mock.storage.sqlite.connections import Connections, failure, forget_in_children
from basicdb_mock.storage.sqlite.garbage import Sweeper, drop
from basicdb_mock.storage.sqlite.ledger import Ledgers, decode
from basicdb_mock.storage.sqlite.place import Place
from basicdb_mock.storage.sqlite.reading import Reader
from basicdb_mock.storage.sqlite.snapshots import Snapshot
from basicdb_mock.storage.sqlite.writing import Writer

_NOTHING = Found(Position(None, 0), "", None)


class SqliteDomain:
    """A domain of a store."""

    __slots__ = ("_connections", "_number", "_writer", "created")

    def __init__(self, connections: Connections, writer: Writer, number: int, created: float) -> None:
        self.created = created
        self._connections = connections
        self._writer = writer
        self._number = number

    def revision(self) -> int:
        return int(self._figures("revision")[0])

    def statistics(self) -> DomainStatistics:
        return DomainStatistics(
            *self._figures(
                "item_count, item_names_size, attribute_name_count, attribute_names_size, attribute_value_count,"
                " attribute_values_size"
            )
        )

    def get(self, name: str) -> Item | None:
        connections = self._connections
        connection = connections.take()
        try:
            row = connection.execute(
                "select body from item where domain = ? and name = ?", (self._number, name)
            ).fetchone()
            item = decode(row[0]) if row is not None else None
        except sqlite3.Error as problem:
            connection.close()
            raise failure(connections.place, problem) from problem
        connections.give_back(connection)
        return item

    def apply(self, write: Write) -> None:
        self._writer.run(lambda ledgers: ledgers.apply(self._number, write))

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        steps = self._search(plan, after)
        next(steps)  # so that it sees the present moment
        return steps

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        with self._connections.reading() as connection:
            return Reader(connection, self._number).count(plan, after, at_most, stop)

    def _search(self, plan: Plan, after: Position | None) -> Iterator[Found]:
        with self._connections.reading() as connection:
            found = Reader(connection, self._number).search(plan, after)
            try:
                yield _NOTHING
                yield from found
            finally:
                del found  # closes its cursor: a connection returned with an open read would keep seeing this moment

    def _figures(self, columns: str) -> tuple[int, ...]:
        with self._connections.reading() as connection:
            row: tuple[int, ...] | None = connection.execute(
                f"select {columns} from domain where id = ?", (self._number,)
            ).fetchone()
        if row is None:
            raise errors.NO_SUCH_DOMAIN()
        return row


class SqliteStorage:
    """Domains in an SQLite database, which any number of processes may use."""

    def __init__(self, place: Place) -> None:
        self._connections = Connections(place)
        self._writer = Writer(self._connections)
        self._sweeper = Sweeper(self._writer)
        forget_in_children(self)
        with self._connections.reading() as connection:
            litter = connection.execute("select 1 from dropped limit 1").fetchone()
        if litter is not None:
            self._sweeper.start()

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        if self._number(tenant, name) is not None:
            return

        def create(ledgers: Ledgers) -> None:
            execute = ledgers.connection.execute
            owned = execute("select name from domain where account = ? and region = ?", tenant).fetchall()
            if (name,) in owned:
                return
            if len(owned) >= at_most:
                raise errors.NUMBER_DOMAINS_EXCEEDED()
            execute("insert into domain (account, region, name, created) values (?, ?, ?, ?)", (*tenant, name, now))

        self._writer.run(create)

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        if self._number(tenant, name) is None:
            return

        def dropped(ledgers: Ledgers) -> bool:
            row = ledgers.connection.execute(
                "select id, item_count from domain where account = ? and region = ? and name = ?", (*tenant, name)
            ).fetchone()
            return row is not None and drop(ledgers, *row)

        if self._writer.run(dropped):
            self._sweeper.start()

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        with self._connections.reading() as connection:
            rows = connection.execute(
                "select name from domain where account = ? and region = ? and name > ? order by name limit ?",
                (*tenant, after, at_most),
            ).fetchall()
        return [name for (name,) in rows]

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> SqliteDomain:
        row = self._number(tenant, name)
        if row is None:
            raise errors.NO_SUCH_DOMAIN()
        return SqliteDomain(self._connections, self._writer, *row)

    def tenants(self) -> Sequence[Tenant]:
        with self._connections.reading() as connection:
            rows = connection.execute("select distinct account, region from domain order by account, region").fetchall()
        return [Tenant(*row) for row in rows]

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        with self._connections.reading() as connection:
            return records.read(connection, tenant, known)

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        return self._writer.run(lambda ledgers: records.change(ledgers.connection, tenant, revision, changes))

    def record_tenants(self) -> Sequence[Tenant]:
        with self._connections.reading() as connection:
            return records.tenants(connection)

    def snapshot(self, tenant: Tenant | None = None) -> Snapshot:
        with self._connections.reading() as connection:
            return snapshots.take(connection, tenant)

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, Snapshot):
            raise StorageError("not a snapshot of a sqlite: storage")
        self._writer.alone(lambda connection: snapshots.restore(connection, snapshot))
        self._sweeper.start()

    def clear(self, tenant: Tenant | None = None) -> None:
        def clear(ledgers: Ledgers) -> None:
            for row in snapshots.domains_of(ledgers.connection, "main", tenant):
                drop(ledgers, row[0], row[1])
            records.clear(ledgers.connection, tenant)

        self._writer.run(clear)
        self._sweeper.start()

    def close(self) -> None:
        self._sweeper.stop()
        self._writer.close()
        self._connections.close()

    def _number(self, tenant: Tenant, name: str) -> tuple[int, float] | None:
        """A domain's number and time of creation."""
        connections = self._connections
        connection = connections.take()
        try:
            row: tuple[int, float] | None = connection.execute(
                "select id, created from domain where account = ? and region = ? and name = ?", (*tenant, name)
            ).fetchone()
        except sqlite3.Error as problem:
            connection.close()
            raise failure(connections.place, problem) from problem
        connections.give_back(connection)
        return row

    def forget(self) -> None:
        """Called in a forked child: reopen everything."""
        self._writer.forget()
        self._sweeper = Sweeper(self._writer)
