from __future__ import annotations

from typing import Any

import pytest

from tests.calling import Caller


@pytest.fixture
def call(simpledb_under_test: Any) -> Caller:
    return Caller(simpledb_under_test)
