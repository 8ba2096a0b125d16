"""The storage for data that outgrows one machine: a Redis or Valkey cluster, ``redis+cluster://host:port,...``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basicdb_mock.storage.contract import StorageError

if TYPE_CHECKING:
    from basicdb_mock.storage.cluster.storage import ClusterStorage

__all__ = ["open_cluster"]


def open_cluster(url: str) -> ClusterStorage:
    """The storage of ``redis+cluster://[user:password@]host:port[,host:port...][?setting=value...]``.

    With TLS the scheme is ``rediss+cluster``.  docs/cluster.md describes the settings.

    Raises :class:`ValueError` for an invalid URL, StorageError if there is no cluster or redis-py is not installed.
    """
    try:
        import redis  # noqa: F401  # the extra [cluster]
    except ImportError as missing:
        raise StorageError("a cluster needs redis-py: pip install 'basicdb-mock[cluster]'") from missing
    from basicdb_mock.storage.cluster.calls import opening
    from basicdb_mock.storage.cluster.redis import RedisCluster
    from basicdb_mock.storage.cluster.settings import read_url
    from basicdb_mock.storage.cluster.storage import ClusterStorage

    settings = read_url(url)
    with opening(settings) as caller:
        return ClusterStorage(RedisCluster(caller), settings.partitions)
