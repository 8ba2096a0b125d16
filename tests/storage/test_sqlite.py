"""The ``sqlite:`` storage keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.sqlite import reading
from basicdb_mock.storage.testing import PersistentStorageContract
from basicdb_mock.storage.testing.machine import storage_machine
from tests.storage.stores import Stores


class TestSqlite(PersistentStorageContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:{tmp_path}/store?durability=off"

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


STORES = Stores("sqlite")
TestSqliteAgainstTheModel = storage_machine(STORES.open, STORES.reopen).TestCase
TestSqliteAgainstTheModel.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class TestSqliteAlongItsIndexes(storage_machine(STORES.open, STORES.reopen).TestCase):  # type: ignore[misc]
    """No number of candidates counts as few: every search goes along an index or in creation order."""

    settings = settings(
        max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )

    def setUp(self) -> None:
        few = patch.multiple(reading, FEW=-1, FEW_AT_MOST=-1, SOME=-1)
        few.start()
        self.addCleanup(few.stop)
