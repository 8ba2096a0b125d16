"""DeleteAttributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.changes import Delete, Expectation, Write
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class DeleteAttributes:
    """Delete an item, or parts of it, optionally under a condition.  Source: DG/SDB_API_DeleteAttributes.

    Without a condition, deleting what does not exist is no error (observed).
    """

    ERROR_COST: ClassVar[int] = costs.WRITE

    domain: str
    delete: Delete
    expected: Expectation | None

    @classmethod
    def read(cls, parameters: Parameters) -> DeleteAttributes:
        domain = parameters.domain_name()
        item = parameters.item_name()
        layout = parameters.layout()
        delete = parameters.delete(item, layout.attributes)
        expected = parameters.expectation(layout.expected)
        parameters.check_submitted(len(delete.attributes))
        return cls(domain, delete, expected)

    def run(self, account: Account) -> Acknowledged:
        account.domain(self.domain).apply(Write((self.delete,), account.limits, self.expected))
        return Acknowledged(costs.write(len(self.delete.attributes)))
