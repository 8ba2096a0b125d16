"""The ``memory:`` storage keeps the contract."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.testing import StorageContract
from basicdb_mock.storage.testing.machine import storage_machine


class TestMemory(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return open_storage("memory:")


TestMemoryAgainstTheModel = storage_machine(lambda: open_storage("memory:")).TestCase
TestMemoryAgainstTheModel.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_a_url_that_says_more_is_refused() -> None:
    with pytest.raises(ValueError, match="the storage memory: takes no path and no settings, not 'memory:books'"):
        open_storage("memory:books")
