"""BatchDeleteAttributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.changes import Delete, Write
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class BatchDeleteAttributes:
    """Delete up to 25 items, or parts of them, all or nothing.  Source: DG/SDB_API_BatchDeleteAttributes."""

    ERROR_COST: ClassVar[int] = costs.WRITE

    domain: str
    deletes: tuple[Delete, ...]

    @classmethod
    def read(cls, parameters: Parameters) -> BatchDeleteAttributes:
        deletes = []
        for item, entries in parameters.batch():
            delete = parameters.delete(item, entries)
            parameters.check_submitted_for_item(item, len(delete.attributes))
            deletes.append(delete)
        return cls(parameters.domain_name(), tuple(deletes))

    def run(self, account: Account) -> Acknowledged:
        account.domain(self.domain).apply(Write(self.deletes, account.limits))
        return Acknowledged(costs.batch(len(delete.attributes) for delete in self.deletes))
