"""DeleteDomain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class DeleteDomain:
    """Delete a domain and its items; an unknown domain is no error.  Source: DG/SDB_API_DeleteDomain."""

    ERROR_COST: ClassVar[int] = costs.DOMAIN

    domain: str

    @classmethod
    def read(cls, parameters: Parameters) -> DeleteDomain:
        return cls(parameters.domain_name())

    def run(self, account: Account) -> Acknowledged:
        if account.exports is not None and account.exports.is_running(account, self.domain):
            raise errors.DELETE_CONFLICT()
        account.storage.drop_domain(account.tenant, self.domain)
        return Acknowledged(costs.DOMAIN)
