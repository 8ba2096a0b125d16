"""Rules for well-formed query expressions: each raises its own error."""

from __future__ import annotations

from basicdb_mock import errors
from basicdb_mock.limits import Limits
from basicdb_mock.query.expression import Query


def check_query(query: Query, limits: Limits) -> None:
    """Raise the error of the first rule that a query breaks.

    Too many brackets are InvalidNumberPredicates, too many comparisons in one are InvalidNumberValueTests, as their
    messages say.  Both limits are those of Select (docs/assumptions.md).
    """
    if any(len({test.attribute for test in predicate.tests}) > 1 for predicate in query.predicates):
        raise errors.INVALID_QUERY_EXPRESSION()  # one attribute per predicate (source: DG07/UsingQueryOverview)
    if any(len(predicate.tests) > limits.comparisons for predicate in query.predicates):
        raise errors.INVALID_NUMBER_VALUE_TESTS()
    if len(query.predicates) > limits.comparisons:
        raise errors.INVALID_NUMBER_PREDICATES()
    if query.sort is not None:
        _check_sort(query, query.sort.attribute)


def _check_sort(query: Query, attribute: str) -> None:
    """The attribute must be in a predicate, and a sort allows neither union nor not (source: DG07/SortingData)."""
    tested = any(predicate.tests[0].attribute == attribute for predicate in query.predicates)
    if not tested or any(predicate.negated or predicate.joiner == "union" for predicate in query.predicates):
        raise errors.INVALID_SORT_EXPRESSION()
