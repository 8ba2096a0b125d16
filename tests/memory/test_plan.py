"""What a condition tells of the ranges that matches lie in, and which values a walk may keep to."""

from __future__ import annotations

import pytest

from basicdb_mock.select import parse
from basicdb_mock.select.expression import ITEM_NAME, Subject
from basicdb_mock.select.plan import Span, make_plan, spans_of


def spans(condition: str, subject: Subject = "x") -> tuple[Span, ...]:
    return spans_of(make_plan(parse(f"select * from d where {condition}")).narrowing, subject)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("x = 'a'", (Span("x", "a", "a"),)),
        ("x in ('b', 'a', 'b')", (Span("x", "a", "a"), Span("x", "b", "b"))),
        ("x > 'a' and x <= 'c'", (Span("x", "a", "c", low_open=True),)),
        ("x like 'ab%'", (Span("x", "ab", "ac", high_open=True),)),
        ("x = 'b' or x between 'a' and 'c'", (Span("x", "a", "c"),)),
        ("x < 'b' or x >= 'b'", (Span("x", "", "b", high_open=True), Span("x", "b"))),
        ("x < 'a' or x > 'b'", (Span("x", "", "a", high_open=True), Span("x", "b", low_open=True))),
        ("x != 'a'", (Span("x"),)),
        ("y = 'a'", (Span("x"),)),
        ("x is null", (Span("x"),)),
        ("not x = 'a'", (Span("x"),)),
        ("x = 'a' or y = 'b'", (Span("x"),)),
        ("y = 'b' and x = 'a'", (Span("x", "a", "a"),)),
    ],
)
def test_the_values_of_a_match_lie_in_disjoint_ascending_spans(condition: str, expected: tuple[Span, ...]) -> None:
    assert spans(condition) == expected


def test_names_have_spans_too() -> None:
    assert spans("itemName() like 'i%' and x = 'a'", ITEM_NAME) == (Span(ITEM_NAME, "i", "j", high_open=True),)


def test_the_prefix_of_the_last_character_has_no_end() -> None:
    assert spans("x like '\U0010ffff%'") == (Span("x", "\U0010ffff", None, high_open=True),)


def test_the_successor_of_a_prefix_is_no_surrogate() -> None:
    assert spans("x like '\ud7ff%'") == (Span("x", "\ud7ff", "\ue000", high_open=True),)
