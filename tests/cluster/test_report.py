"""What is told of the nodes of a cluster that does not answer."""

from __future__ import annotations

import signal
from pathlib import Path

from basicdb_mock.storage.cluster.local import LocalCluster, wait_for
from tests.cluster.asking import opened


def test_nodes_of_which_none_answers_are_told_as_not_healthy(installed: str, tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path / "nodes", appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=2, replicas=0)
        with opened(f"{cluster.url}?replicas=0") as storage:
            before = storage.nodes()
            for node in cluster.nodes:
                node.signal(signal.SIGKILL)
            wait_for("them to die", lambda: all(node.process is None for node in cluster.nodes))
            after = storage.nodes()
    assert [node["healthy"] for node in before] == [True, True]
    assert [node["healthy"] for node in after] == [False, False]
    for what in ("address", "role", "slots"):
        assert [node[what] for node in after] == [node[what] for node in before]
    assert [node.keys() for node in after] == [node.keys() for node in before]
