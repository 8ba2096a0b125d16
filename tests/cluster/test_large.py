"""Writes that are too large for one call: in parts, and yet at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pytest

from basicdb_mock.changes import Change, Delete, Expectation, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS, RELAXED, Limits
from basicdb_mock.model import pairs
from basicdb_mock.select.expression import Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster import large
from basicdb_mock.storage.cluster.calls import Caller
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.members import value_member
from basicdb_mock.storage.cluster.nodes import Reply
from basicdb_mock.storage.cluster.storage import ClusterStorage
from basicdb_mock.storage.invocation import served_headers
from basicdb_mock.storage.testing.writes import WriteContract
from tests.cluster.asking import ALICE, create, delete, get, opened, put, reference_of
from tests.cluster.conftest import PATIENT
from tests.cluster.moving import owner_of, slot_of

ITEMS, NAMES = 25, 256


@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[ClusterStorage]:
    with opened(f"{cluster.url}?{PATIENT}") as storage:
        storage.clear()
        create(storage)
        yield storage


def batch(value: str, items: int = ITEMS, names: int = NAMES) -> list[Put]:
    """Puts that replace: the largest batch there is, if not told smaller."""
    attributes = [f"a{number}" for number in range(names)]
    return [
        Put(f"i{item:02}", tuple((name, f"{value} {item} {name}") for name in attributes), frozenset(attributes))
        for item in range(items)
    ]


def apply(storage: ClusterStorage, changes: Sequence[Change], limits: Limits = AWS) -> None:
    storage.domain(ALICE, "books").apply(Write(changes, limits))


def indexed(cluster: LocalCluster, storage: ClusterStorage) -> set[tuple[str, bytes]]:
    """Every member of every attribute's index of ``books``."""
    tag = f"basicdb:{{{reference_of(storage, 'books').id}.0}}:x"
    node = owner_of(cluster, slot_of(storage, "books"))
    names = [key.decode() for key in node.ask("KEYS", f"{tag}*")]
    return {(name.removeprefix(tag), member) for name in names for member in node.ask("ZRANGE", name, 0, -1)}


def due(storage: ClusterStorage) -> set[tuple[str, bytes]]:
    """The members that the rows of ``books`` call for."""
    found = storage.domain(ALICE, "books").search(plan_search(None))
    return {
        (name, value_member(value, step.place.entity))
        for step in found
        if step.item is not None
        for name, value in pairs(step.item)
    }


def calls_of(cluster: LocalCluster) -> int:
    """How often a function has been called."""
    told = [node.ask("INFO", "commandstats").decode() for node in cluster.nodes if node.role() == "primary"]
    return sum(
        int(line.split("calls=")[1].split(",")[0])
        for text in told
        for line in text.splitlines()
        if line.startswith("cmdstat_fcall:")
    )


def test_the_largest_batch_is_put_replaced_and_deleted_in_a_call_for_each_item(
    cluster: LocalCluster, storage: ClusterStorage
) -> None:
    for value in ("old", "new"):
        before = calls_of(cluster)
        apply(storage, batch(value))
        assert calls_of(cluster) - before > ITEMS  # each touches a small part of what one of them would
    domain = storage.domain(ALICE, "books")
    assert domain.get("i07") == {f"a{number}": f"new 7 a{number}" for number in range(NAMES)}
    assert (domain.revision(), domain.statistics().attribute_value_count) == (2, ITEMS * NAMES)
    assert indexed(cluster, storage) == due(storage)
    assert [step.name for step in domain.search(plan_search(Comparison("a9", "=", ("new 3 a9",))))] == ["i03"]
    assert list(domain.search(plan_search(Comparison("a9", "=", ("old 3 a9",))))) == []
    apply(storage, [Delete(f"i{item:02}") for item in range(ITEMS)])
    assert domain.statistics().size == 0
    assert indexed(cluster, storage) == set()


def test_writes_of_the_same_items_that_meet_are_all_done_and_leave_indexes_as_the_rows_are(
    cluster: LocalCluster, storage: ClusterStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "MOST_PAIRS", 8)
    torn: list[object] = []

    def write(who: str) -> None:
        for turn in range(6):
            apply(storage, batch(f"{who}{turn}", items=3, names=6))

    def write_little(who: str) -> None:
        for turn in range(30):
            put(storage, "i01", None, **{f"a{turn % 6}": f"{who}{turn} 1 a{turn % 6}", "little": who})
            if turn % 10 == 9:
                delete(storage, "i02")

    def read() -> None:
        for _ in range(40):
            item = get(storage, "i00")  # which only whole batches write
            if item is not None and len({str(value).split()[0] for value in item.values()}) != 1:
                torn.append(item)

    WriteContract.together([partial(write, "x"), partial(write, "y"), partial(write_little, "z"), read])
    assert torn == []
    assert indexed(cluster, storage) == due(storage)
    domain = storage.domain(ALICE, "books")
    assert domain.revision() == 6 + 6 + 30 + 3
    assert domain.statistics().attribute_value_count == len(due(storage))
    assert counters_staged(storage) == 0


def counters_staged(storage: ClusterStorage) -> int:
    return storage._driver.partition(reference_of(storage, "books").id, 0).counters().staged


