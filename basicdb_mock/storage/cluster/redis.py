"""The engine for Redis Cluster and Valkey: partitions and registries by functions loaded into it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote
from uuid import uuid4

from basicdb_mock import errors
from basicdb_mock.changes import Put, Write
from basicdb_mock.model import Item, Tenant, pair_count
from basicdb_mock.storage.cluster import large
from basicdb_mock.storage.cluster.calls import Caller
from basicdb_mock.storage.cluster.members import ENTITY_BYTES, entities_of, entity_member, entity_of
from basicdb_mock.storage.cluster.nodes import Reply
from basicdb_mock.storage.cluster.partition import (
    CREATION,
    Counters,
    EntityPage,
    Growth,
    NumbersNeededError,
    Page,
    Part,
    Reference,
    Share,
)
from basicdb_mock.storage.cluster.records import RedisRecords
from basicdb_mock.storage.cluster.replies import (
    as_json,
    checked,
    growth_of,
    item_in,
    limits_of,
    page_of,
    refusal,
    row_of,
)
from basicdb_mock.storage.cluster.report import node_report
from basicdb_mock.storage.contract import StorageError

_ABANDONED = 3600.0
"""Seconds after which an announced domain that was never registered is reclaimed."""


class RedisPartition:
    """The keys of one hash tag (:class:`basicdb_mock.storage.cluster.partition.Partition`)."""

    def __init__(self, caller: Caller, tag: str, *, consistent: bool) -> None:
        self._caller = caller
        self._key = tag.encode() + b"m"
        self._consistent = consistent

    def _read(self, function: str, *arguments: str | bytes | int) -> Reply:
        if not self._consistent:
            reply = self._caller.read(function, self._key, *arguments, consistent=False)
            if reply[0] not in (b"gone", b"behind"):  # which may just mean that the replica lags
                return checked(reply)
        return checked(self._caller.read(function, self._key, *arguments))

    def _write(self, function: str, *arguments: str | bytes | int) -> Reply:
        return checked(self._caller.write(function, self._key, *arguments))

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
        return item_in(self._read("get", name)[1])

    def apply(self, write: Write, token: str, share: Share | None = None) -> Growth:
        if sum(len(change.pairs) for change in write.changes if isinstance(change, Put)) <= large.MOST_PAIRS:
            settings = self._caller.settings
            function = "apply_deletes" if large.shrinks(write) else "apply"  # which may run when memory is full
            reply = self._write(function, token, settings.remember, settings.history, as_json(_written(write, share)))
            if reply[0] == b"unnumbered":
                raise NumbersNeededError
            if reply[0] == b"refused":
                raise refusal(reply, write.expected)
            if reply[0] != b"large":
                return growth_of(reply)
        return large.apply(self._caller, self._key, write, token, share)

    def settle(self, token: str) -> None:
        self._write("settle", token)

    def take_numbers(self, number: int) -> int:
        return int(self._write("take_numbers", number)[1])

    def sizes(self, spans: Sequence[tuple[str, Part]]) -> tuple[int, list[int]]:
        arguments = [text for index, part in spans for text in (index, *_range(index, part))]
        _, items, *found = self._read("sizes", *arguments)
        return items, found

    def walk(self, since: int, index: str, parts: Sequence[Part], descending: bool, limit: int) -> Page:
        direction = "-" if descending else "+"
        bounds = [bound for part in parts for bound in _range(index, part)]
        page = page_of(self._read("walk", since, index, direction, limit, *bounds))
        if index == CREATION:  # found by name, numbered by entity
            return replace(page, rows=[row._replace(member=entity_member(row.entity)) for row in page.rows])
        return page

    def entities(self, since: int, index: str, part: Part, limit: int) -> EntityPage:
        reply = self._read("entities", since, index, limit, *_range(index, part))
        packed, last = reply[3] or (b"", b"")
        reply[3] = []
        page = page_of(reply)
        return EntityPage(page, entities_of(packed), last if page.more else None)

    def rows(self, since: int, entities: Sequence[int]) -> Page:
        return page_of(self._read("rows", since, *entities))

    def load(self, rows: Sequence[tuple[int, str, Item]]) -> None:
        flat: list[str | bytes | int] = []
        number = 0
        for entity, name, item in rows:
            number += pair_count(item)
            if flat and number > large.MOST_PAIRS:
                self._write("load", *flat)
                flat, number = [], pair_count(item)
            flat += (entity, row_of(name, item))
        self._write("load", *flat)

    def drop(self) -> None:
        self._caller.command("DEL", self._key, key=self._key)

    def reclaim(self) -> bool:
        return bool(self._caller.write("reclaim", self._key)[1])


def _range(index: str, part: Part) -> tuple[bytes, bytes]:
    """A part of an index as a range for the commands on sorted sets."""
    if index == CREATION:
        low = (b"(%d" if len(part.low) > ENTITY_BYTES else b"%d") % entity_of(part.low) if part.low else b"-inf"
        return low, b"+inf" if part.high is None else b"(%d" % entity_of(part.high)
    return b"[" + part.low, b"+" if part.high is None else b"(" + part.high


def _written(write: Write, share: Share | None) -> dict[str, object]:
    """A write as input for the functions; changes are sorted by name, the order in which new items are numbered."""
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
    written: dict[str, object] = {"changes": changes, "counted": 1, "most_pairs": large.MOST_PAIRS}
    written |= limits_of(write.limits)
    if write.expected is not None:
        name, value = write.expected.name, write.expected.value
        written["expected"] = [name] if value is None else [name, value]
    if share is not None:
        written |= {"shared": True, "counted": int(share.counted), "rehearsed": share.rehearsed}
    return written


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
        self._caller.write("announce", self._key, as_json(_referred(reference)))

    def register(self, reference: Reference, at_most: int) -> bool:
        reply = self._caller.write("register", self._key, reference.name, as_json(_referred(reference)), at_most)
        if reply[0] == b"full":
            raise errors.NUMBER_DOMAINS_EXCEEDED()
        if reply[0] == b"late":
            raise StorageError("creating a domain took too long", unavailable=True)
        return bool(reply[0] == b"done" or reply[1] == 1)

    def remove(self, name: str) -> list[Reference]:
        found = self._caller.write("remove", self._key, uuid4().hex, name)[1]
        return [domain for domain in _dropped(found) if domain.name == name]

    def exchange(self, references: Sequence[Reference]) -> list[Reference]:
        pairs = [part for domain in references for part in (domain.name, as_json(_referred(domain)))]
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
    """Domains that have been deleted, or were announced before a time."""
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
