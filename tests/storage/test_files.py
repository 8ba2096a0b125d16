"""The ``files:`` storage keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.testing import PersistentStorageContract
from basicdb_mock.storage.testing.machine import storage_machine
from tests.storage.stores import Stores


class TestFiles(PersistentStorageContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"files:{tmp_path}/store?durability=off"

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


STORES = Stores("files")
TestFilesAgainstTheModel = storage_machine(STORES.open, STORES.reopen).TestCase
TestFilesAgainstTheModel.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
