"""Rules for well-formed select expressions: each raises its own error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from basicdb_mock import errors
from basicdb_mock.limits import Limits
from basicdb_mock.model import utf8_size
from basicdb_mock.select.expression import Comparison, Expression, Not, Output, Sort, Statement, Subject


def comparisons(expression: Expression) -> Iterator[Comparison]:
    """Every comparison of an expression, left to right."""
    if isinstance(expression, Comparison):
        yield expression
    elif isinstance(expression, Not):
        yield from comparisons(expression.part)
    else:
        for part in expression.parts:
            yield from comparisons(part)


def attributes(statement: Statement) -> Iterator[str]:
    """Every attribute that a statement names: in its output list, its where clause and its sort, in that order."""
    if isinstance(statement.output, tuple):
        yield from statement.output
    subjects = [] if statement.where is None else [comparison.subject for comparison in comparisons(statement.where)]
    if statement.sort is not None:
        subjects.append(statement.sort.subject)
    yield from (subject for subject in subjects if isinstance(subject, str))


def check_statement(statement: Statement, limits: Limits) -> None:
    """Raise the error of the first rule that a statement breaks."""
    for name in attributes(statement):
        if utf8_size(name) > limits.name_bytes:
            raise errors.VALUE_TOO_LONG(value=name, parameter="AttributeName", limit=limits.name_bytes)
    if isinstance(statement.output, tuple) and len(statement.output) > limits.requested_attributes:
        raise errors.TOO_MANY_REQUESTED_ATTRIBUTES()
    if statement.where is not None:
        check_comparisons(statement.where, limits)
    if statement.sort is not None:
        check_sort(statement.where, statement.sort)
    if statement.limit is not None:
        # A count may exceed the page size, which is how clients jump to an offset (source: DG/CountingDataSelect).
        highest = statement.limit if statement.output is Output.COUNT else limits.page_items
        if not 1 <= statement.limit <= highest:
            raise errors.INVALID_MAX_ITEMS(value=statement.limit, limit=limits.page_items)


def check_comparisons(where: Expression, limits: Limits) -> None:
    """At most 20 comparisons.

    More on one attribute are InvalidNumberValueTests (observed), more in total InvalidNumberPredicates.
    """
    tests: Counter[Subject] = Counter()
    for comparison in comparisons(where):
        tests[comparison.subject] += comparison.tests
    if any(count > limits.comparisons for count in tests.values()):
        raise errors.INVALID_NUMBER_VALUE_TESTS()
    if tests.total() > limits.comparisons:
        raise errors.INVALID_NUMBER_PREDICATES()


def check_sort(where: Expression | None, sort: Sort) -> None:
    """The sort attribute must be in a predicate that is not ``is null`` (source: DG/SortingDataSelect)."""
    tested = () if where is None else comparisons(where)
    if not any(test.subject == sort.subject and test.operator != "is null" for test in tested):
        raise errors.INVALID_SORT_EXPRESSION()
