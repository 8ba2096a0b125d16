"""What storages that keep files are tested with: the contract at a URL, and fresh stores for the state machine."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, settings

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.testing import PersistentStorageContract

STEPS = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""How far the state machine goes."""


class ContractAtUrl(PersistentStorageContract):
    """The contract of the storage that a fixture ``url`` names."""

    @pytest.fixture
    def storage(self, url: str) -> Iterator[Storage]:
        with closing(open_storage(url)) as storage:
            yield storage

    @pytest.fixture
    def reopen(self, url: str) -> Callable[[Storage], Storage]:
        def reopen(storage: Storage) -> Storage:
            storage.close()
            return open_storage(url)

        return reopen


class Stores:
    """Opens stores of one scheme, and opens them again in the same place; their directories go with them."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.urls: weakref.WeakKeyDictionary[Storage, str] = weakref.WeakKeyDictionary()

    def open(self) -> Storage:
        directory = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        return self.opened(f"{self.scheme}:{directory}/store?durability=off")

    def opened(self, url: str) -> Storage:
        storage = open_storage(url)
        self.urls[storage] = url
        return storage

    def reopen(self, storage: Storage) -> Storage:
        storage.close()
        return self.opened(self.urls[storage])
