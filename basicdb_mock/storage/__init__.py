"""Storages, and opening them by URL: ``memory:``, ``sqlite:PATH``, ``files:DIRECTORY``, or by an entry point."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from basicdb_mock.storage.contract import Counted, Domain, Found, Storage, StorageError
from basicdb_mock.storage.records import Records

__all__ = ["Counted", "Domain", "Found", "Records", "Storage", "StorageError", "open_storage"]

_OURS = {
    "memory": ("basicdb_mock.storage.memory", "open_memory"),
    "sqlite": ("basicdb_mock.storage.sqlite", "open_sqlite"),
    "files": ("basicdb_mock.storage.files", "open_files"),
    "redis+cluster": ("basicdb_mock.storage.cluster", "open_cluster"),
    "rediss+cluster": ("basicdb_mock.storage.cluster", "open_cluster"),
}


def open_storage(url: Storage | str = "memory:") -> Storage:
    """Open the storage at a URL; a storage is returned as it is.

    Raises :class:`ValueError` for an invalid URL or an unknown scheme, StorageError if the storage cannot be opened.
    """
    if not isinstance(url, str):
        if not hasattr(url, "list_domains"):
            raise ValueError(f"a storage is named by a URL such as memory: or sqlite:PATH, not {url!r}")
        return url
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise ValueError(f"a storage is named by a URL such as memory: or sqlite:PATH, not {url!r}")
    opener: Callable[[str], Storage]
    if scheme in _OURS:
        module, name = _OURS[scheme]
        opener = getattr(import_module(module), name)
    else:
        from importlib.metadata import entry_points  # slow to import, and only needed for third-party storages

        found = entry_points(group="basicdb_mock.storage", name=scheme)
        if not found:
            raise ValueError(f"unknown storage {scheme!r} in {url!r}; choose from: {', '.join(sorted(_OURS))}")
        opener = next(iter(found)).load()
    return opener(url)
