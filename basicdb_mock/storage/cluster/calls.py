"""Calling a function in a partition: finding its node, retrying, and knowing when a write is safe."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from importlib.resources import files
from random import choice, random
from threading import Lock
from time import monotonic, sleep

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)

from basicdb_mock.storage.cluster.nodes import Command, Node, Reply, Topology, key_slot
from basicdb_mock.storage.cluster.settings import Address, Settings
from basicdb_mock.storage.contract import StorageError

_log = logging.getLogger(__name__)

_PARTS = ("keys", "reading", "items", "writing", "filling", "staging", "registry", "records", "offers")
_FOLDER = files("basicdb_mock.storage.cluster").joinpath("functions")
_TEXT = "\n".join(_FOLDER.joinpath(f"{part}.lua").read_text("utf-8") for part in _PARTS)
_SUFFIX = "_" + sha1(_TEXT.encode()).hexdigest()[:10]
LIBRARY = "basicdb_mock" + _SUFFIX
"""Named by a hash of its text, so that two versions of the package can use one cluster."""
_SOURCE = f"#!lua name={LIBRARY}\nlocal SUFFIX = '{_SUFFIX}'\n{_TEXT}"

_PAUSES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Seconds before the second attempt, the third and so on; the last one repeats."""
_MOST_ATTEMPTS = 200
"""Bounds a call even if a test has frozen the clock."""
_SHUT_OUT = (AuthenticationError, AuthorizationError)
_MOVING = ("non local key", "undeclared keys were accessed during rehashing")
"""The errors for a key in a slot that is being migrated, of Redis and of Valkey 8."""
_HOPELESS = ("NOPERM", "WRONGPASS", "NOAUTH")


class AttemptError(Exception):
    """A failed attempt that is worth retrying; ``moved_to`` is where the slot is now."""

    def __init__(self, reason: object, moved_to: Address | None = None, *, ask_map: bool = True) -> None:
        super().__init__(str(reason))
        self.moved_to = moved_to
        self.ask_map = ask_map


