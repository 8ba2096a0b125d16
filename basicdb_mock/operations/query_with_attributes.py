"""QueryWithAttributes, of version 2007-11-07."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.operations.query import Asked
from basicdb_mock.operations.select import select_cost
from basicdb_mock.results import Items


@dataclass(frozen=True, slots=True)
class QueryWithAttributes:
    """A page of the items that a query matches, with attributes.  Source: DG07/SDB_API_QueryWithAttributes."""

    ERROR_COST: ClassVar[int] = costs.FAILED_SELECT

    asked: Asked
    names: tuple[str, ...]

    @classmethod
    def read(cls, parameters: Parameters) -> QueryWithAttributes:
        asked = Asked.read(parameters)
        names = parameters.attribute_names()
        if len(names) > parameters.limits.requested_attributes:
            raise errors.TOO_MANY_REQUESTED_ATTRIBUTES()
        return cls(asked, names)

    def run(self, account: Account) -> Items:
        page = self.asked.page(account, self.names or None)
        cost = select_cost(page, self.asked.search.version) if page.items else costs.FAILED_SELECT
        return Items(cost, page.items, page.next_token)
