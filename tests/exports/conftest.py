from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exports.asking import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """An engine with two books in the domain ``books``, that exports into the test's directory."""
    asker = Asker(tmp_path)
    asker.fill()
    yield asker
    asker.engine.close()
