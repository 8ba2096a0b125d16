"""The ``redis+cluster:`` storage keeps the contract, with domains in one partition and in several."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Domain, Storage, open_storage
from basicdb_mock.storage.cluster import large, paths
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.testing import StorageContract
from basicdb_mock.storage.testing.machine import storage_machine
from tests.cluster.conftest import PATIENT


class TestCluster(StorageContract):
    @pytest.fixture
    def storage(self, storage: Storage) -> Storage:
        return storage


class TestClusterOfPartitions(StorageContract):
    @pytest.fixture
    def storage(self, cluster: LocalCluster) -> Iterator[Storage]:
        storage = open_storage(f"{cluster.url}?partitions=3&namespace=spread&{PATIENT}")
        storage.clear()
        yield storage
        storage.close()

    def test_no_reader_sees_half_a_batch(self, books: Domain) -> None:
        """Not promised where a domain is spread: a reader may see a batch in some partitions and not yet in others."""
        torn: list[object] = []

        def write() -> None:
            for number in range(20):
                puts = [Put(item, (("n", str(number)), ("m", str(number))), frozenset("nm")) for item in "abc"]
                books.apply(Write(puts, AWS))

        def read() -> None:
            for _ in range(40):
                items = [step.item for step in books.search(plan_search(None)) if step.item is not None]
                torn.extend(item for item in items if item["n"] != item["m"])

        self.together([write, read])
        assert torn == []  # of one item everything is seen, or nothing


class TestClusterOfLargeWrites(StorageContract):
    """Every write is done as one that is too large for one call."""

    @pytest.fixture
    def storage(self, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Storage:
        monkeypatch.setattr(large, "MOST_PAIRS", 0)
        return storage


def run_machine(url: str, examples: int) -> None:
    def fresh() -> Storage:
        storage = open_storage(url)
        storage.clear()
        return storage

    def again(storage: Storage) -> Storage:
        storage.close()
        return open_storage(url)

    machine = storage_machine(fresh, again).TestCase
    machine.settings = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a failure takes minutes here
        database=None,
    )
    machine("runTest").runTest()


@pytest.fixture(params=["as it is", "pages of two", "pages of two, along the order", "writes in parts"])
def pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much one call reads and writes, and whether a search may collect what narrows it."""
    if request.param == "writes in parts":
        monkeypatch.setattr(large, "MOST_PAIRS", 1)
    if request.param.startswith("pages"):
        for name in ("FIRST_ROWS", "MOST_ROWS", "MOST_ENTITIES"):
            monkeypatch.setattr(paths, name, 2)
    if request.param.endswith("order"):
        monkeypatch.setattr(paths, "ROWS_PER_PAGE", 0)


@pytest.mark.usefixtures("pages")
def test_the_cluster_agrees_with_the_naive_model(cluster: LocalCluster) -> None:
    run_machine(f"{cluster.url}?namespace=machine&{PATIENT}", examples=12)


@pytest.mark.usefixtures("pages")
def test_a_cluster_of_partitions_agrees_with_the_naive_model(cluster: LocalCluster) -> None:
    run_machine(f"{cluster.url}?namespace=machines&partitions=3&{PATIENT}", examples=5)
