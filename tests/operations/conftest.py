from __future__ import annotations

from typing import Any

import pytest

from tests.calling import Caller


@pytest.fixture
def call(simpledb_under_test: Any) -> Caller:
    return Caller(simpledb_under_test)


@pytest.fixture
def books(call: Caller) -> str:
    """A domain with one item of two attributes, one of them with several values."""
    call.create("books")
    call.put("books", "i1", ("color", "red"), ("size", "b"), ("size", "a"))
    return "books"
