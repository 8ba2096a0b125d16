"""The planner's answers are the naive model's, on generated domains and conditions."""

from __future__ import annotations

import pytest

from tests.memory.generated import compare_many

PAIRS = 500
"""Of each seed here; ``python -m tests.memory.generated`` compares a million."""


@pytest.mark.parametrize("seed", [1_000, 2_000, 3_000, 4_000, 5_000, 6_000])
def test_searches_pages_and_counts_are_those_of_the_model(seed: int) -> None:
    assert compare_many(PAIRS, seed) == PAIRS
