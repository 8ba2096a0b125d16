"""Single limits by name: what can be set, and what is refused."""

from __future__ import annotations

import math

import pytest

from basicdb_mock.limits import AWS, RELAXED, limits_from


def test_a_mapping_changes_single_limits_of_its_base() -> None:
    changed = limits_from({"domains": 1, "query_seconds": 0.5}, RELAXED)

    assert (changed.domains, changed.query_seconds, changed.comparisons) == (1, 0.5, RELAXED.comparisons)
    assert limits_from(None) == limits_from({}) == limits_from("aws") == AWS


@pytest.mark.parametrize(("settings", "problem"), [
    ("HUGE", "limits must be AWS, RELAXED or single quotas by name, not 'HUGE'"),
    ({"domains": -1}, "limit 'domains' takes a number of at least 0, not -1"),
    ({"domains": True}, "limit 'domains' takes a number of at least 0, not True"),
    ({"domains": 1.5}, "limit 'domains' takes a number of at least 0, not 1.5"),
    ({"query_seconds": math.nan}, "limit 'query_seconds' takes a number of at least 0, not nan"),
    ({"query_seconds": "5"}, "limit 'query_seconds' takes a number of at least 0, not '5'"),
    ({"domain_name_pattern": 3}, "limit 'domain_name_pattern' takes a regular expression, not 3"),
    ({"domain_name_pattern": "("}, "limit 'domain_name_pattern' is not a valid regular expression: "
                                   "missing ), unterminated subpattern at position 0"),
])
def test_what_makes_no_limit_is_refused(settings: dict[str, object] | str, problem: str) -> None:
    with pytest.raises(ValueError) as refused:
        limits_from(settings)
    assert str(refused.value) == problem


def test_an_unknown_limit_is_told_with_those_there_are() -> None:
    problem = r"unknown limit 'domain'; choose from: domains, domain_name_pattern, .*exports"
    with pytest.raises(ValueError, match=problem):
        limits_from({"domain": 1})
