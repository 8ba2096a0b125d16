"""Which calls a fault strikes, and what becomes of them."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from basicdb_mock import errors
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports.operations import OPERATIONS as EXPORT_OPERATIONS
from basicdb_mock.rehearsal import (
    Attempt,
    Delay,
    Drop,
    Dropped,
    DroppedError,
    Fail,
    Fault,
    Faults,
    InternalError,
    RequestTimeout,
    ServiceUnavailable,
    Spread,
    Throttle,
    Truncate,
    Truncated,
)
from basicdb_mock.transcripts.known import OPERATIONS
from basicdb_mock.wire.message import Response

NOW = 1000.0
PUT = Attempt("PutAttributes", "123456789012", "us-east-1", "orders", NOW)
WHOLE = Response(200, {"Content-Type": "text/xml"}, b"0123456789")


@pytest.fixture
def clock() -> AdjustableClock:
    clock = AdjustableClock()
    clock.freeze(NOW)
    return clock


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def faults(clock: AdjustableClock, waits: list[float]) -> Faults:
    return Faults(clock, sleep=waits.append)


def struck(faults: Faults, attempt: Attempt = PUT) -> bool:
    try:
        return faults.before(attempt) is not None
    except (SimpleDBError, DroppedError):
        return True


def pattern(faults: Faults, calls: int, attempt: Attempt = PUT) -> str:
    """One letter a call: whether it was struck."""
    return "".join("x" if struck(faults, attempt) else "." for _ in range(calls))


class TestWhichCalls:
    def test_without_faults_there_is_nothing_to_ask(self, faults: Faults) -> None:
        assert not faults.active
        assert faults.before(PUT) is None

    def test_a_fault_strikes_its_operation_and_no_other(self, faults: Faults) -> None:
        faults.fail("PutAttributes", ServiceUnavailable)

        assert faults.active
        assert struck(faults)
        assert not struck(faults, PUT._replace(operation="GetAttributes"))

    @pytest.mark.parametrize(("rule", "other"), [
        ({"domain": "orders"}, {"domain": "order"}),
        ({"domain": "ord*"}, {"domain": "Orders"}),
        ({"domain": "o?ders"}, {"domain": None}),
        ({"account": "123456789012"}, {"account": "000000000000"}),
        ({"region": "us-*"}, {"region": "eu-west-1"}),
    ])
    def test_domain_account_and_region_narrow_it(
        self, faults: Faults, rule: dict[str, Any], other: dict[str, Any]
    ) -> None:
        faults.add(Fault(Drop(), **rule))

        assert struck(faults)
        assert not struck(faults, PUT._replace(**other))

    def test_a_call_on_no_domain_meets_a_fault_that_names_none(self, faults: Faults) -> None:
        faults.drop("ListDomains")

        assert struck(faults, Attempt("ListDomains", "1", "r", None, NOW))

    def test_times_is_how_often(self, faults: Faults) -> None:
        faults.fail("*", ServiceUnavailable, times=2)

        assert pattern(faults, 5) == "xx..."

    def test_nth_picks_single_calls(self, faults: Faults) -> None:
        faults.fail("*", ServiceUnavailable, nth=3)
        assert pattern(faults, 5) == "..x.."
        faults.clear()
        faults.fail("*", ServiceUnavailable, nth=(1, 4))
        assert pattern(faults, 5) == "x..x."

    def test_nth_counts_only_calls_that_match(self, faults: Faults) -> None:
        faults.fail("PutAttributes", ServiceUnavailable, nth=2)

        assert pattern(faults, 3, PUT._replace(operation="Select")) == "..."
        assert pattern(faults, 3) == ".x."

    def test_every_picks_each_third(self, faults: Faults) -> None:
        faults.fail("*", ServiceUnavailable, every=3, times=2)

        assert pattern(faults, 10) == "..x..x...."

    def test_probability_with_a_seed_is_the_same_each_time(self, clock: AdjustableClock) -> None:
        patterns = set()
        for _ in range(3):
            faults = Faults(clock)
            faults.fail("*", ServiceUnavailable, probability=0.5, seed=7)
            patterns.add(pattern(faults, 40))

        assert len(patterns) == 1
        assert 10 < patterns.pop().count("x") < 30

    def test_faults_of_one_seed_are_reproducible_without_seeds_of_their_own(self, clock: AdjustableClock) -> None:
        one, other = Faults(clock, seed=1), Faults(clock, seed=1)
        for faults in (one, other):
            faults.fail("*", ServiceUnavailable, probability=0.5)

        assert pattern(one, 40) == pattern(other, 40)

    @pytest.mark.parametrize(("probability", "expected"), [(0.0, "...."), (1.0, "xxxx")])
    def test_probability_0_is_never_and_1_always(self, faults: Faults, probability: float, expected: str) -> None:
        faults.fail("*", ServiceUnavailable, probability=probability)

        assert pattern(faults, 4) == expected

    def test_a_window_of_time_counts_from_when_it_was_put_in_force(self, faults: Faults) -> None:
        faults.fail("*", ServiceUnavailable, since=10, until=20)

        seen = {age: struck(faults, PUT._replace(at=NOW + age)) for age in (0, 9.9, 10, 19.9, 20)}
        assert seen == {0: False, 9.9: False, 10: True, 19.9: True, 20: False}

    @pytest.mark.parametrize(("rules", "problem"), [
        ([{"nth": (0,)}, {"every": 0}, {"times": 0}], "nth, every and times must be at least 1"),
        ([{"probability": 1.5}, {"probability": -0.1}], "probability must be between 0 and 1"),
        ([{"since": -1}, {"since": math.nan}, {"since": 5, "until": 5}, {"until": math.nan}, {"until": 0}],
         "since must be at least 0, and until greater than since"),
        ([{"times": "2"}, {"every": 1.5}, {"nth": ("1",)}, {"nth": "x"}], "nth, every and times must be whole numbers"),
        ([{"domain": 5}], "operation, domain, account and region must be strings, not 5"),
        ([{"operation": "PutAttribute"}],
         "unknown operation 'PutAttribute'; "
         "choose from: BatchDeleteAttributes, .* GetExport, .* Select, StartDomainExport"),
    ])
    def test_a_fault_that_makes_no_sense_is_refused(self, rules: list[dict[str, Any]], problem: str) -> None:
        for rule in rules:
            with pytest.raises(ValueError, match=f"^{problem}$"):
                Fault(Drop(), **rule)

    def test_every_operation_there_is_may_have_faults(self, faults: Faults) -> None:
        for name in (*OPERATIONS, *EXPORT_OPERATIONS, "Put*", "*Attribute?"):
            faults.drop(name)

    def test_nth_may_be_a_list_as_in_a_faults_file(self, faults: Faults) -> None:
        faults.drop("PutAttributes", nth=[1, 3])

        assert [struck(faults) for _ in range(4)] == [True, False, True, False]

    def test_a_throttle_is_of_a_number(self, faults: Faults) -> None:
        with pytest.raises(ValueError, match="a throttle takes a number of calls per second, not '5'"):
            faults.throttle("5")  # type: ignore[arg-type]

    def test_there_is_an_end_to_faults(self, faults: Faults) -> None:
        for _ in range(1000):
            faults.drop("ListDomains")

        with pytest.raises(ValueError, match="1000 faults in force already"):
            faults.drop("ListDomains")

    def test_a_pattern_of_many_stars_takes_no_time(self, faults: Faults) -> None:
        faults.drop("*a" * 60 + "b")

        assert not struck(faults, PUT._replace(operation="a" * 255))


class TestErrors:
    def test_any_error_of_the_catalogue(self, faults: Faults) -> None:
        for row in errors.CATALOGUE.values():
            faults.clear()
            faults.fail("*", row)
            with pytest.raises(SimpleDBError) as caught:
                faults.before(PUT)
            assert (caught.value.kind, "{" in caught.value.message) == (row, False)

    @pytest.mark.parametrize(("named", "row"), [
        ("ServiceUnavailable", errors.SERVICE_UNAVAILABLE),
        ("SERVICE_BUSY", errors.SERVICE_BUSY),
        ("InternalError", errors.INTERNAL_ERROR),
        ("MissingParameter", errors.MISSING_PARAMETER),
    ])
    def test_by_code_or_by_name(self, faults: Faults, named: str, row: errors.Error) -> None:
        faults.fail("*", named)
        with pytest.raises(SimpleDBError) as caught:
            faults.before(PUT)
        assert caught.value.kind is row

    def test_an_unknown_error_is_told(self, faults: Faults) -> None:
        with pytest.raises(ValueError, match="unknown error 'Oops'; choose from: AccessFailure, AttributeDoesNotExist"):
            faults.fail("*", "Oops")

    def test_the_placeholders_of_a_text_are_filled_from_the_call(self, faults: Faults) -> None:
        faults.fail("*", RequestTimeout)
        with pytest.raises(SimpleDBError) as caught:
            faults.before(PUT._replace(operation="Select"))
        assert caught.value.message == (
            "A timeout occurred when attempting to query domain orders with query expression . BoxUsage [0.0000137200]"
        )

    def test_an_error_after_the_call_is_left_to_the_verdict(self, faults: Faults) -> None:
        faults.fail("*", InternalError, after=True)

        verdict = faults.before(PUT)

        assert verdict is not None
        failure = verdict.failure()
        assert failure is not None
        assert failure.code == "InternalError"
        assert verdict.answer(WHOLE) is WHOLE


class TestConnections:
    def test_dropped_before_the_call_is_done(self, faults: Faults) -> None:
        faults.drop("*")

        with pytest.raises(DroppedError):
            faults.before(PUT)

    def test_dropped_after_it_was_done(self, faults: Faults) -> None:
        faults.drop("*", after=True)
        verdict = faults.before(PUT)

        assert verdict is not None
        assert verdict.failure() is None
        assert verdict.answer(WHOLE) == Dropped(0, {}, b"", done=True)

    def test_truncated(self, faults: Faults) -> None:
        faults.truncate("*", keep=0.35)
        verdict = faults.before(PUT)

        assert verdict is not None
        assert verdict.answer(WHOLE) == Truncated(200, WHOLE.headers, b"012", 10)

    def test_truncated_as_if_it_were_whole(self, faults: Faults) -> None:
        faults.truncate("*", keep=0, clean=True)
        verdict = faults.before(PUT)

        assert verdict is not None
        assert verdict.answer(WHOLE) == Response(200, WHOLE.headers, b"")

    @pytest.mark.parametrize("keep", [-0.1, 1])
    def test_what_truncates_keeps_less_than_all(self, keep: float) -> None:
        with pytest.raises(ValueError, match=r"^truncate takes the fraction to keep, at least 0 and below 1$"):
            Truncate(keep)


class TestDelays:
    def test_before_the_call(self, faults: Faults, waits: list[float]) -> None:
        faults.delay("*", 0.25)

        assert faults.before(PUT) is not None
        assert waits == [0.25]

    def test_after_it(self, faults: Faults, waits: list[float]) -> None:
        faults.delay("*", 0.25, after=True)
        verdict = faults.before(PUT)

        assert waits == []
        assert verdict is not None
        assert verdict.answer(WHOLE) is WHOLE
        assert waits == [0.25]

    def test_all_delays_are_waited_for_and_the_first_other_effect_decides(
        self, faults: Faults, waits: list[float]
    ) -> None:
        faults.delay("*", 1)
        faults.fail("*", ServiceUnavailable)
        faults.drop("*")
        faults.delay("*", 2)

        with pytest.raises(SimpleDBError, match="ServiceUnavailable"):
            faults.before(PUT)
        assert waits == [3]
        assert [standing.struck for standing in faults.standing()] == [1, 1, 0, 1]

    @pytest.mark.parametrize("effect", [Drop(), Fail(InternalError)])
    def test_what_is_answered_instead_of_the_call_waits_for_the_delays_after_it_too(
        self, faults: Faults, waits: list[float], effect: Drop | Fail
    ) -> None:
        faults.delay("*", 1, after=True)
        faults.delay("*", 2)
        faults.add(Fault(effect))

        assert struck(faults)
        assert waits == [3]

    def test_a_distribution_with_a_seed(self, clock: AdjustableClock) -> None:
        drawn = []
        for _ in range(2):
            waits: list[float] = []
            faults = Faults(clock, sleep=waits.append)
            faults.delay("*", "uniform(0.1, 0.5)", seed=3)
            pattern(faults, 20)
            drawn.append(waits)

        assert drawn[0] == drawn[1]
        assert len(set(drawn[0])) == 20
        assert 0.1 <= min(drawn[0]) < max(drawn[0]) <= 0.5

    def test_waiting_holds_up_nobody_else(self, clock: AdjustableClock) -> None:
        waiting, go_on = threading.Event(), threading.Event()

        def sleep(seconds: float) -> None:
            waiting.set()
            assert go_on.wait(30)

        faults = Faults(clock, sleep=sleep)
        faults.delay("PutAttributes", 5)
        slow = threading.Thread(target=faults.before, args=(PUT,))
        slow.start()
        assert waiting.wait(30)

        assert faults.before(PUT._replace(operation="GetAttributes")) is None
        faults.fail("Select", ServiceUnavailable)
        assert len(faults.standing()) == 2
        assert slow.is_alive()
        go_on.set()
        slow.join(30)
        assert not slow.is_alive()


class TestThrottle:
    def test_a_second_s_worth_then_the_rate(self, faults: Faults) -> None:
        faults.throttle(3)

        assert pattern(faults, 5) == "...xx"
        assert pattern(faults, 3, PUT._replace(at=NOW + 0.34)) == ".xx"
        assert pattern(faults, 5, PUT._replace(at=NOW + 60)) == "...xx"

    def test_below_one_a_second(self, faults: Faults) -> None:
        faults.throttle(0.5)

        assert [struck(faults, PUT._replace(at=NOW + age)) for age in (0, 1, 2, 3, 4)] == [
            False, True, False, True, False,
        ]

    def test_a_burst(self, faults: Faults) -> None:
        faults.throttle(1, burst=4)

        assert pattern(faults, 6) == "....xx"

    def test_each_domain_of_each_tenant_has_its_own(self, faults: Faults) -> None:
        faults.throttle(1)

        others = [PUT, PUT._replace(domain="b"), PUT._replace(account="2"), PUT._replace(region="eu-west-1")]
        assert [pattern(faults, 2, attempt) for attempt in others] == [".x"] * 4

    def test_what_is_shed_reads_as_documented(self, faults: Faults) -> None:
        faults.throttle(1)
        struck(faults)
        with pytest.raises(SimpleDBError) as caught:
            faults.before(PUT)
        assert (caught.value.status, caught.value.code) == (503, "ServiceUnavailable")
        assert caught.value.message == (
            "Service Amazon SimpleDB is busy handling other requests, likely due to too many simultaneous requests. "
            "Consider reducing the frequency of your requests, and try again."
        )

    def test_a_clock_that_goes_back_is_no_harm(self, faults: Faults) -> None:
        faults.throttle(1)

        assert not struck(faults)
        assert struck(faults, PUT._replace(at=NOW - 100))
        assert not struck(faults, PUT._replace(at=NOW + 1))

    def test_many_domains_are_not_remembered_for_ever(self, faults: Faults) -> None:
        faults.throttle(1)
        for number in range(10_050):
            struck(faults, PUT._replace(domain=f"d{number}"))

        (rule,) = faults._rules.values()
        assert len(rule._buckets) == 10_000

    @pytest.mark.parametrize(
        ("rate", "burst"), [(0, None), (-1, None), (1, 0.5), (math.nan, None), (math.inf, None), (1, math.nan)]
    )
    def test_a_rate_is_above_0(self, rate: float, burst: float | None) -> None:
        with pytest.raises(ValueError, match=r"^a throttle takes a rate above 0, and a burst of at least 1$"):
            Throttle(rate, burst)


class TestInForce:
    def test_standing_tells_what_each_met_and_struck(self, faults: Faults) -> None:
        number = faults.fail("PutAttributes", ServiceUnavailable, times=1)
        pattern(faults, 3)

        (standing,) = faults.standing()
        assert (standing.number, standing.added, standing.met, standing.struck) == (number, NOW, 3, 1)
        assert standing.fault == Fault(Fail(ServiceUnavailable), "PutAttributes", times=1)

    def test_a_fault_can_be_taken_out_of_force(self, faults: Faults) -> None:
        number = faults.drop("*")

        assert faults.remove(number)
        assert not faults.remove(number)
        assert not struck(faults)

    def test_reset_goes_back_to_the_faults_of_the_start(self, clock: AdjustableClock) -> None:
        first = Fault(Fail(ServiceUnavailable), times=1)
        faults = Faults(clock, [first])
        faults.drop("*")
        pattern(faults, 2)

        faults.reset()

        assert [replace(standing, number=0) for standing in faults.standing()] == [
            replace(Faults(clock, [first]).standing()[0], number=0)
        ]


class TestSpread:
    @pytest.mark.parametrize(("written", "spread"), [
        (2, Spread("fixed", (2.0,))),
        ("2.5", Spread("fixed", (2.5,))),
        ("fixed(1)", Spread("fixed", (1.0,))),
        (" uniform ( 0.1,0.5 ) ", Spread("uniform", (0.1, 0.5))),
        ("exponential(0.2)", Spread("exponential", (0.2,))),
        ("normal(0.2, 0)", Spread("normal", (0.2, 0.0))),
        ("lognormal(0.1, 1)", Spread("lognormal", (0.1, 1.0))),
        (Spread("fixed", (1.0,)), Spread("fixed", (1.0,))),
    ])
    def test_what_can_be_written(self, written: Any, spread: Spread) -> None:
        assert Spread.of(written) == spread
        assert Spread.of(str(spread)) == spread

    @pytest.mark.parametrize(("written", "problem"), [
        ("soon", "seconds must be a number or a text such as uniform(0.1, 0.5), not 'soon'"),
        ("uniform(a, b)", "seconds must be a number or a text such as uniform(0.1, 0.5), not 'uniform(a, b)'"),
        ("uniform()", "seconds must be a number or a text such as uniform(0.1, 0.5), not 'uniform()'"),
        (None, "seconds must be a number or a text such as uniform(0.1, 0.5), not None"),
        (True, "seconds must be a number or a text such as uniform(0.1, 0.5), not True"),
        ("gamma(1)", "unknown distribution 'gamma'; choose from: fixed, uniform, exponential, normal, lognormal"),
        ("uniform(1)", "uniform takes 2 numbers, not 1"),
        ("uniform(2, 1)", "uniform takes the minimum, then the maximum"),
        (-1, "seconds must be between 0 and 3600"),
        ("nan", "seconds must be between 0 and 3600"),
        (1e9, "seconds must be between 0 and 3600"),
    ])
    def test_what_cannot(self, written: Any, problem: str) -> None:
        with pytest.raises(ValueError) as caught:
            Spread.of(written)
        assert str(caught.value) == problem

    @pytest.mark.parametrize("written", [
        "0", "uniform(0, 0)", "exponential(0)", "exponential(3600)", "normal(1, 5)", "lognormal(0, 1)",
        "lognormal(1, 0)", "lognormal(1, 2)", "lognormal(3600, 3600)",
    ])
    def test_what_is_drawn_is_never_below_0_nor_above_the_most(self, written: str) -> None:
        spread, chance = Spread.of(written), Random(1)
        drawn = [spread.draw(chance) for _ in range(500)]

        assert 0 <= min(drawn) <= max(drawn) <= spread.most <= 3600


def test_a_delay_of_a_fault_may_be_made_by_hand() -> None:
    assert Delay(Spread.of(1)).seconds.most == 1
