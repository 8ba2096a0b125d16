"""The bytes of an index sort as values and entities do, and its parts hold exactly what spans hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from basicdb_mock.select.expression import ITEM_NAME
from basicdb_mock.select.plan import AllOf, AnyOf, Narrowing, Span
from basicdb_mock.storage.cluster.members import parts_of, value_member, value_of

TEXTS = st.text(st.sampled_from("\0\1\2aé\uffff\U0001f600"), max_size=4)
ENTITIES = st.integers(0, 2**53)
SPANS = st.builds(
    Span, st.sampled_from(["a", ITEM_NAME]), TEXTS, st.one_of(st.none(), TEXTS), st.booleans(), st.booleans()
)


@given(TEXTS, ENTITIES, TEXTS, ENTITIES)
def test_members_sort_as_value_and_entity(one: str, first: int, other: str, second: int) -> None:
    assert (value_member(one, first) < value_member(other, second)) == ((one, first) < (other, second))


@given(TEXTS, ENTITIES)
def test_a_member_tells_its_value(value: str, entity: int) -> None:
    assert value_of(value_member(value, entity)) == value


def holds(narrowing: Narrowing, value: str) -> bool:
    if isinstance(narrowing, Span):
        return value in narrowing
    return (any if isinstance(narrowing, AnyOf) else all)(holds(part, value) for part in narrowing.parts)


def narrowings(subject: object) -> st.SearchStrategy[Narrowing]:
    spans: st.SearchStrategy[Narrowing] = SPANS.filter(lambda span: span.subject == subject)
    several = st.lists(spans, min_size=1, max_size=3).map(tuple)
    return st.one_of(spans, st.builds(AnyOf, several), st.builds(AllOf, several))


@given(st.data(), TEXTS, ENTITIES)
def test_parts_hold_what_the_narrowing_holds_once(data: st.DataObject, value: str, entity: int) -> None:
    subject = data.draw(st.sampled_from(["a", ITEM_NAME]))
    narrowing = data.draw(narrowings(subject))
    member = value_member(value, entity) if subject == "a" else value.encode()
    inside = [part for part in parts_of(narrowing) if part.low <= member and (part.high is None or member < part.high)]
    assert len(inside) == holds(narrowing, value)
