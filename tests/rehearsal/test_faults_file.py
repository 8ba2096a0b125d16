"""Faults as data: what a file may say, how mistakes are told, and back to data again."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicdb_mock.errors import INTERNAL_ERROR, SERVICE_BUSY, SERVICE_UNAVAILABLE
from basicdb_mock.rehearsal import Delay, Drop, Fail, Fault, Faults, Lag, Spread, Throttle, Truncate
from basicdb_mock.rehearsal.faults_file import (
    fault_as_plain,
    faults_of,
    lag_as_plain,
    lag_from,
    parse_faults,
    parse_lag,
    read_faults,
    standing_as_plain,
)
from basicdb_mock.settings import setting_of

FILE = """\
faults:
  - operation: PutAttributes
    domain: "orders-*"
    account: 000012345670
    region: eu-west-1
    fail: ServiceUnavailable
    after: true
    nth: [1, 3]
    probability: 0.5
    seed: 7
    times: 2
    since: 10
    until: 60.5
  - {fail: SERVICE_BUSY, nth: 2}
  - {throttle: 25, burst: 100}
  - drop: after
  - {drop: before, every: 3}
  - {truncate: 0.25, clean: true}
  - {delay: "uniform(0.05, 0.5)", after: true}
  - delay: 1
"""
FAULTS = [
    Fault(Fail(SERVICE_UNAVAILABLE, after=True), "PutAttributes", "orders-*", "000012345670", "eu-west-1", nth=(1, 3),
          probability=0.5, seed=7, times=2, since=10.0, until=60.5),
    Fault(Fail(SERVICE_BUSY), nth=(2,)),
    Fault(Throttle(25.0, 100.0)),
    Fault(Drop(after=True)),
    Fault(Drop(), every=3),
    Fault(Truncate(0.25, clean=True)),
    Fault(Delay(Spread.of("uniform(0.05, 0.5)"), after=True)),
    Fault(Delay(Spread.of(1))),
]  # fmt: skip


def test_a_file_gives_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(FILE)

    assert read_faults(path) == FAULTS


@pytest.mark.parametrize("text", ["", "faults:", "[]", "faults: []"])
def test_no_faults_are_no_mistake(text: str) -> None:
    assert parse_faults(text) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_goes_into_data_and_back(fault: Fault) -> None:
    assert faults_of([fault_as_plain(fault)]) == [fault]


def test_faults_and_data_may_be_mixed() -> None:
    fault = Fault(Fail(INTERNAL_ERROR))

    assert faults_of([fault, {"fail": "InternalError"}]) == [fault, fault]


def test_a_fault_in_force_tells_its_number_and_figures() -> None:
    faults = Faults()
    faults.fail("Select", "InternalError", times=1)

    assert standing_as_plain(faults.standing()[0]) == {
        "number": 1, "operation": "Select", "fail": "InternalError", "times": 1, "met": 0, "struck": 0,
    }


@pytest.mark.parametrize(("text", "problem"), [
    ("hello", "f.yaml, line 1: expected a list of faults"),
    ("\nfault: []", "f.yaml, line 2: a faults file has no key 'fault'; choose from: faults"),
    ("- {}", "f.yaml, line 1: a fault needs one of fail, throttle, drop, truncate, delay; this one has none"),
    ("- operation: Select",
     "f.yaml, line 1: a fault needs one of fail, throttle, drop, truncate, delay; this one has none"),
    ("- {drop: before, delay: 1}",
     "f.yaml, line 1: a fault needs one of fail, throttle, drop, truncate, delay; this one has drop and delay"),
    ("- drop: before\n- fail: Oops", "f.yaml, line 2: unknown error 'Oops'; choose from: AccessFailure, Attr"),
    ("- fail: 5", "f.yaml, line 1: fail takes a string, not 5"),
    ("- drop: never", "f.yaml, line 1: drop takes before or after"),
    ("- drop: before\n  after: true", "f.yaml, line 2: after can be used with fail and delay, not with drop"),
    ("- fail: InternalError\n  burst: 3", "f.yaml, line 2: burst can be used with throttle, not with fail"),
    ("- delay: 1\n  clean: true", "f.yaml, line 2: clean can be used with truncate, not with delay"),
    ("- throttle: 0", "f.yaml, line 1: a throttle takes a rate above 0, and a burst of at least 1"),
    ("- throttle: fast", "f.yaml, line 1: throttle takes a number of at least 0, not 'fast'"),
    ("- truncate: 1", "f.yaml, line 1: truncate takes the fraction to keep, at least 0 and below 1"),
    ("- delay: soon", "f.yaml, line 1: seconds must be a number or a text such as uniform(0.1, 0.5), not 'soon'"),
    ("- delay: [1]", "f.yaml, line 1: seconds must be a number or a text such as uniform(0.1, 0.5), not"),
    ("- drop: before\n  times: often", "f.yaml, line 2: times takes a whole number of at least 1, not 'often'"),
    ("- drop: before\n  times: true", "f.yaml, line 2: times takes a whole number of at least 1, not True"),
    ("- drop: before\n  nth: [1, 0]", "f.yaml, line 2: nth takes a whole number of at least 1, not 0"),
    ("- drop: before\n  probability: 2", "f.yaml, line 2: probability takes a number between 0 and 1, not 2"),
    ("- drop: before\n  since: .inf", "f.yaml, line 2: since takes a number of at least 0, not inf"),
    ("- drop: before\n  until: -1", "f.yaml, line 2: until takes a number of at least 0, not -1"),
    ("- drop: before\n  operation: [a]", "f.yaml, line 2: operation takes a string, not a list"),
    ("- drop: before\n  when: later", "f.yaml, line 2: a fault has no key 'when'; choose from: operation, domain"),
])
def test_a_mistake_is_told_with_file_and_line(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_faults(text, "f.yaml")

    assert str(caught.value).startswith(problem)


def test_a_mistake_in_data_is_told_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"^faults\[1\]\.times: times takes a whole number of at least 1, not 0$"):
        faults_of([{"drop": "before"}, {"drop": "before", "times": 0}])


class TestLag:
    @pytest.mark.parametrize(("value", "lag"), [
        (2, Lag.of(2)),
        ("uniform(0, 2)", Lag.of("uniform(0, 2)")),
        ({"seconds": 1, "seed": 3, "tear_batches": True}, Lag.of(1, seed=3, tear_batches=True)),
    ])
    def test_a_lag_goes_into_data_and_back(self, value: object, lag: Lag) -> None:
        assert lag_from(setting_of(value, "lag")) == lag
        assert lag_from(setting_of(lag_as_plain(lag), "lag")) == lag

    def test_no_lag_is_0_seconds(self) -> None:
        assert lag_as_plain(None) == {"seconds": 0, "seed": None, "tear_batches": False}

    def test_an_option_s_text(self) -> None:
        assert parse_lag("1.5") == Lag.of(1.5)
        problem = r"^--lag: seconds must be a number or a text such as uniform\(0.1, 0.5\), not 'x'$"
        with pytest.raises(ValueError, match=problem):
            parse_lag("x")

    @pytest.mark.parametrize(("value", "problem"), [
        ({}, "lag: a lag needs seconds"),
        ({"seconds": 1, "torn": 1}, "lag.torn: a lag has no key 'torn'; choose from: seconds, seed, tear_batches"),
        (None, "lag: seconds must be a number or a text such as uniform(0.1, 0.5), not None"),
    ])
    def test_a_mistake_is_told_with_its_place(self, value: object, problem: str) -> None:
        with pytest.raises(ValueError) as caught:
            lag_from(setting_of(value, "lag"))
        assert str(caught.value) == problem
