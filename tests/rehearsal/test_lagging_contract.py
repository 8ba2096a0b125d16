"""Around any storage, lag changes nothing of what the contract promises to consistent reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from basicdb_mock.clock import AdjustableClock
from basicdb_mock.rehearsal import Lag, LaggingStorage
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.testing import StorageContract


class TestLaggingStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Iterator[LaggingStorage]:
        with closing(LaggingStorage(open_storage("memory:"), AdjustableClock(), Lag.of(0))) as storage:
            yield storage
