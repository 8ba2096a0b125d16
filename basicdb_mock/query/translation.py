"""Translating the 2007 language to Select's expressions, which plans and storages work on.

A predicate becomes comparisons of one attribute joined by ``And`` and ``Or``, which one value must satisfy as a whole.
Set operators become ``Intersection``, ``Or`` and ``Not``.  Both are evaluated from left to right, without precedence.
"""

from __future__ import annotations

from basicdb_mock.query.expression import Predicate, Query, ValueTest
from basicdb_mock.select.expression import And, Comparison, Expression, Intersection, Not, Or


def translated(query: Query) -> Expression:
    """The where clause that selects the same items as a query."""
    first, *following = query.predicates
    where = _operand(first)
    for predicate in following:
        where = _joined(Intersection if predicate.joiner == "intersection" else Or, where, _operand(predicate))
    return where


def _operand(predicate: Predicate) -> Expression:
    first, *following = predicate.tests
    tests = _comparison(first)
    for test in following:
        tests = _joined(And if test.joiner == "and" else Or, tests, _comparison(test))
    return Not(tests) if predicate.negated else tests


def _joined(kind: type[And | Or | Intersection], left: Expression, right: Expression) -> Expression:
    return kind((*left.parts, right)) if isinstance(left, kind) else kind((left, right))


def _comparison(test: ValueTest) -> Expression:
    if test.operator == "starts-with":
        return _starts_with(test.attribute, test.value)
    if test.operator == "does-not-start-with":
        return _does_not_start_with(test.attribute, test.value)
    return Comparison(test.attribute, test.operator, (test.value,))


def _starts_with(attribute: str, prefix: str) -> Expression:
    if prefix.endswith("\\"):
        low, end = _backslash_range(prefix)
        return And((Comparison(attribute, ">=", (low,)), Comparison(attribute, "<", (end,))))
    return Comparison(attribute, "like", (_pattern(prefix),))


def _does_not_start_with(attribute: str, prefix: str) -> Expression:
    if prefix.endswith("\\"):
        low, end = _backslash_range(prefix)
        return Or((Comparison(attribute, "<", (low,)), Comparison(attribute, ">=", (end,))))
    return Comparison(attribute, "not like", (_pattern(prefix),))


def _pattern(prefix: str) -> str:
    return prefix.replace("%", "\\%") + "%"


def _backslash_range(prefix: str) -> tuple[str, str]:
    """LIKE cannot say "starts with a backslash", since it takes ``\\%`` for a percent sign; ``]`` follows ``\\``."""
    return prefix, prefix[:-1] + "]"
