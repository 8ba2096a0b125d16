"""Domains that several processes know: made, deleted, made again, reclaimed; read from copies."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from basicdb_mock.changes import Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.reclaiming import Reclaimer
from basicdb_mock.storage.cluster.storage import ClusterStorage
from tests.cluster.asking import ALICE, create, get, opened, put, reference_of
from tests.cluster.conftest import PATIENT


@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[ClusterStorage]:
    with opened(f"{cluster.url}?namespace=domains&{PATIENT}") as storage:
        storage.clear()
        create(storage)
        yield storage


@pytest.fixture
def other(cluster: LocalCluster, storage: ClusterStorage) -> Iterator[ClusterStorage]:
    """What another server process has: it knows ``books`` already."""
    with opened(f"{cluster.url}?namespace=domains&{PATIENT}") as other:
        assert get(other, "i") is None
        yield other


def keys(cluster: LocalCluster, pattern: str) -> list[bytes]:
    return [key for node in cluster.nodes if node.role() == "primary" for key in node.ask("KEYS", pattern)]


def test_a_domain_deleted_elsewhere_is_gone_at_once(storage: ClusterStorage, other: ClusterStorage) -> None:
    storage.drop_domain(ALICE, "books")
    with pytest.raises(SimpleDBError, match=r"^NoSuchDomain: "):
        put(other, "i", n="1")
    with pytest.raises(SimpleDBError, match=r"^NoSuchDomain: "):
        list(other.domain(ALICE, "books").search(plan_search(None)))


def test_a_domain_made_again_elsewhere_is_the_new_one(storage: ClusterStorage, other: ClusterStorage) -> None:
    put(storage, "i", n="old")
    storage.drop_domain(ALICE, "books")
    storage.create_domain(ALICE, "books", now=2.0, at_most=250)
    assert get(other, "i") is None
    put(other, "i", n="new")
    assert get(storage, "i") == {"n": "new"}
    domain = other.domain(ALICE, "books")
    assert (domain.created, domain.revision()) == (2.0, 1)


def test_a_deleted_domain_gives_everything_back(cluster: LocalCluster, storage: ClusterStorage) -> None:
    for number in range(150):  # more attributes than one step of reclaiming takes
        put(storage, f"i{number}", None, **{f"a{number}": "1"})
    tag = f"domains:{{{reference_of(storage, 'books').id}.*"
    assert len(keys(cluster, tag)) > 150
    storage.drop_domain(ALICE, "books")
    storage.reclaimed()
    assert [key for key in keys(cluster, tag) if not key.endswith(b"w")] == []  # w: marks that go by themselves


def test_what_a_process_left_behind_is_reclaimed_by_another(
    cluster: LocalCluster, storage: ClusterStorage, other: ClusterStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(storage, "i", n="1")
    tag = f"domains:{{{reference_of(storage, 'books').id}.*"
    with monkeypatch.context() as dying:
        dying.setattr(Reclaimer, "wake", lambda self, tenant: None)
        storage.drop_domain(ALICE, "books")
    assert keys(cluster, tag)
    create(other, "films")
    other.drop_domain(ALICE, "films")
    other.reclaimed()
    assert [key for key in keys(cluster, tag) if not key.endswith(b"w")] == []


def test_many_processes_make_one_domain(cluster: LocalCluster, storage: ClusterStorage, other: ClusterStorage) -> None:
    create(storage, "films")
    create(other, "films")
    assert reference_of(storage, "films") == reference_of(other, "films")


def test_an_eventual_read_is_answered_by_a_replica(cluster: LocalCluster, storage: ClusterStorage) -> None:
    put(storage, "i", n="1")

    def read_by_replicas() -> int:
        told = [node.ask("INFO", "commandstats").decode() for node in cluster.nodes if node.role() == "replica"]
        return sum(int(line.split("calls=")[1].split(",")[0]) for text in told for line in text.splitlines()
                   if line.startswith("cmdstat_fcall_ro:"))  # fmt: skip

    before = read_by_replicas()
    assert get(storage, "i") == {"n": "1"}
    assert read_by_replicas() == before
    assert get(storage, "i", consistent=False) == {"n": "1"}
    assert [step.name for step in storage.domain(ALICE, "books", consistent=False).search(plan_search(None))] == ["i"]
    assert read_by_replicas() == before + 2


def test_a_search_that_outlives_the_history_is_refused_and_never_wrong(
    cluster: LocalCluster, storage: ClusterStorage
) -> None:
    with opened(f"{cluster.url}?namespace=domains&history=1") as forgetful:
        domain = forgetful.domain(ALICE, "books")
        for start in range(0, 300, 100):
            domain.apply(Write([Put(f"{number:04}", (("a", "1"),)) for number in range(start, start + 100)], AWS))
        search = domain.search(plan_search(None))
        first = next(search)
        while domain_forgets(forgetful):
            put(forgetful, "0000", a="2")
        with pytest.raises(StorageError, match="looks back") as late:
            list(search)
        assert first.item == {"a": "1"}
        assert late.value.unavailable


def domain_forgets(storage: ClusterStorage) -> bool:
    """Whether the partition still has its first writes to look back on."""
    reference = reference_of(storage, "books")
    return storage._driver.partition(reference.id, 0).counters().undone < 4


def test_the_nodes_tell_their_roles_slots_and_lag(cluster: LocalCluster, storage: ClusterStorage) -> None:
    nodes = storage.nodes()
    assert [node["role"] for node in nodes] == ["primary"] * 3 + ["replica"] * 3
    assert all(node["healthy"] for node in nodes)
    assert [bool(node["slots"]) for node in nodes] == [True] * 3 + [False] * 3
    assert all(node["lag_bytes"] is None for node in nodes[:3])
    assert all(isinstance(node["lag_bytes"], int) for node in nodes[3:])
    json.dumps(nodes)


def test_a_snapshot_is_of_a_cluster(storage: ClusterStorage) -> None:
    with pytest.raises(StorageError, match=r"^not a snapshot of a cluster$"):
        storage.restore({"books": {}})
