"""While a partition's keys are on two nodes nothing wrong is answered, and nothing is half written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item
from basicdb_mock.select.expression import Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.storage import ClusterStorage
from tests.cluster.asking import ALICE, create, get, is_answered, opened, put
from tests.cluster.moving import moving, owner_of, slot_of


@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[ClusterStorage]:
    with opened(f"{cluster.url}?patience=0.15") as storage:
        storage.clear()
        create(storage)
        yield storage


def test_at_every_step_of_a_move_an_answer_is_right_or_there_is_none(
    cluster: LocalCluster, storage: ClusterStorage
) -> None:
    expected: dict[str, Item] = {}
    for number in range(4):
        put(storage, f"i{number}", a=str(number), b="x")
        expected[f"i{number}"] = {"a": str(number), "b": "x"}
    slot = slot_of(storage, "books")
    source = owner_of(cluster, slot)
    target = next(node for node in cluster.nodes if node.role() == "primary" and node != source)
    refused = 0
    for step, _ in enumerate(moving(slot, source, target, cluster)):
        for consistent in (True, False):
            refused += not reads_are_right(storage, expected, consistent)
        if is_answered(partial(put, storage, "i1", a=f"step {step}", c="new attribute")):
            expected["i1"] = {"a": f"step {step}", "b": "x", "c": "new attribute"}
        else:
            refused += 1
    assert refused > 0
    assert owner_of(cluster, slot) == target
    assert reads_are_right(storage, expected, True)
    put(storage, "i1", a="after")
    assert get(storage, "i1") == {"a": "after", "b": "x", "c": "new attribute"}
    assert storage.domain(ALICE, "books").statistics().attribute_value_count == 9


def reads_are_right(storage: ClusterStorage, expected: dict[str, Item], consistent: bool) -> bool:
    """Whether a get and two searches were answered; asserts that what was answered is so."""
    domain = storage.domain(ALICE, "books", consistent=consistent)

    def read() -> None:
        assert domain.get("i0") == expected["i0"]
        everything = {step.name: step.item for step in domain.search(plan_search(None))}
        assert sorted(everything) == sorted(expected)
        assert everything == expected or not consistent
        assert [step.name for step in domain.search(plan_search(Comparison("b", "=", ("x",))))] == sorted(expected)

    return is_answered(read)


def test_a_batch_is_all_or_nothing_in_a_moving_partition(cluster: LocalCluster, storage: ClusterStorage) -> None:
    slot = slot_of(storage, "books")
    source = owner_of(cluster, slot)
    target = next(node for node in cluster.nodes if node.role() == "primary" and node != source)
    put(storage, "x", None, n="-1", **{f"o{step}": "1" for step in range(3)})
    done = -1
    for step, _ in enumerate(moving(slot, source, target, cluster)):
        batch = [Put(item, (("n", str(step)), (f"new{step}", "1")), frozenset(["n"])) for item in ("x", "y", "z")]
        if is_answered(partial(storage.domain(ALICE, "books").apply, Write(batch, AWS))):
            done = step
    items = {step.name: step.item for step in storage.domain(ALICE, "books").search(plan_search(None))}
    assert done >= 0
    assert {name: item and item["n"] for name, item in items.items()} == dict.fromkeys("xyz", str(done))
