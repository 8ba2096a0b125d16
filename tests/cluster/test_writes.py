"""Writes: safe when they are acknowledged, done once however often they are sent, refused when there is no room."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from basicdb_mock.changes import Expectation
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster import large
from basicdb_mock.storage.cluster.local import LocalCluster, LocalNode, wait_for
from basicdb_mock.storage.cluster.storage import ClusterStorage
from basicdb_mock.storage.invocation import served_headers
from tests.cluster.asking import ALICE, create, delete, get, opened, put, replicas_of
from tests.cluster.moving import owner_of, slot_of


@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[ClusterStorage]:
    with opened(cluster.url) as storage:
        storage.clear()
        create(storage)
        yield storage


@pytest.fixture
def calling() -> Iterator[None]:
    """Gives the caller's id back as it was."""
    before = served_headers.set(None)
    yield
    served_headers.reset(before)


@pytest.fixture
def replica(cluster: LocalCluster, storage: ClusterStorage) -> Iterator[LocalNode]:
    """The one replica of the node that has ``books``; it runs again at the end."""
    primary = owner_of(cluster, slot_of(storage, "books"))
    (replica,) = replicas_of(cluster, primary)
    yield replica
    replica.signal(signal.SIGCONT)
    wait_for("the replica", lambda: "master_link_status:up" in replica.ask("INFO", "replication").decode())
    cluster.wait_until_in_step()


def test_a_write_that_is_sent_again_is_done_once(storage: ClusterStorage, calling: None) -> None:
    put(storage, "i", n="5")
    served_headers.set({"amz-sdk-invocation-id": "one call"})
    put(storage, "i", Expectation("n", "5"), n="6")
    put(storage, "i", Expectation("n", "5"), n="6")  # answers as the first did
    assert storage.domain(ALICE, "books").revision() == 2
    served_headers.set({"amz-sdk-invocation-id": "another call"})
    with pytest.raises(SimpleDBError) as refused:
        put(storage, "i", Expectation("n", "5"), n="6")
    assert str(refused.value).startswith("ConditionalCheckFailed: ")


def test_a_call_that_says_something_else_is_no_repetition(storage: ClusterStorage, calling: None) -> None:
    served_headers.set({"amz-sdk-invocation-id": "one call"})
    put(storage, "i", n="5")
    put(storage, "i", n="6")
    assert get(storage, "i") == {"n": "6"}


def test_a_write_no_replica_took_is_unknown_and_its_retry_is_recognised(
    cluster: LocalCluster, storage: ClusterStorage, replica: LocalNode, calling: None
) -> None:
    put(storage, "i", n="5")
    replica.signal(signal.SIGSTOP)
    served_headers.set({"amz-sdk-invocation-id": "one call"})
    with opened(f"{cluster.url}?patience=1.2&timeout=0.5") as hasty:
        with pytest.raises(StorageError) as unknown:
            put(hasty, "i", Expectation("n", "5"), n="6")
        assert unknown.value.unavailable
        assert "0 of 1 replicas have the write" in str(unknown.value)
        replica.signal(signal.SIGCONT)
    put(storage, "i", Expectation("n", "5"), n="6")  # by another server: not refused for what it did itself
    assert get(storage, "i") == {"n": "6"}
    assert storage.domain(ALICE, "books").revision() == 2


def is_refused(storage: ClusterStorage) -> bool:
    """Whether a conditional put from 5 to 6 is."""
    try:
        put(storage, "i", Expectation("n", "5"), n="6")
    except SimpleDBError as error:
        return str(error).startswith("ConditionalCheckFailed: ")
    return False


@pytest.mark.parametrize("most_pairs", [512, 0])
def test_a_call_without_a_name_is_recognised_by_what_it_writes_once_and_only_if_nobody_was_told(
    cluster: LocalCluster, storage: ClusterStorage, replica: LocalNode, calling: None,
    monkeypatch: pytest.MonkeyPatch, most_pairs: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(large, "MOST_PAIRS", most_pairs)
    put(storage, "i", n="5")
    replica.signal(signal.SIGSTOP)
    served_headers.set({"user-agent": "Boto/2.49.0"})
    with opened(f"{cluster.url}?patience=1.2&timeout=0.5") as hasty:
        with pytest.raises(StorageError, match="0 of 1 replicas have the write"):
            put(hasty, "i", Expectation("n", "5"), n="6")
        replica.signal(signal.SIGCONT)
    served_headers.set({"user-agent": "another client"})
    assert is_refused(storage)
    served_headers.set({"user-agent": "Boto/2.49.0"})
    assert not is_refused(storage)  # by another server: what refuses it is what it did itself
    assert get(storage, "i") == {"n": "6"}
    assert storage.domain(ALICE, "books").revision() == 2
    assert is_refused(storage)  # it was told now: this is another one


def test_a_call_without_a_name_that_was_answered_is_judged_anew(storage: ClusterStorage, calling: None) -> None:
    served_headers.set({"user-agent": "Boto/2.49.0"})
    put(storage, "i", n="5")
    assert [is_refused(storage), is_refused(storage)] == [False, True]
    put(storage, "i", n="5")
    assert [is_refused(storage), is_refused(storage)] == [False, True]
    assert storage.domain(ALICE, "books").revision() == 4


def test_without_waiting_for_replicas_a_write_is_acknowledged_by_its_primary(
    cluster: LocalCluster, storage: ClusterStorage, replica: LocalNode
) -> None:
    replica.signal(signal.SIGSTOP)
    with opened(f"{cluster.url}?replicas=0&patience=2") as careless:
        put(careless, "i", n="1")
        assert get(careless, "i") == {"n": "1"}


def test_when_memory_is_full_nothing_is_half_written_and_deleting_makes_room(
    cluster: LocalCluster, storage: ClusterStorage
) -> None:
    put(storage, "i", a="1", b="2")
    before = storage.domain(ALICE, "books").statistics()
    primaries = [node for node in cluster.nodes if node.role() == "primary"]
    for node in primaries:
        node.ask("CONFIG", "SET", "maxmemory", 1)
    try:
        with pytest.raises(StorageError) as full:
            put(storage, "j", a="1", b="2")
        assert full.value.unavailable
        assert "memory is full" in str(full.value)
        assert get(storage, "j") is None
        assert storage.domain(ALICE, "books").statistics() == before
        delete(storage, "i")
        assert storage.domain(ALICE, "books").statistics().item_count == 0
    finally:
        for node in primaries:
            node.ask("CONFIG", "SET", "maxmemory", 0)


def test_a_cluster_that_is_not_there_says_where_it_was_looked_for() -> None:
    with pytest.raises(StorageError) as nobody, opened("redis+cluster://127.0.0.1:1"):
        pass
    assert str(nobody.value).startswith("there is no cluster at 127.0.0.1:1: ")
