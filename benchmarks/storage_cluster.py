"""What the cluster storage costs beside bare redis-py sending the same number of commands, in turns within one run.

    python -m benchmarks.storage_cluster [--quick] [--items 1000000] [--json FILE]

Starts a cluster of 3 primaries and 3 replicas of its own.  Ratios are of speeds, 1.0 is as fast as bare, of the lower
quartiles of single calls in turns.  Bare redis-py sends its commands straight to the node that has the key, in one
pipeline: for a put the commands that our function calls there, and WAIT; for a get GET; for a selective Select
ZRANGEBYLEX and HMGET.  Two more rows tell a put beside a bare SET and WAIT, which keep no index and no figures.

The longest call is what others wait for a node, by its own SLOWLOG, the least of five rounds: what is above is mostly
the neighbours'.  As root the primaries run at a priority above everything else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import redis

from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.limits import RELAXED
from basicdb_mock.model import Tenant
from basicdb_mock.select.expression import Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.cluster import open_cluster
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.nodes import key_slot
from basicdb_mock.storage.cluster.storage import ClusterStorage
from benchmarks.cluster_calls import longest_calls
from benchmarks.cluster_figures import TENANT, Row, page, timed, told

ATTRIBUTES = ("colour", "size", "title", "year")
GOAL = 0.6
PAGE_GOAL = 0.015


def race(
    name: str, ours: Callable[[int], object], beside: str, bare: Callable[[int], object], number: int,
    *, at_least: float | None = GOAL,
) -> Row:  # fmt: skip
    """Single calls in turns.  Both take what their lower quartile takes: what is above it is mostly the neighbours'."""
    taken: dict[Callable[[int], object], list[float]] = {ours: [], bare: []}
    for turn in range(number):
        for contender in (ours, bare) if turn % 2 else (bare, ours):
            begun = perf_counter()
            contender(turn)
            taken[contender].append(perf_counter() - begun)
    own, other = (quantiles(taken[contender], n=4)[0] for contender in (ours, bare))
    ratio = other / own
    goal, met = ("", None) if at_least is None else (f">= {at_least:g} x", ratio >= at_least)
    return Row(name, own * 1e6, "us", beside, ratio, goal, met)


