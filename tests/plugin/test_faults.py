"""Faults by marker: in force for one test, and gone with it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("fixture", ["simpledb", "simpledb_server"])
def test_a_marker_puts_faults_in_force_for_its_test_alone(suite: pytest.Pytester, fixture: str) -> None:
    suite.makepyfile(f"""
        import pytest
        from basicdb_mock.rehearsal import Drop, Fault

        @pytest.mark.simpledb(faults=[{{"operation": "ListDomains", "fail": "ServiceUnavailable", "times": 1}},
                                      Fault(Drop(), "Select")])
        def test_a_bad_day({fixture}):
            first, second = {fixture}.faults.standing()
            assert first.fault.effect.error.code == "ServiceUnavailable"
            assert second.fault.operation == "Select"
            {fixture}.client().list_domains()
            assert [call.status for call in {fixture}.calls] == [503, 200]

        def test_a_good_one({fixture}):
            assert {fixture}.faults.standing() == []
    """)
    suite.runpytest("-q").assert_outcomes(passed=2)


def test_a_marker_that_makes_no_sense_is_told(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.simpledb(faults=[{"fail": "Oops"}])
        def test_a_bad_day(simpledb):
            pass
    """)
    result = suite.runpytest("-q")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([
        "SimpleDB cannot be started with this test's settings: faults?0?.fail: unknown error 'Oops'; choose from: *"])
