"""PutAttributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class PutAttributes:
    """Add or replace attributes of one item, optionally under a condition.  Source: DG/SDB_API_PutAttributes."""

    ERROR_COST: ClassVar[int] = costs.WRITE

    domain: str
    put: Put
    expected: Expectation | None

    @classmethod
    def read(cls, parameters: Parameters) -> PutAttributes:
        domain = parameters.domain_name()
        item = parameters.item_name()
        if "Replace" in parameters.given:
            raise errors.FEATURE_DEPRECATED()
        layout = parameters.layout()
        if not layout.attributes:
            raise errors.NO_ATTRIBUTES()
        put = parameters.put(item, layout.attributes)
        expected = parameters.expectation(layout.expected)
        parameters.check_submitted(len(put.pairs))
        return cls(domain, put, expected)

    def run(self, account: Account) -> Acknowledged:
        account.domain(self.domain).apply(Write((self.put,), account.limits, self.expected))
        return Acknowledged(costs.write(len(self.put.pairs)))
