"""Threads that read and write one domain at once: every reader sees one moment, and no writer waits for a reader."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import pytest

from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item, Tenant
from basicdb_mock.select import parse
from basicdb_mock.select.plan import Plan, make_plan
from basicdb_mock.storage.memory import ALWAYS, LAZY, NEVER, Indexing, MemoryDomain, MemoryStorage

ITEMS = 1_200
ALL = frozenset(["side", "rank"])


def plan(where: str) -> Plan:
    return make_plan(parse(f"select * from d where {where}"))


@pytest.fixture(autouse=True)
def _threads_change_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def filled(indexing: Indexing) -> MemoryDomain:
    """Half of the items on the left, half on the right."""
    domain = MemoryDomain(0.0, indexing)
    for at in range(ITEMS):
        side = "left" if at % 2 else "right"
        domain.apply(Write([Put(f"i{at:04}", (("side", side), ("rank", f"{at:04}")))], AWS))
    return domain


def swap(domain: MemoryDomain, chance: Random) -> None:
    """One write that puts an item of either side on the other: never is there one more on a side."""
    one, other = (f"i{chance.randrange(ITEMS // 2) * 2 + side:04}" for side in (0, 1))
    sides = []
    for name in (one, other):
        item = domain.get(name)
        assert item is not None
        sides.append(str(item["side"]))
    changes = [
        Put(name, (("side", side), ("rank", f"{chance.randrange(9999):04}")), ALL)
        for name, side in zip((one, other), reversed(sides), strict=True)
    ]
    domain.apply(Write(changes, AWS))


def together(writer: Callable[[], None], reader: Callable[[], None], rounds: int) -> None:
    """Run the reader ``rounds`` times in each of two threads while another writes all the time; raise what failed."""
    failures: list[BaseException] = []
    done = threading.Event()

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  # told by the thread of the test
            failures.append(failure)
            done.set()

    def write() -> None:
        while not done.is_set():
            writer()

    def read() -> None:
        for _ in range(rounds):
            reader()

    writing = threading.Thread(target=guarded, args=(write,))
    readers = [threading.Thread(target=guarded, args=(read,)) for _ in range(2)]
    for thread in (writing, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    done.set()
    writing.join()
    assert failures == []


SEARCHES = [
    "side = 'left'",
    "side = 'left' order by itemName()",
    "side = 'left' and rank >= '0' order by rank desc",
    "side = 'left' intersection rank is not null",
]


@pytest.mark.parametrize("indexing", [ALWAYS, NEVER, LAZY], ids=["indexed", "scanned", "lazy"])
@pytest.mark.parametrize("where", SEARCHES)
def test_a_search_sees_each_write_whole_or_not_at_all(where: str, indexing: Indexing) -> None:
    domain, chance, searched = filled(indexing), Random(1), plan(where)

    def read() -> None:
        steps = [step for step in domain.search(searched) if step.item is not None]
        assert len(steps) == len({step.name for step in steps}) == ITEMS // 2
        assert {step.item["side"] for step in steps if step.item} == {"left"}

    together(lambda: swap(domain, chance), read, 6)


@pytest.mark.parametrize("indexing", [ALWAYS, NEVER], ids=["indexed", "scanned"])
@pytest.mark.parametrize("where", [*SEARCHES[:2], "not side = 'left'", "every(side) != 'left'", "side like '%ef%'"])
def test_a_count_sees_each_write_whole_or_not_at_all(where: str, indexing: Indexing) -> None:
    domain, chance, counted = filled(indexing), Random(2), plan(where)

    def read() -> None:
        assert domain.count(counted, None, None, lambda: False).number == ITEMS // 2

    together(lambda: swap(domain, chance), read, 12)


def test_a_write_does_not_wait_for_a_search_that_stands_still() -> None:
    domain = filled(ALWAYS)
    search = domain.search(plan("rank >= '0' order by rank"))
    next(search)
    written = threading.Thread(target=swap, args=(domain, Random(3)), daemon=True)
    written.start()
    written.join(30)
    assert not written.is_alive()
    assert len([step for step in search if step.item is not None]) == ITEMS - 1


def finishes(work: Callable[[], object]) -> bool:
    """Whether some work ends while the threads around it stand still."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(30)
    return not thread.is_alive()


@pytest.mark.parametrize("indexing", [ALWAYS, NEVER], ids=["indexed", "scanned"])
def test_no_read_waits_for_a_search_that_stands_still(indexing: Indexing) -> None:
    domain, ordered = filled(indexing), plan("rank >= '0' order by rank")
    search = domain.search(ordered)
    next(search)
    found: list[int] = []
    assert finishes(lambda: found.append(sum(step.item is not None for step in domain.search(ordered))))
    assert finishes(lambda: found.append(domain.count(plan("side = 'left'"), None, None, lambda: False).number))
    assert finishes(lambda: found.append(domain.statistics().item_count))
    assert finishes(lambda: found.append(len(domain.get("i0000") or ())))
    assert found == [ITEMS, ITEMS // 2, ITEMS, 2]
    assert len([step for step in search if step.item is not None]) == ITEMS - 1


@dataclass(frozen=True)
class StandsStill(Expectation):
    """A condition that is not decided until somebody lets it."""

    reached: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)

    def check(self, item: Item | None) -> None:
        self.reached.set()
        self.let.wait(60)


def test_no_domain_waits_for_a_write_to_another() -> None:
    storage, tenant = MemoryStorage(), Tenant("1", "us-east-1")
    for name in ("still", "other"):
        storage.create_domain(tenant, name, now=0.0, at_most=250)
    condition = StandsStill("a", None)
    write = Write([Put("i", (("a", "1"),))], AWS, condition)
    writing = threading.Thread(target=storage.domain(tenant, "still").apply, args=(write,), daemon=True)
    writing.start()
    assert condition.reached.wait(30)

    def use_the_other() -> None:
        other = storage.domain(tenant, "other")
        other.apply(Write([Put("i", (("a", "1"),))], AWS))
        assert [step.name for step in other.search(plan("a = '1'"))] == ["i"]
        storage.create_domain(tenant, "third", now=0.0, at_most=250)
        storage.drop_domain(tenant, "third")

    assert finishes(use_the_other)
    assert storage.list_domains(tenant, "", 250) == ["other", "still"]
    assert storage.domain(tenant, "other").statistics().item_count == 1
    assert writing.is_alive()
    assert storage.domain(tenant, "still").get("i") is None
    condition.let.set()
    writing.join(30)
    assert storage.domain(tenant, "still").get("i") == {"a": "1"}


def test_a_snapshot_is_of_one_moment() -> None:
    domain, chance, left = filled(ALWAYS), Random(4), plan("side = 'left'")

    def read() -> None:
        copy = domain.copy()
        assert copy.count(left, None, None, lambda: False).number == ITEMS // 2
        assert copy.statistics().item_count == ITEMS

    together(lambda: swap(domain, chance), read, 10)
