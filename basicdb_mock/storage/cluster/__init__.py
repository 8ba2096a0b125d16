"""The storage for those who outgrow one machine: a Redis or Valkey cluster, ``redis+cluster://host:port,host:port``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basicdb_mock.storage.contract import StorageError

if TYPE_CHECKING:
    from basicdb_mock.storage.cluster.storage import ClusterStorage

__all__ = ["open_cluster"]


def open_cluster(url: str) -> ClusterStorage:
    """``redis+cluster://[user:password@]host:port[,host:port...][?setting=value...]`` (settings: docs/cluster.md).

    With TLS it is ``rediss+cluster://``.

    Raises :class:`ValueError` for a URL that makes no sense, StorageError when there is no cluster, or no redis-py.
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
