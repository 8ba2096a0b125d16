"""Nodes and servers die, freeze and join under load, and no acknowledged write is lost.

Each run is a few seconds; ``BASICDB_MOCK_FAULT_SECONDS=60 pytest tests/cluster/test_faults.py -s`` makes them longer
and tells the figures (docs/cluster.md).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from basicdb_mock.accounts import account_of
from basicdb_mock.model import Item, Tenant
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster.local import LocalCluster, LocalNode, wait_for
from basicdb_mock.storage.cluster.storage import ClusterStorage
from tests.cluster.asking import opened, replicas_of
from tests.cluster.history import History, Place, judge
from tests.cluster.moving import move, owner_of, slot_of
from tests.cluster.network import GatedCluster, Network, addresses_are_there
from tests.cluster.traffic import ACCESS_KEY, Server, servers, traffic

SECONDS = float(os.environ.get("BASICDB_MOCK_FAULT_SECONDS", "0"))
"""How long traffic goes on after a fault; at least until what it broke works again."""
OWNER = Tenant(account_of(ACCESS_KEY), "us-east-1")
_RUN = count(1)


@pytest.fixture(scope="module")
def sturdy(installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Three primaries with two replicas each: the least that goes on writing when a node dies."""
    cluster = LocalCluster(tmp_path_factory.mktemp("sturdy"), appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=2)
        yield cluster


@pytest.fixture(scope="module")
def serving(sturdy: LocalCluster) -> Iterator[list[Server]]:
    with servers(2, sturdy.url) as running:
        yield running


@pytest.fixture
def storage(sturdy: LocalCluster) -> Iterator[ClusterStorage]:
    with opened(sturdy.url) as storage:
        yield storage


@pytest.fixture
def domains(storage: ClusterStorage) -> list[str]:
    return new_domains(storage)


def new_domains(storage: ClusterStorage) -> list[str]:
    """A dozen new domains, or as many more as it takes to have some in each third of the slots: on every primary."""
    names: list[str] = []
    thirds: set[int] = set()
    while len(names) < 12 or len(thirds) < 3:
        names.append(f"run-{next(_RUN)}")
        storage.create_domain(OWNER, names[-1], now=0.0, at_most=1000)
        thirds.add(slot_of(storage, names[-1]) * 3 // 16_384)
    return names


def state_of(storage: ClusterStorage, domains: Sequence[str]) -> dict[Place, Item]:
    """Everything in the domains, read from their primaries."""
    return {
        (domain, step.name): step.item
        for domain in domains
        for step in storage.domain(OWNER, domain).search(plan_search(None))
        if step.item is not None
    }


def under_load(
    what: str, urls: Sequence[str], storage: ClusterStorage, domains: Sequence[str], fault: Callable[[], None],
    seconds: float = 4.0,
) -> History:
    """Traffic before, during and after a fault; then nothing may be lost, done twice, torn or stale."""
    pause = threading.Event()
    with traffic(urls, domains) as history:
        pause.wait(1.0 + SECONDS / 10)
        began = time.monotonic()
        fault()
        pause.wait(max(seconds, SECONDS))
        ended = time.monotonic()
    verdict = judge(history, state_of(storage, domains))
    print(  # noqa: T201  # the figures of docs/cluster.md
        f"\n{what}: {verdict.operations} operations, {verdict.failed_attempts} failed attempts, "
        f"{verdict.unknown} unknown, outage {history.outage(began, ended):.1f} s, "
        f"lost {len(verdict.lost)}, twice {len(verdict.duplicated)}, torn {len(verdict.torn)}, "
        f"stale {len(verdict.stale)}; attempts failed by {dict(history.failed_attempts)}"
    )
    assert verdict.wrong == []
    assert verdict.unknown == 0  # every client got its answer in the end
    assert "500" not in history.failed_attempts
    assert len(history.acknowledged) > 100
    return history


def a(role: str, cluster: LocalCluster) -> LocalNode:
    """A running node of a role."""
    return next(node for node in cluster.nodes if node.process is not None and node.role() == role)


def heal(cluster: LocalCluster) -> None:
    """Start what was killed and wait until every node is in step."""
    for node in cluster.nodes:
        if node.process is None:
            node.start()
    cluster.wait_until_in_step()


def test_a_primary_is_killed(
    sturdy: LocalCluster, serving: list[Server], storage: ClusterStorage, domains: list[str]
) -> None:
    primary = a("primary", sturdy)
    history = under_load(
        "SIGKILL a primary", [server.url for server in serving], storage, domains,
        lambda: primary.signal(signal.SIGKILL), seconds=6.0,
    )  # fmt: skip
    assert history.acks
    heal(sturdy)
    assert primary.role() == "replica"


def test_a_primary_is_frozen_and_revived(
    sturdy: LocalCluster, serving: list[Server], storage: ClusterStorage, domains: list[str]
) -> None:
    primary = a("primary", sturdy)
    others = [node for node in sturdy.nodes if node != primary]

    def freeze_and_revive() -> None:
        primary.signal(signal.SIGSTOP)
        try:
            wait_for("another primary", lambda: sum(node.role() == "primary" for node in others) == 3)
        finally:
            primary.signal(signal.SIGCONT)

    under_load(
        "freeze a primary until it is replaced, revive it", [server.url for server in serving], storage, domains,
        freeze_and_revive, seconds=3.0,
    )  # fmt: skip
    heal(sturdy)
    assert primary.role() == "replica"


def test_a_replica_is_killed(
    sturdy: LocalCluster, serving: list[Server], storage: ClusterStorage, domains: list[str]
) -> None:
    replica = a("replica", sturdy)
    under_load(
        "SIGKILL a replica", [server.url for server in serving], storage, domains,
        lambda: replica.signal(signal.SIGKILL), seconds=3.0,
    )  # fmt: skip
    heal(sturdy)


def test_a_server_process_is_killed(
    sturdy: LocalCluster, serving: list[Server], storage: ClusterStorage, domains: list[str]
) -> None:
    with servers(1, sturdy.url) as (doomed,):
        history = under_load(
            "SIGKILL a server process", [doomed.url, serving[0].url], storage, domains, doomed.process.kill, seconds=2.0
        )
    assert history.failed_attempts


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


@pytest.mark.skipif(not addresses_are_there(), reason="this machine has one loopback address only")
def test_a_primary_is_cut_off_from_the_others_but_not_from_clients(
    installed: str, network: Network, tmp_path: Path
) -> None:
    cluster = GatedCluster(tmp_path / "divided", network)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=2)
        alone = a("primary", cluster)
        others = [node for node in cluster.nodes if node != alone]

        def divide() -> None:
            with network.cut(alone):
                wait_for("another primary", lambda: sum(node.role() == "primary" for node in others) == 3)
                assert alone.role() == "primary"  # it does not know better
                threading.Event().wait(2 + SECONDS / 4)

        with servers(2, cluster.url) as running, opened(cluster.url) as storage:
            urls = [server.url for server in running]
            under_load("cut a primary off", urls, storage, new_domains(storage), divide, seconds=3.0)
        cluster.wait_until_in_step()
        assert alone.role() == "replica"


