"""A real cluster for the tests here: three primaries and three replicas, from the installed server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.cluster.local import ClusterError, LocalCluster, server_program
from tests.needs import missing


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One process runs these tests, where several share the work: one cluster is enough for a small machine."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def installed() -> str:
    """The server's program; without one there is nothing to test here."""
    try:
        return server_program()
    except ClusterError as problem:
        missing(str(problem))


@pytest.fixture(scope="session")
def cluster(installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Shared by every test that does no harm to it."""
    cluster = LocalCluster(tmp_path_factory.mktemp("cluster"), appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=1)
        yield cluster


PATIENT = "patience=30&timeout=10"
"""Settings for tests whose subject is not time: a busy machine may let a node wait for seconds."""


@pytest.fixture
def storage(cluster: LocalCluster) -> Iterator[Storage]:
    """An empty storage in the shared cluster."""
    storage = open_storage(f"{cluster.url}?{PATIENT}")
    storage.clear()
    yield storage
    storage.close()
