"""The history checker finds what it is there to find."""

from __future__ import annotations

import pytest

from tests.cluster.history import History, judge

COUNTER = ("books", "counter")


def test_a_history_that_agrees_with_the_state_is_right() -> None:
    history = History(acknowledged={("books", "1"): "x"}, increments=[(COUNTER, 1), (COUNTER, 2)], operations=3)
    state = {("books", "1"): {"a": "x", "b": "x", "c": "x"}, COUNTER: {"n": "2"}}
    assert judge(history, state).wrong == []


def test_a_write_of_unknown_outcome_may_be_there_or_not() -> None:
    history = History(increments=[(COUNTER, 1)], unknown_increments=[(COUNTER, 2)])
    assert judge(history, {COUNTER: {"n": "1"}}).wrong == []
    assert judge(history, {COUNTER: {"n": "2"}}).wrong == []


def test_an_acknowledged_item_that_is_missing_or_old_is_lost() -> None:
    history = History(acknowledged={("books", "1"): "x", ("books", "2"): "y"})
    state = {("books", "2"): {"a": "old", "b": "old", "c": "old"}}
    assert judge(history, state).lost == [("item", ("books", "1"), "x"), ("item", ("books", "2"), "y")]


def test_an_item_with_half_a_write_is_torn() -> None:
    state = {("books", "1"): {"a": "x", "b": "x"}}
    assert judge(History(), state).torn == [("item", ("books", "1"))]


@pytest.mark.parametrize(
    ("increments", "final", "lost", "duplicated"),
    [
        ([1, 2], "1", [("increment", COUNTER, 2)], []),
        ([1, 1], "1", [], [("increment", COUNTER, 1)]),
        ([1], "2", [], [("step", COUNTER, 2)]),
    ],
)
def test_an_increment_is_neither_lost_nor_done_twice(
    increments: list[int], final: str, lost: list[object], duplicated: list[object]
) -> None:
    verdict = judge(History(increments=[(COUNTER, value) for value in increments]), {COUNTER: {"n": final}})
    assert (verdict.lost, verdict.duplicated) == (lost, duplicated)


def test_an_outage_is_the_longest_silence_of_any_domain() -> None:
    history = History()
    history.acks["books"] += [1.0, 2.0, 3.0, 4.0]
    history.acks["films"] += [1.0, 3.5]
    assert history.outage(1.0, 4.0) == 2.5
