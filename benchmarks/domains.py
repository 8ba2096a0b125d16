"""The domain that is measured: about ten short attributes an item, some common, some unique."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.storage.memory import LAZY, Indexing, MemoryDomain

COLOURS = ["red", "blue", "green", "black", "white", "grey", "pink", "gold"]
BATCH = 25


def item(number: int, chance: Random) -> Put:
    """One item; ``city`` has a thousand values, ``price`` a hundred thousand, ``id`` as many as there are items."""
    share = chance.random
    pairs = [
        ("id", f"u{number:09}"),
        ("city", f"city{int(share() * 1000):04}"),
        ("price", f"{int(share() * 100_000):06}"),
        ("colour", COLOURS[int(share() * 8)]),
        ("size", "SMLXY"[int(share() * 5)]),
        ("tag", f"t{int(share() * 20)}"),
        ("year", str(1980 + int(share() * 40))),
        ("stock", str(int(share() * 1000))),
        ("note", f"n{int(share() * 10_000_000):07}"),
    ]
    if share() < 0.3:
        pairs.append(("tag", f"t{20 + int(share() * 20)}"))
    pairs.append(("extra", f"e{int(share() * 10)}") if share() < 0.3 else ("kind", f"k{int(share() * 10)}"))
    return Put(f"item{number:08}", tuple(pairs))


def batches(items: int, seed: int = 5) -> Iterator[list[Put]]:
    """The items of a domain as BatchPutAttributes has them."""
    chance = Random(seed)
    for start in range(0, items, BATCH):
        yield [item(number, chance) for number in range(start, min(items, start + BATCH))]


def filled(items: int, indexing: Indexing = LAZY) -> MemoryDomain:
    domain = MemoryDomain(0.0, indexing)
    for batch in batches(items):
        domain.apply(Write(batch, AWS))
    return domain
