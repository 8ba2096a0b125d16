"""How long a node is kept busy by the longest call of what a cluster is asked for; part of ``storage_cluster``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.limits import RELAXED
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.cluster.local import LocalCluster
from basicdb_mock.storage.cluster.storage import ClusterStorage
from benchmarks.cluster_figures import TENANT, Row, page


def longest(
    cluster: LocalCluster, name: str, call: Callable[[], object], clean: Callable[[], object] | None = None
) -> Row:
    """The longest of a node's calls, of five rounds the one that was disturbed least."""
    primaries = [node for node in cluster.nodes if node.role() == "primary"]
    rounds: list[tuple[int, str]] = []
    for _ in range(5):
        for node in primaries:
            node.ask("SLOWLOG", "RESET")
        call()
        entries = [entry for node in primaries for entry in node.ask("SLOWLOG", "GET", -1)]
        calls = [(entry[2], entry[3]) for entry in entries if entry[3][0].startswith(b"FCALL")]
        taken, command = max(calls)
        rounds.append((taken, command[1].decode().rpartition("_")[0]))
        if clean:
            clean()
    taken, function = min(rounds)
    return Row(f"longest call: {name}", taken / 1000, "ms", f"of {function}", goal="< 10 ms", met=taken < 10_000)


def longest_writes(cluster: LocalCluster, storage: ClusterStorage) -> Iterator[Row]:
    storage.create_domain(TENANT, "longest", now=0.0, at_most=1000)
    domain = storage.domain(TENANT, "longest")
    turn = count()

    def put(items: int, size: int, own: bool = False) -> None:
        number = next(turn)
        changes = []
        for item in range(items):
            names = [f"a{name}-{item}" if own else f"a{name}" for name in range(256)]
            given = tuple((name, f"{number} {item} {name}".ljust(size, "x")) for name in names)
            changes.append(Put(f"i{item}", given, frozenset() if own else frozenset(names)))
        domain.apply(Write(changes, RELAXED))

    def delete(items: int = 25) -> None:
        domain.apply(Write([Delete(f"i{item}") for item in range(items)], RELAXED))

    yield longest(cluster, "put of 1 item of 256 values", lambda: put(1, 20), delete)
    put(1, 20)
    yield longest(cluster, "the same, replacing 256 others", lambda: put(1, 20), None)
    delete()
    yield longest(cluster, "put of 25 items of 256 values", lambda: put(25, 20), delete)
    put(25, 20)
    yield longest(cluster, "the same, replacing as many", lambda: put(25, 20))
    yield longest(cluster, "their deletion", delete, lambda: put(25, 20))
    delete()
    yield longest(cluster, "the same, each value of its own attribute", lambda: put(25, 20, own=True), delete)
    yield longest(cluster, "25 items of 1 MB together", lambda: put(25, 150), delete)
    put(25, 150)
    yield longest(cluster, "their deletion", delete, lambda: put(25, 150))


def longest_of_many(cluster: LocalCluster, storage: ClusterStorage, items: int) -> Iterator[Row]:
    domain = storage.domain(TENANT, "large")
    rare, middle = Comparison("rare", "=", ("0000077",)), Comparison("n", ">", (f"{items // 2:08}",))
    unindexed = Comparison("wide", "!=", ("7",))
    for name, plan in (
        ("a rare value", plan_search(rare)),
        ("half of all, by an index", plan_search(middle, ("n", True))),
        ("two conditions", plan_search(And((Comparison("wide", "=", ("3",)), Comparison("n", "<", ("00040000",)))))),
        ("all by creation", plan_search(None)),
        ("all by name", plan_search(Comparison(ITEM_NAME, ">", ("",)), (ITEM_NAME, False))),
        ("what no index tells", plan_search(unindexed)),
    ):
        yield longest(cluster, f"Select of {name}", lambda: page(domain, plan, 2500))  # noqa: B023
    yield longest(cluster, "count(*) on a condition", lambda: domain.count(plan_search(rare), None, None, _never))
    yield longest(cluster, "its figures", domain.statistics)
    for node in cluster.nodes:
        if node.role() == "primary":
            node.ask("SLOWLOG", "RESET")
    storage.drop_domain(TENANT, "large")
    storage.reclaimed()
    entries = [entry for node in cluster.nodes if node.role() == "primary" for entry in node.ask("SLOWLOG", "GET", -1)]
    taken, command = max((entry[2], b" ".join(entry[3][:2])) for entry in entries)
    yield Row("longest call: DeleteDomain and reclaiming", taken / 1000, "ms", f"of {command.decode()[:24]}")


def longest_calls(cluster: LocalCluster, storage: ClusterStorage, items: int) -> Iterator[Row]:
    favour(cluster)
    yield from longest_writes(cluster, storage)
    yield from longest_of_many(cluster, storage, items)


def _never() -> bool:
    return False


def favour(cluster: LocalCluster) -> None:
    """Let the primaries run before everything else, where we may, and note all that they do."""
    for node in cluster.nodes:
        if node.role() == "primary":
            node.ask("CONFIG", "SET", "slowlog-log-slower-than", 0)
            node.ask("CONFIG", "SET", "slowlog-max-len", 20000)
            with suppress(OSError):
                for thread in Path(f"/proc/{node.process}/task").iterdir():
                    os.setpriority(os.PRIO_PROCESS, int(thread.name), -15)