class Caller:
    """Calls our functions in a cluster."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.topology = Topology(settings)
        self._loading = Lock()

    def read(self, function: str, key: bytes, *arguments: str | bytes | int, consistent: bool = True) -> Reply:
        """The reply of a reading function from the primary, or unless ``consistent`` from a replica that may lag."""
        command: Command = ("FCALL_RO", function + _SUFFIX, 1, key, *arguments)
        return self._try([command], key, from_copy=not consistent)

    def write(self, function: str, key: bytes, *arguments: str | bytes | int, safe: bool = True) -> Reply:
        """The reply of a writing function, if ``safe`` once the replicas have what it wrote.

        It may run more than once, which does no harm: the functions are idempotent.
        """
        command: Command = ("FCALL", function + _SUFFIX, 1, key, *arguments)
        return self.command(*command, key=key) if safe else self._try([command], key, from_copy=False)

    def command(self, *command: str | bytes | int, key: bytes) -> Reply:
        """The reply of a writing command, once the replicas have what it wrote."""
        if not self.settings.replicas:
            return self._try([command], key, from_copy=False)
        # WAIT only covers what its own connection wrote.  So another attempt, which may find nothing left to write,
        # writes a mark.
        wait: Command = ("WAIT", self.settings.replicas, int(self.settings.timeout * 600))
        mark: Command = ("SET", key[:-1] + b"w", "1", "EX", 60)
        return self._try([command, wait], key, from_copy=False, again=[command, mark, wait])

    def members(self, key: bytes) -> list[bytes]:
        """The members of a set."""
        return list(self._try([("SMEMBERS", key)], key, from_copy=False))

    def _try(
        self, commands: list[Command], key: bytes, *, from_copy: bool, again: list[Command] | None = None
    ) -> Reply:
        """The reply to the first of some commands, or of ``again`` from the second attempt on."""
        slot = key_slot(key)
        end = monotonic() + self.settings.patience
        trouble: Exception = StorageError("no attempt was made")
        for attempt in range(_MOST_ATTEMPTS):
            if attempt:
                pause = _PAUSES[min(attempt, len(_PAUSES)) - 1] * (0.5 + random())
                if monotonic() + pause > end:
                    break
                sleep(pause)
            seen = self.topology.asked
            address: Address | None = None
            try:
                node = self._node(slot, from_copy=from_copy and attempt == 0)
                address = node.address
                return self._attempt(node, again if again and attempt else commands)
            except AttemptError as refused:
                trouble = refused
                if refused.moved_to:
                    self.topology.moved(slot, refused.moved_to)
                if refused.ask_map:
                    self._refresh(seen, None)
            except _SHUT_OUT as error:
                raise StorageError(f"the cluster refuses access: {error}") from error
            except RedisError as error:  # of the connection
                trouble = error
                if address is not None:
                    self.topology.node(address).close()
                self._refresh(seen, address)
        raise StorageError(f"the cluster did not finish in time: {trouble}", unavailable=True) from trouble

    def _refresh(self, seen: int, but: Address | None) -> None:
        try:
            self.topology.refresh(seen, but)
        except _SHUT_OUT as error:
            raise StorageError(f"the cluster refuses access: {error}") from error
        except RedisError as error:
            _log.debug("no node tells who has which slot: %s", error)

    def _node(self, slot: int, *, from_copy: bool) -> Node:
        shard = self.topology.map().shard(slot)
        if shard is None:
            self.topology.refresh(self.topology.asked)
            shard = self.topology.map().shard(slot)
            if shard is None:
                raise AttemptError(f"no node has slot {slot}")
        if from_copy and shard.replicas:
            return self.topology.node(choice(shard.replicas), reading_copies=True)
        return self.topology.node(shard.primary)

    def _attempt(self, node: Node, commands: list[Command]) -> Reply:
        reply, *others = node.exchange(commands)
        if isinstance(reply, RedisError):
            self._judge(reply, node)
        if others and not _wrote_nothing(reply):
            for other in others:
                if isinstance(other, RedisError):
                    self._judge(other, node)
            if others[-1] < self.settings.replicas:
                raise AttemptError(f"{others[-1]} of {self.settings.replicas} replicas have the write", ask_map=False)
        return reply

    def _judge(self, error: RedisError, node: Node) -> None:
        """Raise AttemptError for an error reply that a retry may avoid, else StorageError."""
        text = str(error)
        if isinstance(error, MovedError):
            raise AttemptError(error, (error.host or node.address[0], error.port))
        if isinstance(error, (TryAgainError, AskError)) or any(words in text for words in _MOVING):
            # Never follow ASK: part of the partition may still be here.
            raise AttemptError(f"the slot is moving: {error}", ask_map=False)
        if isinstance(error, (ClusterDownError, ReadOnlyError)):
            raise AttemptError(error)
        if "Function not found" in text:
            self._load(node)
            raise AttemptError(error, ask_map=False)
        if isinstance(error, OutOfMemoryError) or text.startswith(("OOM", "command not allowed when used memory")):
            raise StorageError(f"the cluster's memory is full: {error}", unavailable=True)
        if isinstance(error, NoPermissionError) or text.startswith(_HOPELESS):
            raise StorageError(f"the cluster does not let us do it: {error}")
        if text.startswith(("NOREPLICAS", "MISCONF", "BUSY", "UNBLOCKED")):
            raise AttemptError(error)
        raise StorageError(f"the cluster answered: {error}")

    def _load(self, node: Node) -> None:
        """Load our functions into a node; its replicas get them from it."""
        with self._loading:
            (reply,) = self.topology.node(node.address).exchange([("FUNCTION", "LOAD", _SOURCE)])
        if isinstance(reply, RedisError) and "already exists" not in str(reply):
            if isinstance(reply, ReadOnlyError):  # a replica that does not have them yet
                return
            if "unknown command" in str(reply).lower():
                raise StorageError(f"Redis 7.0 or Valkey is needed: {reply}")
            self._judge(reply, node)

    def close(self) -> None:
        self.topology.close()


_NOTHING_DONE = (b"refused", b"gone", b"unnumbered", b"large", b"unstaged")
"""Replies of writing functions that wrote nothing."""


def _wrote_nothing(reply: Reply) -> bool:
    return isinstance(reply, list) and reply[0] in _NOTHING_DONE


@contextmanager
def opening(settings: Settings) -> Iterator[Caller]:
    """A caller that has reached its cluster; closed if that fails.  Raises StorageError."""
    caller = Caller(settings)
    try:
        caller.topology.refresh(0)
        yield caller
    except _SHUT_OUT as error:
        caller.close()
        raise StorageError(f"the cluster refuses access: {error}") from error
    except RedisError as error:
        caller.close()
        where = ", ".join(f"{host}:{port}" for host, port in settings.addresses)
        raise StorageError(f"there is no cluster at {where}: {error}", unavailable=True) from error
    except BaseException:
        caller.close()
        raise
