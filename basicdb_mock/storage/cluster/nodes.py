"""The nodes of a cluster: connections to them, and the map of slots to nodes.

This uses redis-py's connections rather than its cluster client, because WAIT only covers the connection that wrote, and
a retry must know whether the command may have been sent.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import shuffle
from typing import Any, TypeAlias

from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.crc import key_slot
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as NoConnectionError
from redis.retry import Retry

from basicdb_mock.storage.cluster.settings import Address, Settings

Command: TypeAlias = "tuple[str | bytes | int, ...]"
Reply: TypeAlias = Any
"""A node's reply: bytes, a number, a list of replies, ``None``, or a ResponseError."""

__all__ = ["Command", "Map", "Node", "Reply", "Topology", "key_slot"]


class Node:
    """One node, with connections kept for the next call."""

    def __init__(self, address: Address, settings: Settings, *, reading_copies: bool = False) -> None:
        self.address = address
        self._settings = settings
        self._reading_copies = reading_copies
        self._idle: list[Any] = []  # Connection, whose methods have no types
        self._process = os.getpid()

    def exchange(self, commands: Sequence[Command]) -> list[Reply]:
        """Send commands on one connection and read their replies; error replies are returned, not raised.

        Raises redis-py's ConnectionError or TimeoutError; the commands may then have been done.
        """
        connection = self._take()
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            replies = [_reply(connection) for _ in commands]
        except BaseException:
            connection.disconnect()
            raise
        self._idle.append(connection)
        return replies

    def _take(self) -> Any:
        if self._process != os.getpid():  # a connection must not be shared with the parent process after a fork
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> Any:
        settings = self._settings
        connection: Any = (SSLConnection if settings.tls else Connection)(
            host=self.address[0],
            port=self.address[1],
            username=settings.username,
            password=settings.password,
            socket_timeout=settings.timeout,
            socket_connect_timeout=settings.timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **_tls(settings),
        )
        connection.connect()
        if self._reading_copies:
            connection.send_command("READONLY")
            connection.read_response()
        return connection

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.disconnect()


def _tls(settings: Settings) -> dict[str, Any]:
    """The arguments of SSLConnection."""
    if not settings.tls:
        return {}
    return {
        "ssl_ca_certs": settings.ca,
        "ssl_certfile": settings.certificate,
        "ssl_keyfile": settings.key,
        "ssl_cert_reqs": "required" if settings.verify else "none",
        "ssl_check_hostname": settings.verify,
    }


def _reply(connection: Any) -> Reply:
    try:
        return connection.read_response()
    except NoConnectionError:  # also LOADING, which redis-py makes one
        raise
    except ResponseError as error:
        return error


@dataclass(frozen=True, slots=True)
class Shard:
    """The slots of one primary, its address and those of its replicas."""

    first: int
    last: int
    primary: Address
    replicas: tuple[Address, ...]


class Map:
    """The map of slots to nodes."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self.shards = sorted(shards, key=lambda shard: shard.first)
        self._by_slot: dict[int, Shard] = {}
        for shard in self.shards:
            self._by_slot.update(dict.fromkeys(range(shard.first, shard.last + 1), shard))

    def shard(self, slot: int) -> Shard | None:
        return self._by_slot.get(slot)

    def addresses(self) -> list[Address]:
        """Every node, primaries first."""
        primaries = dict.fromkeys(shard.primary for shard in self.shards)
        replicas = dict.fromkeys(replica for shard in self.shards for replica in shard.replicas)
        return list(primaries | replicas)


class Topology:
    """The current map, from any node that responds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hasty = replace(settings, timeout=min(0.5, settings.timeout))
        self._lock = threading.Lock()
        self._nodes: dict[tuple[Address, bool], Node] = {}
        self._map = Map(())
        self._asked = 0
        """How often the map has been requested; a caller with an older version need not request it again."""

    @property
    def asked(self) -> int:
        return self._asked

    def map(self) -> Map:
        return self._map

    def node(self, address: Address, *, reading_copies: bool = False) -> Node:
        """The node at an address, known or not."""
        key = (address, reading_copies)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes.setdefault(key, Node(address, self._settings, reading_copies=reading_copies))
        return node

    def ask(self, address: Address, *command: str) -> Reply:
        """The reply of a node that may be frozen or gone, with a short timeout.  Raises redis-py's RedisError."""
        node = Node(address, self._hasty)
        try:
            (reply,) = node.exchange([command])
            return reply
        finally:
            node.close()

    def refresh(self, seen: int, but: Address | None = None) -> None:
        """Request the map, unless it was requested since ``seen``; the node ``but`` is asked last.

        Raises the last node's error if none responds.
        """
        with self._lock:
            if self._asked != seen:
                return
            known = self._map.addresses()
            shuffle(known)
            candidates = list(dict.fromkeys([*known, *self._settings.addresses]))
            candidates.sort(key=lambda address: address == but)
            trouble: RedisError = NoConnectionError("no node was named")
            for address in candidates:
                try:
                    reply = self.ask(address, "CLUSTER", "SLOTS")
                except AuthenticationError:
                    raise
                except RedisError as error:
                    trouble = error
                    continue
                if isinstance(reply, RedisError):
                    trouble = reply
                elif reply:
                    self._map = Map(_shard(entry, address) for entry in reply)
                    self._asked += 1
                    return
                else:
                    trouble = NoConnectionError(f"the cluster of {address[0]}:{address[1]} has no slots yet")
            raise trouble

    def moved(self, slot: int, address: Address) -> None:
        """A node has redirected a slot to another; use that until the next map."""
        with self._lock:
            others = [shard for shard in self._map.shards if not shard.first <= slot <= shard.last]
            split = [
                Shard(first, last, shard.primary, shard.replicas)
                for shard in self._map.shards
                if shard.first <= slot <= shard.last
                for first, last in ((shard.first, slot - 1), (slot + 1, shard.last))
                if first <= last
            ]
            self._map = Map([*others, *split, Shard(slot, slot, address, ())])

    def close(self) -> None:
        for node in list(self._nodes.values()):
            node.close()


def _shard(entry: Sequence[Reply], asked: Address) -> Shard:
    first, last, primary, *replicas = entry
    return Shard(first, last, _address(primary, asked), tuple(_address(replica, asked) for replica in replicas))


def _address(node: Sequence[Reply], asked: Address) -> Address:
    """A node's address; a node that does not know its own has the address we asked."""
    host = node[0].decode() if node[0] else asked[0]
    return host, int(node[1])
