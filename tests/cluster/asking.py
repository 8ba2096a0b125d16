"""Short ways to write to a storage and to look into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from basicdb_mock.changes import Delete, Expectation, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item, Tenant
from basicdb_mock.storage import StorageError, open_storage
from basicdb_mock.storage.cluster.local import LocalCluster, LocalNode
from basicdb_mock.storage.cluster.partition import Reference
from basicdb_mock.storage.cluster.storage import ClusterStorage

ALICE = Tenant("alice", "us-east-1")


@contextmanager
def opened(url: str) -> Iterator[ClusterStorage]:
    """A storage in a cluster, for the length of a block."""
    storage = open_storage(url)
    assert isinstance(storage, ClusterStorage)
    try:
        yield storage
    finally:
        storage.close()


def create(storage: ClusterStorage, name: str = "books") -> None:
    storage.create_domain(ALICE, name, now=1.0, at_most=250)


def reference_of(storage: ClusterStorage, name: str) -> Reference:
    """How the registry has a domain, whoever owns it."""
    for tenant in storage.tenants():
        reference = storage._look_up(tenant, name)
        if reference is not None:
            return reference
    raise AssertionError(f"there is no domain {name}")


def replicas_of(cluster: LocalCluster, primary: LocalNode) -> list[LocalNode]:
    """The copies of a primary."""
    return [node for node in cluster.nodes if node.role() == "replica" and node.ask("ROLE")[2] == primary.port]


def is_answered(call: Callable[[], object]) -> bool:
    """Whether a call was answered, or else told to come again."""
    try:
        call()
    except StorageError as failure:
        if not failure.unavailable:
            raise
        return False
    return True


def put(storage: ClusterStorage, item: str, expected: Expectation | None = None, **values: str) -> None:
    """Replace attributes of an item of ``books``."""
    change = Put(item, tuple(values.items()), frozenset(values))
    storage.domain(ALICE, "books").apply(Write([change], AWS, expected))


def delete(storage: ClusterStorage, item: str) -> None:
    storage.domain(ALICE, "books").apply(Write([Delete(item)], AWS))


def get(storage: ClusterStorage, item: str, *, consistent: bool = True) -> Item | None:
    return storage.domain(ALICE, "books", consistent=consistent).get(item)
