"""Programs that some tests run and pip does not bring: without one they skip, or fail where all must be tested."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End a test for want of a program; ``BASICDB_MOCK_TEST_EVERYTHING=1``, as pipelines say, makes that a failure."""
    if os.environ.get("BASICDB_MOCK_TEST_EVERYTHING"):
        pytest.fail(f"{what}, and everything is to be tested")
    pytest.skip(what)
