"""BatchPutAttributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.changes import Put, Write
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class BatchPutAttributes:
    """Add or replace attributes of up to 25 items, all or nothing.  Source: DG/SDB_API_BatchPutAttributes."""

    ERROR_COST: ClassVar[int] = costs.WRITE

    domain: str
    puts: tuple[Put, ...]

    @classmethod
    def read(cls, parameters: Parameters) -> BatchPutAttributes:
        if parameters.layout().item_replace:
            raise errors.FEATURE_DEPRECATED()
        puts = []
        for item, entries in parameters.batch():
            if not entries:
                raise errors.NO_ATTRIBUTES_FOR_ITEM(item=item)
            put = parameters.put(item, entries)
            parameters.check_submitted_for_item(item, len(put.pairs))
            puts.append(put)
        return cls(parameters.domain_name(), tuple(puts))

    def run(self, account: Account) -> Acknowledged:
        account.domain(self.domain).apply(Write(self.puts, account.limits))
        return Acknowledged(costs.batch(len(put.pairs) for put in self.puts))
