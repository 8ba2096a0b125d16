"""A cluster that asks for a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster.local import LocalCluster
from tests.cluster.asking import create, get, opened, put


def test_the_url_s_password_opens_a_cluster_and_another_does_not(installed: str, tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path / "nodes", appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=1, replicas=0)
        (node,) = cluster.nodes
        node.ask("CONFIG", "SET", "requirepass", "a secret: 1%")
        with opened(f"redis+cluster://:a%20secret%3A%201%25@127.0.0.1:{node.port}?replicas=0") as storage:
            create(storage)
            put(storage, "i", n="1")
            assert get(storage, "i") == {"n": "1"}
        for url in (cluster.url, f"redis+cluster://:guessed@127.0.0.1:{node.port}"):
            with pytest.raises(StorageError) as refused, opened(url):
                pass
            assert str(refused.value).startswith("the cluster refuses access: ")
            assert not refused.value.unavailable
