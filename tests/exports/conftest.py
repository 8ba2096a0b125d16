from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from basicdb_mock.exports.targets import DirectoryTarget
from tests.exports.asking import Asker
from tests.exports.gate import Gate


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """An engine with two books in the domain ``books``, that exports into the test's directory."""
    asker = Asker(tmp_path)
    asker.fill()
    yield asker
    asker.engine.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """What is written into directories is held until the test opens the gate."""
    gate = Gate()
    monkeypatch.setattr(DirectoryTarget, "writing", gate.stand_in())
    yield gate
    gate.open.set()