def test_a_primary_and_its_replica_are_killed_and_come_back(installed: str, tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path / "doubly", appendonly=True)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=1)
        primary = a("primary", cluster)
        (replica,) = replicas_of(cluster, primary)
        url = f"{cluster.url}?patience=1"
        with servers(2, url) as running, opened(url) as storage:
            domains = new_domains(storage)
            (lost, *_), (kept, *_) = split(storage, domains, cluster, primary)

            def kill_both() -> None:
                for node in (primary, replica):
                    node.signal(signal.SIGKILL)
                for consistent in (True, False):
                    with pytest.raises(StorageError) as nobody:
                        storage.domain(OWNER, lost, consistent=consistent).get("counter-0")
                    assert nobody.value.unavailable
                storage.domain(OWNER, kept).statistics()  # is answered
                for node in (primary, replica):
                    node.start()

            urls = [server.url for server in running]
            history = under_load("SIGKILL a primary and its only replica", urls, storage, domains, kill_both)
        assert set(history.failed_attempts) == {"503"}
        cluster.wait_until_in_step()


def split(
    storage: ClusterStorage, domains: Sequence[str], cluster: LocalCluster, node: LocalNode
) -> tuple[list[str], list[str]]:
    """The domains that a primary has, and the others."""
    its = [domain for domain in domains if owner_of(cluster, slot_of(storage, domain)) == node]
    return its, [domain for domain in domains if domain not in its]


def test_a_node_joins_and_slots_move_to_it(
    sturdy: LocalCluster, serving: list[Server], storage: ClusterStorage, domains: list[str]
) -> None:
    def grow() -> None:
        # With a copy of its own from the start: without one, nobody could confirm what is written to it.
        node, copy = sturdy.add_process(), sturdy.add_process()
        for each in (node, copy):
            sturdy.meet(each, sturdy.nodes[0])
        sturdy.wait_until_in_step()
        copy.ask("CLUSTER", "REPLICATE", node.id())
        sturdy.wait_until_in_step()
        for domain in domains[:6]:
            move(slot_of(storage, domain), node, sturdy)

    urls = [server.url for server in serving]
    under_load("add a node and move slots to it", urls, storage, domains, grow, seconds=2.0)
    newest = f"127.0.0.1:{sturdy.nodes[-2].port}"
    (slots,) = [node["slots"] for node in storage.nodes() if node["address"] == newest]
    assert slots
    if SECONDS:  # all of it, by the engine's own tool
        under_load("rebalance everything", urls, storage, new_domains(storage), lambda: rebalance(sturdy))


def rebalance(cluster: LocalCluster) -> None:
    program = shutil.which("valkey-cli") or shutil.which("redis-cli")
    assert program is not None
    place = f"127.0.0.1:{cluster.nodes[0].port}"
    command = [program, "--cluster", "rebalance", place, "--cluster-use-empty-masters", "--cluster-threshold", "1"]
    moved = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert moved.returncode == 0, moved.stdout + moved.stderr
