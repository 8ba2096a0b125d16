"""A real cluster for the tests here: three primaries and three replicas, from the installed server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.cluster.local import LocalCluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Shared by every test that does no harm to it."""
    cluster = LocalCluster(tmp_path_factory.mktemp("cluster"), appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=1)
        yield cluster




@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[Storage]:
    """An empty storage in the shared cluster."""
    storage = open_storage(cluster.url)
    storage.clear()
    yield storage
    storage.close()
