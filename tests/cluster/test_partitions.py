"""A domain over several slots keeps its limits as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from basicdb_mock.changes import Change, Delete, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.storage.cluster import large
from basicdb_mock.storage.cluster.domain import partition_of
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.storage import ClusterStorage
from tests.cluster.asking import ALICE, create, opened
from tests.cluster.conftest import PATIENT

HERE, THERE = "a", "b"
"""Names of items in different partitions."""


@pytest.fixture(params=["small", "large"])
def storage(
    request: pytest.FixtureRequest, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ClusterStorage]:
    monkeypatch.setattr(large, "MOST_PAIRS", 512 if request.param == "small" else 0)
    assert partition_of(HERE, 3) != partition_of(THERE, 3)
    with opened(f"{cluster.url}?partitions=3&namespace=limits&{PATIENT}") as storage:
        storage.clear()
        create(storage)
        yield storage


def test_a_name_that_another_partition_has_adds_nothing_to_the_size(storage: ClusterStorage) -> None:
    domain = storage.domain(ALICE, "books")
    domain.apply(Write([Put(HERE, (("colour", "red"),))], AWS))
    size = domain.statistics().size
    domain.apply(Write([Put(THERE, (("colour", "tan"),))], replace(AWS, domain_bytes=size + 4)))
    assert domain.statistics().size == size + 4  # the item's name and the value


def test_a_batch_that_makes_the_domain_smaller_is_done_beyond_the_limit(storage: ClusterStorage) -> None:
    domain = storage.domain(ALICE, "books")
    domain.apply(Write([Put(HERE, (("colour", "red"), ("year", "1979"))), Put(THERE, (("colour", "red"),))], AWS))
    tight = replace(AWS, domain_bytes=10, domain_attributes=2)
    domain.apply(Write([Delete(HERE, (("year", None),)), Put(THERE, (("size", "1"),), frozenset(["size"]))], tight))
    assert domain.statistics().attribute_value_count == 3
    for change in (Put(HERE, (("year", "1979"),)), Put(HERE, (("colour", "orange"),), frozenset(["colour"]))):
        with pytest.raises(SimpleDBError) as refused:
            domain.apply(Write([change], tight))
        assert str(refused.value).startswith("NumberDomain")


def test_a_name_that_goes_makes_room_only_when_no_partition_has_it(storage: ClusterStorage) -> None:
    domain = storage.domain(ALICE, "books")
    pairs = (("a long name", "1"), ("b", "1"))
    domain.apply(Write([Put(HERE, pairs), Put(THERE, pairs)], AWS))
    full = replace(AWS, domain_bytes=domain.statistics().size)
    swap: list[Change] = [Delete(HERE, (("a long name", None),)), Put(THERE, (("b", "22222"),), frozenset(["b"]))]
    with pytest.raises(SimpleDBError) as refused:
        domain.apply(Write(swap, full))
    assert str(refused.value).startswith("NumberDomainBytesExceeded: ")
    both: list[Change] = [Delete(HERE, (("a long name", None),)), Put(THERE, (("b", "2"),), frozenset(["b"]))]
    domain.apply(Write(both, full))
    last: list[Change] = [Delete(THERE, (("a long name", None),)), Put(HERE, (("b", "22222"),), frozenset(["b"]))]
    domain.apply(Write(last, full))
    assert domain.statistics().attribute_name_count == 1
