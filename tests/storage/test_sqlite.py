"""The ``sqlite:`` storage keeps the contract."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from basicdb_mock.storage.sqlite import reading
from basicdb_mock.storage.testing.machine import storage_machine
from tests.storage.stores import STEPS, ContractAtUrl, Stores


class TestSqlite(ContractAtUrl):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:{tmp_path}/store?durability=off"


STORES = Stores("sqlite")
TestSqliteAgainstTheModel = storage_machine(STORES.open, STORES.reopen).TestCase
TestSqliteAgainstTheModel.settings = STEPS


class TestSqliteAlongItsIndexes(storage_machine(STORES.open, STORES.reopen).TestCase):  # type: ignore[misc]
    """No number of candidates counts as few: every search goes along an index or in creation order."""

    settings = STEPS

    def setUp(self) -> None:
        few = patch.multiple(reading, FEW=-1, FEW_AT_MOST=-1, SOME=-1)
        few.start()
        self.addCleanup(few.stop)
