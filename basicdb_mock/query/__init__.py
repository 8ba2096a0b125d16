"""The query language of version 2007-11-07: parsing, rules, and translation to Select's expressions and plans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from basicdb_mock import errors
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import is_utf8_of
from basicdb_mock.query.expression import Query
from basicdb_mock.query.rules import check_query
from basicdb_mock.query.translation import translated
from basicdb_mock.select import PARSING, REMEMBERED
from basicdb_mock.select.plan import Plan, plan_search


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to run."""

    plan: Plan
    condition: str
    """The query in canonical spelling, which binds a NextToken; empty for a scan of the whole domain."""


def prepare(text: str, limits: Limits = AWS) -> Prepared:
    """Parse, check and plan a query expression; an empty one selects all items (source: DG07/SDB_API_Query).

    Raises InvalidQueryExpression, or the error of the rule it breaks (:mod:`basicdb_mock.query.rules`).
    """
    return _remembered(text, limits) if len(text) <= REMEMBERED else _prepared(text, limits)


def _prepared(text: str, limits: Limits) -> Prepared:
    if not text.strip():
        return Prepared(plan_search(None), "")
    query = parse(text, limits)
    check_query(query, limits)
    sort = None if query.sort is None else (query.sort.attribute, query.sort.descending)
    return Prepared(plan_search(translated(query), sort), str(query))


_remembered = lru_cache(maxsize=4096)(_prepared)


def parse(text: str, limits: Limits = AWS) -> Query:
    """Parse a query expression.  Raises InvalidQueryExpression, whose cause, if any, has the position (``loc``)."""
    from pyparsing import ParseBaseException

    from basicdb_mock.query.grammar import QUERY

    if not is_utf8_of(text, limits.expression_bytes):
        raise errors.INVALID_QUERY_EXPRESSION()
    try:
        with PARSING:
            query: Query = QUERY.parse_string(text)[0]
    except ParseBaseException as problem:
        raise errors.INVALID_QUERY_EXPRESSION() from problem
    return query
