"""The memory storage keeps the contract whether its indexes are forced on, forced off, or come and go at random."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings

from basicdb_mock.storage.memory import ALWAYS, LAZY, NEVER, Indexing, MemoryStorage
from basicdb_mock.storage.testing import StorageContract
from basicdb_mock.storage.testing.machine import storage_machine


def at_random(seed: int = 7) -> Indexing:
    """Indexes that come and go with no reason."""
    chance = Random(seed)
    return Indexing(
        appears=lambda items, examined: chance.random() < 0.3,
        goes=lambda entries, idle: chance.random() < 0.1,
    )


class TestIndexesForcedOn(StorageContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage(ALWAYS)


class TestIndexesForcedOff(StorageContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage(NEVER)


class TestIndexesAtRandom(StorageContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage(at_random())


FEW = settings(max_examples=40, stateful_step_count=25, deadline=None)

TestForcedOnAgainstTheModel = storage_machine(lambda: MemoryStorage(ALWAYS)).TestCase
TestForcedOnAgainstTheModel.settings = FEW
TestForcedOffAgainstTheModel = storage_machine(lambda: MemoryStorage(NEVER)).TestCase
TestForcedOffAgainstTheModel.settings = FEW
TestAtRandomAgainstTheModel = storage_machine(lambda: MemoryStorage(at_random())).TestCase
TestAtRandomAgainstTheModel.settings = FEW
TestByDefaultAgainstTheModel = storage_machine(lambda: MemoryStorage(LAZY)).TestCase
TestByDefaultAgainstTheModel.settings = FEW
