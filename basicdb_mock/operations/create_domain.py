"""CreateDomain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Acknowledged


@dataclass(frozen=True, slots=True)
class CreateDomain:
    """Create a domain; an existing one stays as it is.  Source: DG/SDB_API_CreateDomain."""

    ERROR_COST: ClassVar[int] = costs.DOMAIN

    domain: str

    @classmethod
    def read(cls, parameters: Parameters) -> CreateDomain:
        return cls(parameters.domain_name())

    def run(self, account: Account) -> Acknowledged:
        account.storage.create_domain(
            account.tenant, self.domain, now=account.clock.now(), at_most=account.limits.domains
        )
        return Acknowledged(costs.DOMAIN)
