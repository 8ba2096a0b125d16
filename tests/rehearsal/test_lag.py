"""Reads that are behind: what they see, for how long, and what is remembered for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.rehearsal import Lag, LaggingStorage
from basicdb_mock.select.expression import ITEM_NAME, Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Storage, open_storage

ALICE = Tenant("alice", "us-east-1")


@pytest.fixture
def clock() -> AdjustableClock:
    clock = AdjustableClock()
    clock.freeze(1000.0)
    return clock


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    with closing(open_storage("memory:" if request.param == "memory" else f"sqlite:{tmp_path}")) as storage:
        yield storage


def lagging(storage: Storage, clock: AdjustableClock, behind: float | str = 2, **lag: Any) -> LaggingStorage:
    made = LaggingStorage(storage, clock, Lag.of(behind, **lag))
    made.create_domain(ALICE, "orders", now=clock.now(), at_most=10)
    clock.tick(made.lag.behind.most)
    return made


def put(storage: Storage, *items: str, value: str = "1", stale: bool = False) -> None:
    domain = storage.domain(ALICE, "orders", consistent=not stale)
    domain.apply(Write([Put(item, (("n", value),), frozenset({"n"})) for item in items], AWS))


def seen(storage: Storage, item: str = "i", consistent: bool = False) -> object:
    item_seen = storage.domain(ALICE, "orders", consistent=consistent).get(item)
    return item_seen and item_seen["n"]


def names(storage: Storage, where: Any = None, sort: Any = None) -> list[str]:
    found = storage.domain(ALICE, "orders", consistent=False).search(plan_search(where, sort))
    return [step.name for step in found if step.item is not None]


class TestAnItem:
    def test_a_write_shows_when_the_lag_is_over(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        put(behind, "i")

        assert (seen(behind), seen(behind, consistent=True)) == (None, "1")
        clock.tick(1.75)
        assert seen(behind) is None
        clock.tick(0.25)
        assert seen(behind) == "1"

    def test_each_version_has_its_time(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        for value in "123":
            put(behind, "i", value=value)
            clock.tick(1)

        values = []
        for _ in range(4):
            values.append(seen(behind))
            clock.tick(0.5)
        assert values == ["2", "2", "3", "3"]

    def test_a_deleted_item_is_still_there(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        put(behind, "i")
        clock.tick(2)
        behind.domain(ALICE, "orders").apply(Write([Delete("i")], AWS))

        assert (seen(behind), names(behind)) == ("1", ["i"])
        clock.tick(2)
        assert (seen(behind), names(behind)) == (None, [])

    def test_a_write_through_a_stale_domain_meets_the_present(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        put(behind, "i", stale=True)

        assert seen(behind, consistent=True) == "1"

    def test_a_write_that_was_refused_leaves_no_past(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        pairs = tuple((f"n{number}", "v") for number in range(257))
        with pytest.raises(SimpleDBError):
            behind.domain(ALICE, "orders").apply(Write([Put("i", pairs)], AWS))

        assert not behind.domain(ALICE, "orders", consistent=False).revision()


class TestASearch:
    def test_the_order_is_that_of_the_past(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        for number, name in enumerate("abcdef"):
            put(behind, name, value=str(number))
        clock.tick(2)
        for number, name in enumerate("fbdace"):
            put(behind, name, value=str(9 - number))

        where = Comparison("n", "is not null")
        assert names(behind, where, ("n", True)) == ["f", "e", "d", "c", "b", "a"]
        assert names(behind, where, ("n", False)) == ["a", "b", "c", "d", "e", "f"]
        assert names(behind, where, (ITEM_NAME, True)) == ["f", "e", "d", "c", "b", "a"]
        assert names(behind, Comparison("n", "=", ("5",))) == ["f"]
        clock.tick(2)
        assert names(behind, where, ("n", True)) == ["f", "b", "d", "a", "c", "e"]

    def test_one_search_sees_one_moment_whatever_is_written_meanwhile(
        self, storage: Storage, clock: AdjustableClock
    ) -> None:
        behind = lagging(storage, clock)
        put(behind, "a", "b", "c")
        clock.tick(2)
        found = behind.domain(ALICE, "orders", consistent=False).search(plan_search(None))
        first = next(found)
        put(behind, "b", "c", value="2")
        clock.tick(2)

        assert [step.item and step.item["n"] for step in (first, *found)] == ["1", "1", "1"]


class TestBatches:
    def test_a_batch_shows_whole(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        put(behind, "a", "b", "c", "d")

        shown = []
        for _ in range(5):
            shown.append(names(behind))
            clock.tick(0.5)
        assert shown == [[], [], [], [], ["a", "b", "c", "d"]]

    def test_a_torn_one_shows_item_by_item(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock, tear_batches=True)
        put(behind, "a", "b", "c", "d")

        shown = []
        for _ in range(5):
            shown.append(names(behind))
            clock.tick(0.5)
        assert shown == [[], ["d"], ["c", "d"], ["b", "c", "d"], ["a", "b", "c", "d"]]


class TestDomains:
    def test_a_new_domain_is_not_there_yet(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        behind.create_domain(ALICE, "new", now=clock.now(), at_most=10)

        assert behind.list_domains(ALICE, "", 10) == ["orders"]
        with pytest.raises(SimpleDBError, match="NoSuchDomain"):
            behind.domain(ALICE, "new", consistent=False)
        behind.domain(ALICE, "new")
        clock.tick(2)
        assert behind.list_domains(ALICE, "", 10) == ["new", "orders"]
        behind.domain(ALICE, "new", consistent=False)

    def test_a_deleted_one_still_is_with_what_it_held(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        put(behind, "i")
        clock.tick(2)
        behind.drop_domain(ALICE, "orders")

        assert behind.list_domains(ALICE, "", 10) == ["orders"]
        assert (seen(behind), names(behind)) == ("1", ["i"])
        with pytest.raises(SimpleDBError, match="NoSuchDomain"):
            behind.domain(ALICE, "orders")
        with pytest.raises(SimpleDBError, match="NoSuchDomain"):
            put(behind, "j", stale=True)
        clock.tick(2)
        assert behind.list_domains(ALICE, "", 10) == []

    def test_creating_one_that_is_there_does_not_hide_it(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        behind.create_domain(ALICE, "orders", now=clock.now(), at_most=10)

        assert behind.list_domains(ALICE, "", 10) == ["orders"]

    def test_a_page_of_domains_is_full(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        for name in ("a", "b", "c"):
            behind.create_domain(ALICE, name, now=clock.now(), at_most=10)
        clock.tick(2)
        behind.create_domain(ALICE, "aa", now=clock.now(), at_most=10)
        behind.drop_domain(ALICE, "b")

        assert behind.list_domains(ALICE, "", 2) == ["a", "b"]
        assert behind.list_domains(ALICE, "b", 2) == ["c", "orders"]

    def test_restoring_and_clearing_show_at_once(self, storage: Storage, clock: AdjustableClock) -> None:
        behind = lagging(storage, clock)
        snapshot = behind.snapshot()
        put(behind, "i")
        clock.tick(2)
        behind.restore(snapshot)
        assert names(behind) == []
        behind.clear(ALICE)
        assert behind.list_domains(ALICE, "", 10) == []
        assert behind.tenants() == []
        behind.close()


class TestHowFarBehind:
    def test_a_distribution_with_a_seed_is_reproducible(self, clock: AdjustableClock) -> None:
        seen_each = []
        for _ in range(2):
            clock.freeze(1000.0)
            behind = lagging(open_storage("memory:"), clock, "uniform(0, 2)", seed=5)
            values = []
            for number in range(40):
                put(behind, "i", value=f"{number:02}")
                clock.tick(0.1)
                values.append(seen(behind))
            seen_each.append(values)

        assert seen_each[0] == seen_each[1]
        known = [str(value or "") for value in seen_each[0]]
        assert known != sorted(known)  # one read may be further behind than the one before it

    @pytest.mark.parametrize("written", ["0", 0])
    def test_no_lag_is_no_lag(self, clock: AdjustableClock, written: float | str) -> None:
        behind = lagging(open_storage("memory:"), clock, written)
        put(behind, "i")

        assert seen(behind) == "1"


class TestMemory:
    def test_what_is_over_is_forgotten(self, clock: AdjustableClock) -> None:
        behind = lagging(open_storage("memory:"), clock)
        for number in range(500):
            put(behind, f"i{number}")
            clock.tick(0.125)

        assert len(behind._remembered) == 16
        clock.tick(10)
        put(behind, "last")
        assert len(behind._remembered) == 1

    def test_what_is_remembered_is_bounded_in_bytes(self, clock: AdjustableClock) -> None:
        storage = open_storage("memory:")
        behind = LaggingStorage(storage, clock, Lag.of(2), most_bytes=100_000)
        behind.create_domain(ALICE, "orders", now=0, at_most=10)
        for number in range(1000):
            put(behind, "i", value=f"{number:01000}")

        assert behind._bytes <= 100_000
        assert seen(behind) is not None  # the oldest writes show early

    def test_a_large_domain_that_is_deleted_is_gone_at_once(
        self, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("basicdb_mock.rehearsal.lag._MOST_REMAINS", 3)
        behind = lagging(open_storage("memory:"), clock)
        put(behind, "a", "b", "c", "d")
        clock.tick(2)
        behind.drop_domain(ALICE, "orders")

        with pytest.raises(SimpleDBError, match="NoSuchDomain"):
            behind.domain(ALICE, "orders", consistent=False)


class TestThroughAClient:
    @pytest.fixture
    def simpledb(self) -> SimpleDB:
        simpledb = SimpleDB.of(Engine(lag=Lag.of(2)))
        simpledb.clock.freeze()
        return simpledb

    def test_consistent_reads_never_lag_and_others_do(self, simpledb: SimpleDB) -> None:
        client = simpledb.client()
        client.create_domain(DomainName="orders")
        simpledb.clock.tick(2)
        pair = {"Name": "n", "Value": "1"}
        client.put_attributes(DomainName="orders", ItemName="i", Attributes=[pair])  # type: ignore[list-item]

        def both(consistent: bool) -> tuple[object, object]:
            got = client.get_attributes(DomainName="orders", ItemName="i", ConsistentRead=consistent)
            selected = client.select(SelectExpression="select * from orders", ConsistentRead=consistent)
            return got.get("Attributes"), [item["Name"] for item in selected.get("Items", [])]

        assert both(False) == (None, [])
        assert both(True) == ([pair], ["i"])
        simpledb.clock.tick(2)
        assert both(False) == ([pair], ["i"])

    def test_domains_lag_in_list_domains_and_not_in_metadata(self, simpledb: SimpleDB) -> None:
        client = simpledb.client()
        client.create_domain(DomainName="orders")

        assert "DomainNames" not in client.list_domains()
        assert client.domain_metadata(DomainName="orders")["ItemCount"] == 0
        simpledb.clock.tick(2)
        assert client.list_domains()["DomainNames"] == ["orders"]

    def test_a_lag_may_be_set_and_taken_away(self, simpledb: SimpleDB) -> None:
        client = simpledb.client()
        simpledb.lag = None
        client.create_domain(DomainName="orders")
        assert client.list_domains()["DomainNames"] == ["orders"]
        simpledb.lag = 1
        client.delete_domain(DomainName="orders")
        assert client.list_domains()["DomainNames"] == ["orders"]
        assert simpledb.lag == Lag.of(1)