class Bare:
    """redis-py on the node that has a slot."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.tag = "bench:{bare}:"
        slot = key_slot(self.tag.encode() + b"m")
        (port,) = [
            primary[1] for first, last, primary, *_ in cluster.nodes[0].ask("CLUSTER", "SLOTS") if first <= slot <= last
        ]
        self.redis = redis.Redis(port=port, protocol=2)
        self.numbers = count()

    def put(self, _: int) -> None:
        pipe = self.redis.pipeline(transaction=False)
        pipe.set(f"{self.tag}i{next(self.numbers)}", b"x" * 120)
        pipe.wait(1, 900)
        pipe.execute()

    def put_by_commands(self, _: int) -> None:
        """A new item by the commands our function calls, in one pipeline: not atomic, and no condition is looked at."""
        number, tag = next(self.numbers), self.tag
        pipe = self._begun()
        pipe.hmget(f"{tag}a", ATTRIBUTES)
        pipe.exists(*[f"{tag}x{attribute}" for attribute in ATTRIBUTES])
        pipe.hset(f"{tag}i", str(number), b"x" * 120)
        pipe.zadd(f"{tag}o", {f"item{number}": number})
        pipe.zadd(f"{tag}n", {f"item{number}": 0})
        for attribute in ATTRIBUTES:
            pipe.zadd(f"{tag}x{attribute}", {f"value {number % 1000:06}\0\0{number:08}": 0})
        pipe.hset(f"{tag}a", mapping=dict.fromkeys(ATTRIBUTES, number))
        self._ended(pipe, number)

    def increment_by_commands(self, _: int) -> None:
        """A change of an item of one attribute by the commands our function calls."""
        number, tag = next(self.numbers), self.tag
        pipe = self._begun()
        pipe.hget(f"{tag}i", "counter")
        pipe.exists(f"{tag}xcount")
        pipe.hset(f"{tag}i", "counter", str(number))
        pipe.zrem(f"{tag}xcount", str(number - 1))
        pipe.zadd(f"{tag}xcount", {str(number): 0})
        self._ended(pipe, number)

    def _begun(self) -> redis.client.Pipeline:
        pipe = self.redis.pipeline(transaction=False)
        pipe.hmget(f"{self.tag}m", "revision", "items", "values", "bytes")
        pipe.exists(*[f"{self.tag}{letter}" for letter in "ionaur"])
        pipe.zscore(f"{self.tag}r", "token")
        pipe.zscore(f"{self.tag}o", "item")
        return pipe

    def _ended(self, pipe: redis.client.Pipeline, number: int) -> None:
        pipe.time()
        pipe.rpush(f"{self.tag}u", b"x" * 40)
        pipe.hset(f"{self.tag}m", mapping={"revision": number, "items": number, "values": number, "bytes": number})
        pipe.zadd(f"{self.tag}r", {f"token {number}": number})
        pipe.wait(1, 900)
        pipe.execute()

    def get(self, turn: int) -> None:
        self.redis.get(f"{self.tag}i{turn}")

    def select(self, turn: int) -> None:
        low = f"[value {turn % 1000:06}"
        found = self.redis.zrangebylex(f"{self.tag}xcolour", low, low.replace("[", "(") + "\1", 0, 128)
        self.redis.hmget(f"{self.tag}i", [str(int(member[-8:])) for member in found] or ["none"])


def pairs(number: int) -> tuple[tuple[str, str], ...]:
    return tuple((attribute, f"value {number % 1000:06}") for attribute in ATTRIBUTES)


def races(storage: ClusterStorage, bare: Bare, quick: bool) -> Iterator[Row]:
    storage.create_domain(TENANT, "races", now=0.0, at_most=1000)
    domain = storage.domain(TENANT, "races")
    numbers, counter = count(), count()
    number = 500 if quick else 4000

    def put(_: int) -> None:
        one = next(numbers)
        domain.apply(Write([Put(f"i{one}", pairs(one))], RELAXED))

    def increment(_: int) -> None:
        value = next(counter)
        change = Put("counter", (("n", str(value + 1)),), frozenset("n"))
        domain.apply(Write([change], RELAXED, Expectation("n", str(value))))

    domain.apply(Write([Put("counter", (("n", "0"),))], RELAXED))
    yield race("put of 4 attributes", put, "its 18 commands, WAIT", bare.put_by_commands, number)
    yield race("put of 4 attributes", put, "SET, WAIT", bare.put, number, at_least=None)
    yield race("conditional put", increment, "its 13 commands, WAIT", bare.increment_by_commands, number)
    yield race("conditional put", increment, "SET, WAIT", bare.put, number, at_least=None)
    yield race("get", lambda turn: domain.get(f"i{turn}"), "GET", bare.get, number)
    rows = next(numbers) // 1000

    def select(turn: int) -> None:
        plan = plan_search(Comparison("colour", "=", (f"value {turn % 1000:06}",)))
        found = [step for step in domain.search(plan) if step.item is not None]
        assert len(found) >= rows

    name = f"selective Select of {rows} to {rows + 1} items"
    yield race(name, select, "ZRANGEBYLEX, HMGET", bare.select, number)


def large(storage: ClusterStorage, items: int) -> Iterator[Row]:
    """A domain of many items: a page of a selective Select, and the count."""
    storage.create_domain(TENANT, "large", now=0.0, at_most=1000)
    reference = storage._look_up(TENANT, "large")
    assert reference is not None
    partition = storage._driver.partition(reference.id, 0)
    begun = perf_counter()
    for start in range(0, items, 200):
        partition.load(
            [
                (one, f"item{one:08}", {"rare": f"{one % (items // 100):07}", "wide": str(one % 10), "n": f"{one:08}"})
                for one in range(start + 1, start + 201)
            ]
        )
    yield Row(f"load {items:,} items", items / (perf_counter() - begun), "items/s")
    domain = storage.domain(TENANT, "large")
    rare, wide = Comparison("rare", "=", ("0000077",)), Comparison("wide", "=", ("7",))
    for name, plan in (
        ("where rare = (100 items)", plan_search(rare)),
        ("where wide = (1 in 10), in its order", plan_search(wide)),
        ("where n > middle order by n desc", plan_search(Comparison("n", ">", (f"{items // 2:08}",)), ("n", True))),
    ):
        taken = median(timed(lambda: page(domain, plan, 100)) for _ in range(15))  # noqa: B023
        yield Row(f"page of 100 of {items:,}: {name}", taken * 1000, "ms", goal="< 15 ms", met=taken < PAGE_GOAL)
    taken = median(timed(lambda: domain.count(plan_search(None), None, None, lambda: False)) for _ in range(15))
    yield Row(f"count(*) of {items:,}", taken * 1000, "ms", goal="from counters", met=taken < PAGE_GOAL)


def cpu_seconds(processes: Sequence[int]) -> float:
    """What processes have used of all processors so far (Linux)."""
    ticks = os.sysconf("SC_CLK_TCK")
    stats = (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in processes)
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


def servers(cluster: LocalCluster, quick: bool) -> Iterator[Row]:
    """Puts and gets by 8 clients through 1, 2 and 4 server processes."""
    from basicdb_mock.accounts import account_of
    from tests.cluster.history import History
    from tests.cluster.traffic import ACCESS_KEY, Client, Server, server_process

    with ExitStack() as stack:
        storage = stack.enter_context(closing(open_cluster(cluster.url)))
        domains = [f"servers-{number}" for number in range(12)]
        for name in domains:
            storage.create_domain(Tenant(account_of(ACCESS_KEY), "us-east-1"), name, now=0.0, at_most=1000)
        running: list[Server] = [stack.enter_context(server_process(cluster.url)) for _ in range(4)]
        rates: dict[int, float] = {}
        work: dict[int, float] = {}
        for number in (1, 2, 4) * (1 if quick else 4):  # the best of some rounds each
            history = History()
            urls = [server.url for server in running[:number]]
            clients = [Client(urls, domains, history, client) for client in range(8)]
            processes = [each.process.pid for each in running[:number]] + [node.process or 0 for node in cluster.nodes]
            begun, spent = perf_counter(), cpu_seconds(processes)
            for client in clients:
                client.start()
            threading.Event().wait(2 if quick else 4)
            for client in clients:
                client.stopped.set()
            for client in clients:
                client.join()
            rates[number] = max(rates.get(number, 0.0), history.operations / (perf_counter() - begun))
            work[number] = max(work.get(number, 0.0), history.operations / (cpu_seconds(processes) - spent))
        for number, rate in rates.items():
            yield Row(f"mixed traffic through {number} servers", rate, "operations/s", "1 server", rate / rates[1])
            yield Row(
                "... a CPU second of them and the nodes", work[number], "operations", "1 server", work[number] / work[1]
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, 50,000 items")
    parser.add_argument("--items", type=int, default=1_000_000, help="items of the large domain (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    chosen = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory:
        cluster = LocalCluster(Path(directory) / "nodes", appendonly=False)
        with cluster.guarded():
            cluster.up()
            with closing(open_cluster(cluster.url)) as storage:
                bare = Bare(cluster)
                items = 50_000 if chosen.quick else chosen.items
                parts = (
                    races(storage, bare, chosen.quick),
                    servers(cluster, chosen.quick),
                    large(storage, items),
                    longest_calls(cluster, storage, items),
                )
                for part in parts:
                    for row in part:
                        sys.stdout.write(told(row) + "\n")
                        sys.stdout.flush()
                        rows.append(row)
                bare.redis.close()
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
