"""The running statistics of the domains that a transaction writes to, cached between transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from json import JSONDecoder, JSONEncoder

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item, Values, utf8_size
from basicdb_mock.storage.sqlite.schema import ENTITY_BITS, ENTITY_MASK

KEPT_NAMES = 100_000
"""How many attribute names are cached before the cache is cleared."""

encode = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""An item as the text of its row."""
_decode = JSONDecoder().raw_decode


def decode(body: str) -> Item:
    """The item of a row.  Raises :class:`sqlite3.DatabaseError` if the row is malformed."""
    written: dict[str, str | list[str]]
    try:
        written, _ = _decode(body)
    except ValueError as problem:
        raise sqlite3.DatabaseError(f"the row of an item is malformed: {problem}") from None
    if "[" not in body:
        return written  # type: ignore[return-value]  # a list would have shown its bracket
    return {name: values if isinstance(values, str) else tuple(values) for name, values in written.items()}


class Ledger:
    """One domain: its statistics, and its attributes' numbers and numbers of holders."""

    __slots__ = ("attributes", "changed", "domain", "last_entity", "revision", "statistics", "touched")

    def __init__(self, domain: int, last_entity: int, revision: int, statistics: DomainStatistics) -> None:
        self.domain = domain
        self.last_entity = last_entity
        self.revision = revision
        self.statistics = statistics
        self.attributes: dict[str, list[int]] = {}
        self.touched: set[str] = set()
        self.changed = False


