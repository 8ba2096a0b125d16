"""What is an expression and what is not, and that translating one into Select's expression changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicdb_mock.changes import Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item, Tenant, pairs, values_of
from basicdb_mock.query import parse, prepare
from basicdb_mock.query.expression import Predicate, Query, Sort, ValueTest
from basicdb_mock.query.translation import translated
from basicdb_mock.select.plan import plan_search
from basicdb_mock.select.predicate import compile_predicate
from basicdb_mock.storage import open_storage
from tests.query.asking import told

SYNTAX = told("syntax.yaml")


@pytest.mark.parametrize("text", SYNTAX["valid"])
def test_it_is_an_expression(text: str) -> None:
    query = parse(text)
    assert parse(str(query)) == query
    prepare(text)


def test_blanks_within_quotes_are_as_written() -> None:
    assert str(parse("['a\tb'\t= '\t'] sort 'a\tb'")) == "['a\tb' = '\t'] sort 'a\tb' asc"


@pytest.mark.parametrize("text", [*SYNTAX["invalid"], "['a' = '\ud800']"])
def test_it_is_no_expression(text: str) -> None:
    with pytest.raises(SimpleDBError) as refused:
        prepare(text)
    assert refused.value.code == "InvalidQueryExpression"
    assert refused.value.message == "The specified query expression syntax is not valid."


@pytest.mark.parametrize("text", SYNTAX["unsortable"])
def test_it_cannot_be_sorted(text: str) -> None:
    with pytest.raises(SimpleDBError) as refused:
        prepare(text)
    assert refused.value.code == "InvalidSortExpression"


def test_a_syntax_error_tells_its_place() -> None:
    with pytest.raises(SimpleDBError) as refused:
        parse("['foo' = 'bar' nor 'foo' = 'baz']")
    assert refused.value.__cause__ is not None
    assert refused.value.__cause__.loc == 15  # type: ignore[attr-defined]


def test_twenty_comparisons_are_allowed_and_twenty_one_are_not() -> None:
    tests = " or ".join(["'a' = 'b'"] * 20)
    assert len(parse(f"[{tests}]").predicates[0].tests) == 20
    prepare(f"[{tests}]")
    with pytest.raises(SimpleDBError) as refused:
        prepare(f"[{tests} or 'a' = 'b']")
    assert refused.value.code == "InvalidNumberValueTests"


def test_twenty_predicates_are_allowed_and_twenty_one_are_not() -> None:
    predicates = " union ".join(["['a' = 'b']"] * 20)
    prepare(predicates)
    with pytest.raises(SimpleDBError) as refused:
        prepare(f"{predicates} union ['a' = 'b']")
    assert refused.value.code == "InvalidNumberPredicates"


def test_the_limits_of_an_expression_are_settings() -> None:
    with pytest.raises(SimpleDBError) as refused:
        prepare("['a' = 'b' or 'a' = 'c']", replace(AWS, comparisons=1))
    assert refused.value.code == "InvalidNumberValueTests"
    with pytest.raises(SimpleDBError) as refused:
        prepare("['a' = 'b']", replace(AWS, expression_bytes=8))
    assert refused.value.code == "InvalidQueryExpression"


def test_a_very_long_expression_is_read_without_recursion() -> None:
    limits = replace(AWS, comparisons=100_000, expression_bytes=10**6)
    assert len(parse(" union ".join(["['a' = 'b']"] * 3000), limits).predicates) == 3000


def test_an_expression_is_parsed_once() -> None:
    assert prepare("['once' = 'only']") is prepare("['once' = 'only']")


# -- the translation against a reading of the language word by word ----------------------------------------------------

TEXTS = st.text(st.sampled_from(["a", "b", "%", "\\", "'", "]", "é"]), max_size=3)
ATTRIBUTES = st.sampled_from(["a", "b%"])
OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "starts-with", "does-not-start-with"])
VALUES = st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(lambda found: tuple(found) if found[1:] else found[0])
ITEMS = st.dictionaries(ATTRIBUTES, VALUES, min_size=1)


@st.composite
def predicates(draw: st.DrawFn, joiner: str) -> Predicate:
    attribute = draw(ATTRIBUTES)
    joiners = ["", *draw(st.lists(st.sampled_from(["and", "or"]), max_size=3))]
    tests = tuple(ValueTest(word, attribute, draw(OPERATORS), draw(TEXTS)) for word in joiners)
    return Predicate(joiner, draw(st.booleans()), tests)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    joiners = ["", *draw(st.lists(st.sampled_from(["intersection", "union"]), max_size=3))]
    sort = draw(st.none() | st.builds(Sort, ATTRIBUTES, st.booleans()))
    return Query(tuple(draw(predicates(word)) for word in joiners), sort)


def passes(test: ValueTest, value: str) -> bool:
    return {
        "=": value == test.value,
        "!=": value != test.value,
        "<": value.encode() < test.value.encode(),
        "<=": value.encode() <= test.value.encode(),
        ">": value.encode() > test.value.encode(),
        ">=": value.encode() >= test.value.encode(),
        "starts-with": value.startswith(test.value),
        "does-not-start-with": not value.startswith(test.value),
    }[test.operator]


def satisfies(predicate: Predicate, value: str) -> bool:
    result = False
    for test in predicate.tests:
        passed = passes(test, value)
        result = {"": passed, "and": result and passed, "or": result or passed}[test.joiner]
    return result


def selects(query: Query, item: Item) -> bool:
    result = False
    for predicate in query.predicates:
        some_value = any(satisfies(predicate, value) for value in values_of(item, predicate.tests[0].attribute))
        selected = some_value != predicate.negated
        result = {"": selected, "intersection": result and selected, "union": result or selected}[predicate.joiner]
    return result


@settings(deadline=None)
@given(queries(), ITEMS)
def test_the_translation_selects_what_the_query_says(query: Query, item: Item) -> None:
    assert compile_predicate(translated(query))("name", item) == selects(query, item)


@settings(deadline=None)
@given(queries())
def test_a_query_prints_back(query: Query) -> None:
    assert parse(str(query)) == query


@settings(deadline=None)
@given(queries(), st.lists(ITEMS, max_size=6))
def test_a_narrowed_search_finds_no_less(query: Query, items: list[Item]) -> None:
    storage, tenant = open_storage("memory:"), Tenant("1", "r")
    storage.create_domain(tenant, "domain", now=0.0, at_most=1)
    domain = storage.domain(tenant, "domain")
    for number, item in enumerate(items):
        domain.apply(Write([Put(str(number), tuple(pairs(item)))], AWS))
    found = [step.name for step in domain.search(plan_search(translated(query))) if step.item is not None]
    assert sorted(found) == [str(number) for number, item in enumerate(items) if selects(query, item)]
