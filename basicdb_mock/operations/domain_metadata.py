"""DomainMetadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Metadata


@dataclass(frozen=True, slots=True)
class DomainMetadata:
    """The current statistics of a domain.  Source: DG/SDB_API_DomainMetadata."""

    ERROR_COST: ClassVar[int] = costs.LISTING

    domain: str

    @classmethod
    def read(cls, parameters: Parameters) -> DomainMetadata:
        return cls(parameters.domain_name())

    def run(self, account: Account) -> Metadata:
        statistics = account.domain(self.domain).statistics()
        return Metadata(costs.LISTING, statistics, int(account.clock.now()))
