"""Select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.model import pair_count
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.paging import OutOfTimeError, Page, Search, count_page, item_page, timed_out
from basicdb_mock.operations.parameters import V2007, Parameters
from basicdb_mock.results import Items
from basicdb_mock.select import prepare
from basicdb_mock.select.expression import Output, Statement


@dataclass(frozen=True, slots=True)
class Select:
    """A page of the items that an expression selects, or their number.  Source: DG/SDB_API_Select, DG/UsingSelect."""

    ERROR_COST: ClassVar[int] = costs.FAILED_SELECT

    expression: str
    statement: Statement
    search: Search
    consistent: bool

    @classmethod
    def read(cls, parameters: Parameters) -> Select:
        expression = parameters.required("SelectExpression")
        consistent = parameters.consistent_read()
        prepared = prepare(expression, parameters.limits)
        statement = prepared.statement
        search = Search.read(parameters, prepared.plan, prepared.condition, statement.limit is not None)
        return cls(expression, statement, search, consistent)

    def run(self, account: Account) -> Items:
        try:
            return self._page(account)
        except OutOfTimeError:
            raise timed_out(self.statement.domain, self.expression) from None

    def _page(self, account: Account) -> Items:
        statement, limits = self.statement, account.limits
        domain = account.domain(statement.domain, consistent=self.consistent)
        if statement.output is Output.COUNT:
            number, token = count_page(domain, self.search, statement.limit, limits)
            return Items(costs.select_count(number), [("Domain", {"Count": str(number)})], token)
        names = () if statement.output is Output.ITEM_NAME else statement.output
        page = item_page(
            domain,
            self.search,
            statement.limit or limits.default_page_items,
            limits,
            None if isinstance(names, Output) else names,
        )
        return Items(self._cost(page), page.items, page.next_token)

    def _cost(self, page: Page) -> int:
        if not page.items:
            return costs.FAILED_SELECT
        if self.statement.output is Output.ITEM_NAME:
            return costs.select_names(len(page.items))
        return select_cost(page, self.search.version)


def select_cost(page: Page, version: str) -> int:
    """The BoxUsage of a page with attributes.

    Captures of the 2007 version also charge the square of each item's number of values.
    """
    values = (pair_count(item) for _, item in page.items) if version == V2007 else ()
    return costs.select_items(len(page.items), values)