def test_a_small_write_between_staging_and_ending_is_not_overwritten(
    cluster: LocalCluster, storage: ClusterStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(storage, batch("old", items=3))
    write = Caller.write
    met: list[str] = []

    def meeting(self: Caller, function: str, key: bytes, *arguments: str | bytes | int, safe: bool = True) -> Reply:
        if function == "commit" and not met:
            met.append(function)
            # there and back: the row is what it was, and yet what was staged is gone from an index
            put(storage, "i01", a0="new 1 a0")
            put(storage, "i01", a0="old 1 a0")
            delete(storage, "nothing")
        return write(self, function, key, *arguments, safe=safe)

    monkeypatch.setattr(Caller, "write", meeting)
    apply(storage, batch("new", items=3))
    assert met
    assert storage.domain(ALICE, "books").revision() == 5
    assert get(storage, "i01") == {f"a{number}": f"new 1 a{number}" for number in range(NAMES)}
    assert indexed(cluster, storage) == due(storage)


class Died(BaseException):
    """A server's process dies here."""


@pytest.mark.parametrize("ends", ["before it ends", "after it ended"])
def test_what_a_server_left_that_died_is_seen_by_nobody_and_taken_away_by_the_next(
    cluster: LocalCluster, storage: ClusterStorage, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    apply(storage, batch("old", items=4))
    write = Caller.write
    dying: list[str] = []

    def deadly(self: Caller, function: str, key: bytes, *arguments: str | bytes | int, safe: bool = True) -> Reply:
        if dying or (function == "commit" and ends == "before it ends"):
            dying.append(function)
            raise Died
        reply = write(self, function, key, *arguments, safe=safe)
        dying.extend([function] if function == "commit" else [])
        return reply

    with monkeypatch.context() as dead:
        dead.setattr(Caller, "write", deadly)
        with pytest.raises(Died):
            apply(storage, batch("dying", items=4))
    left, right = ("dying", "old") if ends == "before it ends" else ("old", "dying")
    domain = storage.domain(ALICE, "books")
    assert indexed(cluster, storage) > due(storage)
    for value, names in ((left, []), (right, ["i02"])):
        for sort in (None, ("a5", False)):
            plan = plan_search(Comparison("a5", "=", (f"{value} 2 a5",)), sort)
            assert [step.name for step in domain.search(plan) if step.item is not None] == names
    with opened(f"{cluster.url}?timeout=0.5&patience=20&remember=1") as hasty:
        apply(hasty, batch("new", items=3))  # waits until it may take over what it is about itself
        for turn in range(1000):
            apply(hasty, batch(f"newer {turn}", items=3))  # and takes away what is older than it remembers
            if not counters_staged(storage):
                break
    assert indexed(cluster, storage) == due(storage)


@pytest.mark.parametrize(
    ("limits", "extra", "code"),
    [
        (AWS, Put("much", tuple((f"b{number}", "1") for number in range(257))), "NumberItemAttributesExceeded"),
        (replace(AWS, domain_attributes=800), Put("more", batch("more")[0].pairs), "NumberDomainAttributesExceeded"),
        (replace(AWS, domain_bytes=10_000), Put("more", batch("more")[0].pairs), "NumberDomainBytesExceeded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_large_write_changes_nothing(
    cluster: LocalCluster, storage: ClusterStorage, limits: Limits, extra: Put, code: str
) -> None:
    apply(storage, batch("old", items=3))
    before = storage.domain(ALICE, "books").statistics()
    with pytest.raises(SimpleDBError) as refused:
        apply(storage, [*batch("new", items=3), extra], limits)
    assert str(refused.value).startswith(f"{code}: ")
    assert storage.domain(ALICE, "books").statistics() == before
    assert indexed(cluster, storage) == due(storage)
    assert counters_staged(storage) == 0


def test_a_large_write_that_is_sent_again_is_done_once(storage: ClusterStorage) -> None:
    put(storage, "i", n="5")
    change = Put("i", (("n", "6"), *((f"a{number}", str(number)) for number in range(900))), frozenset(["n"]))
    domain = storage.domain(ALICE, "books")
    serving = served_headers.set({"amz-sdk-invocation-id": "one call"})
    try:
        for _ in range(2):
            domain.apply(Write([change], RELAXED, Expectation("n", "5")))
    finally:
        served_headers.reset(serving)
    assert domain.revision() == 2
    with pytest.raises(SimpleDBError) as refused:
        domain.apply(Write([change], RELAXED, Expectation("n", "5")))
    assert str(refused.value).startswith("ConditionalCheckFailed: ")


def test_when_memory_is_full_a_large_put_changes_nothing_and_a_large_delete_makes_room(
    cluster: LocalCluster, storage: ClusterStorage
) -> None:
    apply(storage, batch("old", items=4))
    before, primaries = due(storage), [node for node in cluster.nodes if node.role() == "primary"]
    for node in primaries:
        node.ask("CONFIG", "SET", "maxmemory", 1)
    try:
        with pytest.raises(StorageError, match="memory is full") as full:
            apply(storage, batch("new", items=4))
        assert full.value.unavailable
        assert indexed(cluster, storage) == due(storage) == before
        apply(storage, [Delete(f"i{item:02}") for item in range(4)])
        assert indexed(cluster, storage) == set()
    finally:
        for node in primaries:
            node.ask("CONFIG", "SET", "maxmemory", 0)


def test_what_a_large_write_noted_is_given_back_with_its_domain(
    cluster: LocalCluster, storage: ClusterStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = f"basicdb:{{{reference_of(storage, 'books').id}.0}}:*"
    write = Caller.write

    def deadly(self: Caller, function: str, key: bytes, *arguments: str | bytes | int, safe: bool = True) -> Reply:
        if function in ("commit", "sweep"):
            raise Died
        return write(self, function, key, *arguments, safe=safe)

    with monkeypatch.context() as dead:
        dead.setattr(Caller, "write", deadly)
        with pytest.raises(Died):
            apply(storage, batch("dying", items=3))
    node = owner_of(cluster, slot_of(storage, "books"))
    assert len(node.ask("KEYS", tag)) > NAMES
    storage.drop_domain(ALICE, "books")
    storage.reclaimed()
    assert [key for key in node.ask("KEYS", tag) if not key.endswith(b"w")] == []  # w: marks that go by themselves
