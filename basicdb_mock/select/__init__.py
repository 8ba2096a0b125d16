"""The Select language: parsing, rules and plans.  pyparsing is imported when the first expression is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from basicdb_mock import errors
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import is_utf8_of
from basicdb_mock.select.expression import Statement
from basicdb_mock.select.plan import Plan, make_plan
from basicdb_mock.select.rules import check_statement

PARSING = Lock()
"""pyparsing determines a parse action's number of arguments when it first runs, which is not thread-safe."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A select expression ready to run."""

    statement: Statement
    plan: Plan
    condition: str
    """What a NextToken is bound to (see :attr:`Statement.condition`)."""


REMEMBERED = 8192
"""The longest expression that is cached, so that hostile ones cannot fill the memory."""


def prepare(text: str, limits: Limits = AWS) -> Prepared:
    """Parse, check and plan a select expression; the result is cached.

    Raises InvalidQueryExpression, or the error of the rule it breaks (:mod:`basicdb_mock.select.rules`).
    """
    return _remembered(text, limits) if len(text) <= REMEMBERED else _prepared(text, limits)


def _prepared(text: str, limits: Limits) -> Prepared:
    statement = parse(text, limits)
    check_statement(statement, limits)
    return Prepared(statement, make_plan(statement), statement.condition)


_remembered = lru_cache(maxsize=4096)(_prepared)


def parse(text: str, limits: Limits = AWS) -> Statement:
    """Parse a select expression.  Raises InvalidQueryExpression, whose cause, if any, has the position (``loc``)."""
    from pyparsing import ParseBaseException

    from basicdb_mock.select.grammar import STATEMENT, parentheses

    if not is_utf8_of(text, limits.expression_bytes):
        raise errors.INVALID_QUERY_EXPRESSION()
    opened, depth = parentheses(text)
    # Each comparison may be nested this deep and add those of in, every() and itemName(); no valid expression has more.
    if depth > limits.expression_depth or opened > (limits.expression_depth + 3) * limits.comparisons + 3:
        raise errors.INVALID_QUERY_EXPRESSION()
    try:
        with PARSING:
            statement: Statement = STATEMENT.parse_string(text)[0]
    except ParseBaseException as problem:
        raise errors.INVALID_QUERY_EXPRESSION() from problem
    return statement
