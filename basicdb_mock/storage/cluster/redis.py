"""The engine Redis Cluster, or Valkey: partitions and registries by our functions in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote, unquote
from uuid import uuid4

from basicdb_mock import errors
from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.model import Item, Tenant, values_of
from basicdb_mock.storage.cluster.calls import Caller
from basicdb_mock.storage.cluster.members import ENTITY_BYTES, entities_of, entity_member, entity_of
from basicdb_mock.storage.cluster.nodes import Reply
from basicdb_mock.storage.cluster.partition import (
    CREATION,
    BehindError,
    Counters,
    EntityPage,
    GoneError,
    Growth,
    NumbersNeededError,
    Page,
    Part,
    Reference,
    Replaced,
    Row,
    Share,
    item_of,
)
from basicdb_mock.storage.cluster.records import RedisRecords
from basicdb_mock.storage.cluster.report import node_report
from basicdb_mock.storage.contract import StorageError

_ABANDONED = 3600.0
"""Seconds after which an announced domain that was never registered is reclaimed."""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class RedisPartition:
    """The keys of one hash tag (:class:`basicdb_mock.storage.cluster.partition.Partition`)."""

    def __init__(self, caller: Caller, tag: str, *, consistent: bool) -> None:
        self._caller = caller
        self._key = tag.encode() + b"m"
        self._consistent = consistent

    def _read(self, function: str, *arguments: str | bytes | int) -> Reply:
        if not self._consistent:
            reply = self._caller.read(function, self._key, *arguments, consistent=False)
            if reply[0] not in (b"gone", b"behind"):  # for which the copy may only lag
                return _checked(reply)
        return _checked(self._caller.read(function, self._key, *arguments))

    def _write(self, function: str, *arguments: str | bytes | int) -> Reply:
        return _checked(self._caller.write(function, self._key, *arguments))

    def begin(self, writes: int = 0, entity: int = 0) -> None:
        self._write("begin", writes, entity)

    def counters(self) -> Counters:
        return Counters(*self._read("counters")[1:])

    def attribute_names(self) -> set[str]:
        names: set[str] = set()
        cursor = b"0"
        while True:
            _, cursor, found = self._read("attribute_names", cursor)
            names.update(name.decode() for name in found)
            if cursor == b"0":
                return names

    def get(self, name: str) -> Item | None:
        row = self._read("get", name)[1]
        return item_of(json.loads(row)[1:]) if row else None

    def apply(self, write: Write, token: str, share: Share | None = None) -> Growth:
        settings = self._caller.settings
        shrinks = not any(isinstance(change, Put) for change in write.changes)
        function = "apply_deletes" if shrinks else "apply"  # which may run when memory is full
        reply = self._write(function, token, settings.remember, settings.history, _json(_written(write, share)))
        if reply[0] == b"unnumbered":
            raise NumbersNeededError
        if reply[0] == b"refused":
            raise _refusal(reply, write.expected)
        return Growth(reply[1], reply[2], tuple(name.decode() for name in reply[3])) if len(reply) > 1 else Growth()

    def take_numbers(self, number: int) -> int:
        return int(self._write("take_numbers", number)[1])

    def sizes(self, spans: Sequence[tuple[str, Part]]) -> tuple[int, list[int]]:
        arguments = [text for index, part in spans for text in (index, *_range(index, part))]
        _, items, *found = self._read("sizes", *arguments)
        return items, found

    def walk(self, since: int, index: str, parts: Sequence[Part], descending: bool, limit: int) -> Page:
        direction = "-" if descending else "+"
        bounds = [bound for part in parts for bound in _range(index, part)]
        page = _page(self._read("walk", since, index, direction, limit, *bounds))
        if index == CREATION:  # found by name, numbered by entity
            return replace(page, rows=[row._replace(member=entity_member(row.entity)) for row in page.rows])
        return page

    def entities(self, since: int, index: str, part: Part, limit: int) -> EntityPage:
        reply = self._read("entities", since, index, limit, *_range(index, part))
        packed, last = reply[3] or (b"", b"")
        reply[3] = []
        page = _page(reply)
        return EntityPage(page, entities_of(packed), last if page.more else None)

    def rows(self, since: int, entities: Sequence[int]) -> Page:
        return _page(self._read("rows", since, *entities))

    def load(self, rows: Sequence[tuple[int, str, Item]]) -> None:
        flat: list[str | bytes | int] = []
        for entity, name, item in rows:
            flat += (entity, _json([name, *([attribute, *values_of(item, attribute)] for attribute in item)]))
        self._write("load", *flat)

    def drop(self) -> None:
        self._caller.command("DEL", self._key, key=self._key)

    def reclaim(self) -> bool:
        return bool(self._caller.write("reclaim", self._key)[1])


def _range(index: str, part: Part) -> tuple[bytes, bytes]:
    """A part of an index as the commands of sorted sets have it."""
    if index == CREATION:
        low = (b"(%d" if len(part.low) > ENTITY_BYTES else b"%d") % entity_of(part.low) if part.low else b"-inf"
        return low, b"+inf" if part.high is None else b"(%d" % entity_of(part.high)
    return b"[" + part.low, b"+" if part.high is None else b"(" + part.high


def _checked(reply: Reply) -> Reply:
    kind = reply[0]
    if kind == b"gone":
        raise GoneError
    if kind in (b"behind", b"past"):
        raise BehindError(kind.decode())
    return reply


def _written(write: Write, share: Share | None) -> dict[str, object]:
    """A write as the functions read it; changes by name, as new items are numbered in that order."""
    numbers = share.numbers or {} if share else {}
    changes: list[dict[str, object]] = []
    for change in sorted(write.changes, key=lambda change: change.item):
        entry: dict[str, object] = {"name": change.item}
        if isinstance(change, Put):
            entry |= {"kind": "put", "pairs": change.pairs, "replaced": sorted(change.replaced)}
        else:
            pairs = [(name,) if value is None else (name, value) for name, value in change.attributes]
            entry |= {"kind": "delete", "pairs": pairs}
        if change.item in numbers:
            entry["number"] = numbers[change.item]
        changes.append(entry)
    limits = write.limits
    written: dict[str, object] = {
        "changes": changes,
        "item_attributes": limits.item_attributes,
        "domain_attributes": limits.domain_attributes,
        "domain_bytes": limits.domain_bytes,
        "counted": 1,
    }
    if write.expected is not None:
        name, value = write.expected.name, write.expected.value
        written["expected"] = [name] if value is None else [name, value]
    if share is not None:
        written |= {"shared": True, "counted": int(share.counted), "rehearsed": share.rehearsed}
    return written


def _refusal(reply: Reply, expected: Expectation | None) -> errors.SimpleDBError:
    """The error of a refused write, as :mod:`basicdb_mock.changes` raises it."""
    name = expected.name if expected else ""
    match reply[1]:
        case b"value exists":
            return errors.VALUE_EXISTS(name=name)
        case b"does not exist":
            return errors.ATTRIBUTE_DOES_NOT_EXIST(name=name)
        case b"multi-valued":
            return errors.MULTI_VALUED_ATTRIBUTE(name=name)
        case b"wrong value":
            wanted = expected.value if expected else None
            return errors.WRONG_VALUE(name=name, value=reply[2].decode(), expected=wanted)
        case b"item attributes":
            return errors.NUMBER_ITEM_ATTRIBUTES_EXCEEDED()
        case b"domain attributes":
            return errors.NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED()
        case _:
            return errors.NUMBER_DOMAIN_BYTES_EXCEEDED()


def _page(reply: Reply) -> Page:
    _, revision, replaced, rows, taken, more, caught_up = reply
    flat = iter(replaced)
    was = [
        Replaced(int(entity), name.decode(), item_of(json.loads(row)[1:]) if row else None)
        for entity, name, row in zip(flat, flat, flat, strict=True)
    ]
    return Page(revision, was, list(_rows(rows)), taken, bool(more), bool(caught_up))


def _rows(flat: Sequence[bytes]) -> Iterator[Row]:
    cells = iter(flat)
    for member, entity, row in zip(cells, cells, cells, strict=True):
        if row:
            name, *pairs = json.loads(row)
            yield Row(member, int(entity), name, item_of(pairs))


class RedisRegistry:
    """The domains of one tenant (:class:`basicdb_mock.storage.cluster.partition.Registry`)."""

    def __init__(self, caller: Caller, tag: str) -> None:
        self._caller = caller
        self._key = tag.encode() + b"d"

    def look_up(self, name: str) -> Reference | None:
        found = self._caller.read("look_up", self._key, name)[1]
        return _reference(found, name) if found else None

    def names(self, after: str, at_most: int) -> list[str]:
        low = b"(" + after.encode() if after else b"-"
        return [name.decode() for name in self._caller.read("list", self._key, low, at_most)[1]]

    def announce(self, reference: Reference) -> None:
        self._caller.write("announce", self._key, _json(_referred(reference)))

    def register(self, reference: Reference, at_most: int) -> bool:
        reply = self._caller.write("register", self._key, reference.name, _json(_referred(reference)), at_most)
        if reply[0] == b"full":
            raise errors.NUMBER_DOMAINS_EXCEEDED()
        if reply[0] == b"late":
            raise StorageError("making a domain took too long", unavailable=True)
        return bool(reply[0] == b"done" or reply[1] == 1)

    def remove(self, name: str) -> list[Reference]:
        found = self._caller.write("remove", self._key, uuid4().hex, name)[1]
        return [domain for domain in _dropped(found) if domain.name == name]

    def exchange(self, references: Sequence[Reference]) -> list[Reference]:
        pairs = [part for domain in references for part in (domain.name, _json(_referred(domain)))]
        return _dropped(self._caller.write("exchange", self._key, uuid4().hex, *pairs)[1])

    def condemned(self) -> list[Reference]:
        _, found, now = self._caller.read("condemned", self._key)
        return _dropped(found, before=now - _ABANDONED)

    def forget(self, reference: Reference) -> None:
        self._caller.write("forget", self._key, reference.id)


def _referred(domain: Reference) -> dict[str, object]:
    # `created` as text: the functions' JSON has too few digits for it
    return {"id": domain.id, "created": repr(domain.created), "partitions": domain.partitions, "name": domain.name}


def _reference(found: bytes, name: str) -> Reference:
    entry = json.loads(found)
    return Reference(name, entry["id"], float(entry["created"]), entry["partitions"])


def _dropped(found: Sequence[bytes], before: float = 0.0) -> list[Reference]:
    """Domains that were deleted, or announced before a time."""
    entries = [json.loads(entry) for entry in found]
    return [
        Reference(entry["name"], entry["id"], float(entry["created"]), entry["partitions"])
        for entry in entries
        if entry.get("dropped") or entry.get("announced", before) < before
    ]


class RedisCluster:
    """Redis or Valkey in cluster mode (:class:`basicdb_mock.storage.cluster.partition.Driver`)."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._namespace = caller.settings.namespace

    def partition(self, domain: str, number: int, *, consistent: bool = True) -> RedisPartition:
        return RedisPartition(self._caller, f"{self._namespace}:{{{domain}.{number}}}:", consistent=consistent)

    def registry(self, tenant: Tenant) -> RedisRegistry:
        return RedisRegistry(self._caller, f"{self._namespace}:{{domains/{_tenant_text(tenant)}}}:")

    def records(self, tenant: Tenant) -> RedisRecords:
        return RedisRecords(self._caller, f"{self._namespace}:{{domains/{_tenant_text(tenant)}}}:")

    @property
    def _tenants_key(self) -> bytes:
        return f"{self._namespace}:{{tenants}}:s".encode()

    def tenants(self) -> list[Tenant]:
        found = self._caller.members(self._tenants_key)
        return sorted(_tenant_of(entry.decode()) for entry in found)

    def remember_tenant(self, tenant: Tenant) -> None:
        self._caller.command("SADD", self._tenants_key, _tenant_text(tenant), key=self._tenants_key)

    def report(self) -> list[dict[str, object]]:
        return node_report(self._caller.topology)

    def close(self) -> None:
        self._caller.close()


def _tenant_text(tenant: Tenant) -> str:
    return f"{quote(tenant.account, safe='')}/{quote(tenant.region, safe='')}"


def _tenant_of(text: str) -> Tenant:
    account, _, region = text.partition("/")
    return Tenant(unquote(account), unquote(region))
