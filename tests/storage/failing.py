"""Run in a process with faults.c loaded: each call that writes fails once, in each way; data must stay right.

python -m tests.storage.failing URL
"""

from __future__ import annotations

import ctypes
import sys

from basicdb_mock.changes import Change, Delete, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import DomainStatistics, Tenant
from basicdb_mock.storage import Domain, Storage, StorageError, open_storage
from basicdb_mock.storage.testing.asking import found
from basicdb_mock.storage.testing.naive import pairs_of

TENANT = Tenant("account", "region")
FAULTS = ctypes.CDLL(None)

STEPS: tuple[tuple[str, list[Change]], ...] = (
    ("a put of a new item", [Put("new", (("a", "1"), ("b", "x" * 1000)))]),
    ("a put of a known item", [Put("known", (("a", "2"), ("c", "y" * 900)), frozenset("a"))]),
    ("the delete of an item", [Delete("known")]),
    ("a batch", [Put("known", (("a", "9"),), frozenset("a")), Put("more", (("z", "1"),)), Delete("other")]),
    ("an item with a long name", [Put("n" * 1000, (("a", "1"),))]),
)


def state(domain: Domain) -> tuple[int, DomainStatistics, list[object]]:
    return (
        domain.revision(), domain.statistics(), [(step.place, step.name, pairs_of(step.item)) for step in found(domain)]
    )


def prepared(storage: Storage) -> Domain:
    """The domain as every attempt begins."""
    storage.drop_domain(TENANT, "books")
    storage.create_domain(TENANT, "books", now=0.0, at_most=10)
    domain = storage.domain(TENANT, "books")
    domain.apply(Write([Put("known", (("a", "1"), ("b", "1"))), Put("other", (("a", "1"),))], AWS))
    return domain


def items(state: tuple[int, DomainStatistics, list[object]]) -> object:
    """The part of a state that tells a write that stood from one that was repeated."""
    return state[1:]


def attempt(url: str, changes: list[Change], at: int, kind: str, count: int) -> int:
    """Let calls from the ``at``-th on fail; gives how many calls there were."""
    storage = open_storage(url)
    domain = prepared(storage)
    domain.apply(Write(changes, AWS))
    wanted = items(state(domain))
    domain = prepared(storage)
    before = state(domain)
    FAULTS.fault_arm(at, kind.encode(), count)
    refusal: StorageError | None = None
    try:
        domain.apply(Write(changes, AWS))
    except StorageError as problem:
        refusal = problem
    calls = int(FAULTS.fault_calls())
    FAULTS.fault_arm(0, b"", 0)
    if kind == "ENOSPC" and refusal is not None:
        assert refusal.unavailable or "I/O" in str(refusal), refusal  # of a sync, SQLite tells no more
    after = state(domain)
    if refusal is not None:
        # When not even undoing works any more, a write may stand that was refused, but whole.
        assert after == before or (count > 1 and items(after) == wanted), f"{kind} {at} x {count}: {refusal}: {after}"
        domain.apply(Write(changes, AWS))  # space has returned
        after = state(domain)
    assert items(after) == wanted
    storage.close()
    again = open_storage(url)
    assert state(again.domain(TENANT, "books")) == after, "what was acknowledged is not there after reopening"
    again.close()
    return calls


def main(url: str) -> None:
    refusals = 0
    for what, changes in STEPS:
        for kind, count in (("ENOSPC", 1), ("EIO", 1), ("short", 1), ("ENOSPC", 1000), ("EIO", 1000)):
            at = 1
            while at <= (calls := attempt(url, changes, at, kind, count)):
                at += 1
                refusals += 1
            assert calls > 0, f"{what}: nothing was written"
    sys.stdout.write(f"{refusals} faults\n")


if __name__ == "__main__":
    main(sys.argv[1])