class Ledgers:
    """The ledgers of the writing connection, and writing itself.

    They are valid until another connection commits, which ``PRAGMA data_version`` detects.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._ledgers: dict[int, Ledger] = {}
        self._version = -1

    def begin(self) -> None:
        """At the start of a transaction: drop what others may have changed."""
        (version,) = self.connection.execute("pragma data_version").fetchone()
        kept = sum(len(ledger.attributes) for ledger in self._ledgers.values())
        if version != self._version or kept > KEPT_NAMES or len(self._ledgers) > 1000:
            self._ledgers.clear()
        self._version = version

    def forget(self, domain: int) -> None:
        self._ledgers.pop(domain, None)

    def flush(self) -> None:
        """At the end of a transaction: store the statistics that changed."""
        execute = self.connection.execute
        for ledger in self._ledgers.values():
            if not ledger.changed:
                continue
            ledger.changed = False
            figures = ledger.statistics
            execute(
                "update domain set revision = ?, last_entity = ?, item_count = ?, item_names_size = ?,"
                " attribute_name_count = ?, attribute_names_size = ?, attribute_value_count = ?,"
                " attribute_values_size = ? where id = ?",
                (
                    ledger.revision, ledger.last_entity, figures.item_count, figures.item_names_size,
                    figures.attribute_name_count, figures.attribute_names_size, figures.attribute_value_count,
                    figures.attribute_values_size, ledger.domain,
                ),
            )
            for name in ledger.touched:
                number, holders = ledger.attributes[name]
                if holders:
                    execute("update attribute set holders = ? where id = ?", (holders, number))
                else:
                    execute("delete from attribute where id = ?", (number,))
                    del ledger.attributes[name]
            ledger.touched.clear()

    def apply(self, domain: int, write: Write) -> None:
        """Apply all of a write, or raise SimpleDBError and apply nothing."""
        ledger = self._ledgers.get(domain) or self._open(domain)
        changes = write.changes
        execute = self.connection.execute
        rows: list[tuple[int, str] | None] = [
            execute("select id, body from item where domain = ? and name = ?", (domain, change.item)).fetchone()
            for change in changes
        ]
        before = [decode(row[1]) if row is not None else None for row in rows]
        after = write.results(before)
        order = sorted(range(len(changes)), key=lambda number: changes[number].item)
        counts = _Counts()
        for number in order:
            counts.item(changes[number].item, before[number], after[number])
        self._check(ledger, write, counts)
        removed: list[tuple[int, str, int]] = []
        added: list[tuple[int, str, int]] = []
        for number in order:
            row, was, item = rows[number], before[number], after[number]
            if item == was and _same_order(was, item):
                continue
            if row is None:
                ledger.last_entity += 1
                place = domain << ENTITY_BITS | ledger.last_entity
                execute(
                    "insert into item (id, domain, name, body) values (?, ?, ?, ?)",
                    (place, domain, changes[number].item, encode(item)),
                )
            else:
                place = row[0]
                if item is None:
                    execute("delete from item where id = ?", (place,))
                else:
                    execute("update item set body = ? where id = ?", (encode(item), place))
            self._index(ledger, place & ENTITY_MASK, was or {}, item or {}, removed, added)
        if removed:
            self.connection.executemany("delete from pair where attribute = ? and value = ? and entity = ?", removed)
        if added:
            self.connection.executemany("insert into pair (attribute, value, entity) values (?, ?, ?)", added)
        ledger.revision += 1
        ledger.changed = True

    def _open(self, domain: int) -> Ledger:
        row = self.connection.execute(
            "select last_entity, revision, item_count, item_names_size, attribute_name_count, attribute_names_size,"
            " attribute_value_count, attribute_values_size from domain where id = ?",
            (domain,),
        ).fetchone()
        if row is None:
            raise errors.NO_SUCH_DOMAIN()
        ledger = self._ledgers[domain] = Ledger(domain, row[0], row[1], DomainStatistics(*row[2:]))
        return ledger

    def _attribute(self, ledger: Ledger, name: str) -> list[int]:
        """The number and holders of an attribute; number 0 if the domain does not have it."""
        entry = ledger.attributes.get(name)
        if entry is None:
            row = self.connection.execute(
                "select id, holders from attribute where domain = ? and name = ?", (ledger.domain, name)
            ).fetchone()
            entry = list(row) if row is not None else [0, 0]
            if entry[0]:
                ledger.attributes[name] = entry
        return entry

    def _check(self, ledger: Ledger, write: Write, counts: _Counts) -> None:
        """Update the statistics, unless a limit of the domain forbids the write."""
        names = names_size = 0
        entries: list[tuple[str, list[int], int]] = []
        for name, step in counts.holders.items():
            if step:
                entry = self._attribute(ledger, name)
                entries.append((name, entry, step))
                appears = (entry[1] + step > 0) - (entry[1] > 0)
                names += appears
                names_size += appears * utf8_size(name)
        then = ledger.statistics
        now = DomainStatistics(
            then.item_count + counts.items,
            then.item_names_size + counts.item_names_size,
            then.attribute_name_count + names,
            then.attribute_names_size + names_size,
            then.attribute_value_count + counts.values,
            then.attribute_values_size + counts.values_size,
        )
        write.check_domain(then, now)
        ledger.statistics = now
        for name, entry, step in entries:
            if not entry[0]:
                inserted = self.connection.execute(
                    "insert into attribute (domain, name, holders) values (?, ?, 0)", (ledger.domain, name)
                )
                entry[0] = inserted.lastrowid or 0
                ledger.attributes[name] = entry
            entry[1] += step
            ledger.touched.add(name)

    def _index(
        self,
        ledger: Ledger,
        entity: int,
        was: Item,
        item: Item,
        removed: list[tuple[int, str, int]],
        added: list[tuple[int, str, int]],
    ) -> None:
        """Index the pairs that an item has lost and gained."""
        for name, values in item.items():
            old = was.get(name)
            if values == old:
                continue
            number = self._attribute(ledger, name)[0]
            kept = _texts(values)
            if old is None:
                added += [(number, value, entity) for value in kept]
            else:
                gone = _texts(old)
                added += [(number, value, entity) for value in kept if value not in gone]
                removed += [(number, value, entity) for value in gone if value not in kept]
        for name, values in was.items():
            if name not in item:
                number = self._attribute(ledger, name)[0]
                removed += [(number, value, entity) for value in _texts(values)]


class _Counts:
    """What a write adds to its domain's statistics."""

    __slots__ = ("holders", "item_names_size", "items", "values", "values_size")

    def __init__(self) -> None:
        self.items = self.item_names_size = self.values = self.values_size = 0
        self.holders: dict[str, int] = {}

    def item(self, name: str, was: Item | None, item: Item | None) -> None:
        step = (item is not None) - (was is not None)
        if step:
            self.items += step
            self.item_names_size += step * utf8_size(name)
        old: Iterable[str] = was or ()
        new: Iterable[str] = item or ()
        holders = self.holders
        for attribute in new:
            values = item[attribute]  # type: ignore[index]  # there is an item if it has attributes
            before = was.get(attribute) if was else None
            if before is None:
                holders[attribute] = holders.get(attribute, 0) + 1
            elif before == values:
                continue
            else:
                self._values(before, -1)
            self._values(values, 1)
        for attribute in old:
            if item is None or attribute not in item:
                holders[attribute] = holders.get(attribute, 0) - 1
                self._values(was[attribute], -1)  # type: ignore[index]  # as above

    def _values(self, values: Values, step: int) -> None:
        if isinstance(values, str):
            self.values += step
            self.values_size += step * utf8_size(values)
        else:
            self.values += step * len(values)
            self.values_size += step * sum(map(utf8_size, values))


def _texts(values: Values) -> Sequence[str]:
    return (values,) if isinstance(values, str) else values


def _same_order(was: Item | None, item: Item | None) -> bool:
    """Whether two equal items have their names in the same order."""
    return was is None or item is None or list(was) == list(item)
