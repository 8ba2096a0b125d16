"""Query, of version 2007-11-07."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.paging import OutOfTimeError, Page, Search, item_page, timed_out
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.query import prepare
from basicdb_mock.results import ItemNames


@dataclass(frozen=True, slots=True)
class Asked:
    """The common part of Query and QueryWithAttributes: a page of the items that an expression matches."""

    domain: str
    expression: str
    search: Search
    at_most: int

    @classmethod
    def read(cls, parameters: Parameters) -> Asked:
        domain = parameters.domain_name()
        parameters.consistent_read()  # rejected in this version
        at_most = _page_items(parameters)
        expression = parameters.given.get("QueryExpression", "")
        prepared = prepare(expression, parameters.limits)
        search = Search.read(parameters, prepared.plan, prepared.condition, limited=False)
        return cls(domain, expression, search, at_most)

    def page(self, account: Account, names: Sequence[str] | None) -> Page:
        """The page, with the attributes ``names``.  Raises RequestTimeout after 5 seconds (DG07/SDB_API_Query)."""
        domain = account.domain(self.domain, consistent=False)
        try:
            page = item_page(domain, self.search, self.at_most, account.limits, names)
        except OutOfTimeError:
            raise timed_out(self.domain, self.expression) from None
        if page.unfinished:
            raise timed_out(self.domain, self.expression)
        return page


@dataclass(frozen=True, slots=True)
class Query:
    """A page of the names of the items that a query matches.  Source: DG07/SDB_API_Query."""

    ERROR_COST: ClassVar[int] = costs.FAILED_SELECT

    asked: Asked

    @classmethod
    def read(cls, parameters: Parameters) -> Query:
        return cls(Asked.read(parameters))

    def run(self, account: Account) -> ItemNames:
        page = self.asked.page(account, names=())
        cost = costs.select_names(len(page.items)) if page.items else costs.FAILED_SELECT
        return ItemNames(cost, [name for name, _ in page.items], page.next_token)


def _page_items(parameters: Parameters) -> int:
    """MaxNumberOfItems (1 to 250), or the default.  Raises InvalidParameterValue."""
    limits = parameters.limits
    written = parameters.given.get("MaxNumberOfItems")
    if written is None:
        return limits.default_page_items
    number = int(written) if written.isdecimal() and written.isascii() and len(written) < 10 else 0
    if not 1 <= number <= limits.query_page_items:
        raise errors.INVALID_MAX_ITEMS(value=written, limit=limits.query_page_items)
    return number
