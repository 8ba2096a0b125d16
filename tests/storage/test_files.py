"""The ``files:`` storage keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicdb_mock.storage.testing.machine import storage_machine
from tests.storage.stores import STEPS, ContractAtUrl, Stores


class TestFiles(ContractAtUrl):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"files:{tmp_path}/store?durability=off"


STORES = Stores("files")
TestFilesAgainstTheModel = storage_machine(STORES.open, STORES.reopen).TestCase
TestFilesAgainstTheModel.settings = STEPS
