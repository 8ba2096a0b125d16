"""Moving a slot from one node to another, step by step, as ``redis-cli --cluster reshard`` does."""

from __future__ import annotations

from collections.abc import Iterator

from basicdb_mock.storage.cluster.local import LocalCluster, LocalNode
from basicdb_mock.storage.cluster.nodes import key_slot
from basicdb_mock.storage.cluster.storage import ClusterStorage
from tests.cluster.asking import reference_of


def slot_of(storage: ClusterStorage, domain: str) -> int:
    """The slot of a domain of one partition."""
    return key_slot(f"basicdb:{{{reference_of(storage, domain).id}.0}}:m".encode())


def owner_of(cluster: LocalCluster, slot: int) -> LocalNode:
    """The primary that has a slot."""
    for node in cluster.nodes:
        for first, last, primary, *_ in node.ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in cluster.nodes if node.port == primary[1])
    raise AssertionError(f"nobody has slot {slot}")


def moving(slot: int, source: LocalNode, target: LocalNode, cluster: LocalCluster) -> Iterator[str]:
    """Move a slot, telling after every step what was done."""
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id())
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id())
    yield "announced"
    while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1):
        source.ask("MIGRATE", "127.0.0.1", target.port, keys[0], 0, 1000)
        yield f"moved {keys[0]!r}"
    others = [node for node in cluster.nodes if node not in (source, target) and node.role() == "primary"]
    for node in [target, source, *others]:
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.id())
    yield "done"


def move(slot: int, target: LocalNode, cluster: LocalCluster) -> None:
    """Move a slot to a node, all of it."""
    for _ in moving(slot, owner_of(cluster, slot), target, cluster):
        pass
