"""ListDomains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock import errors
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import DomainNames
from basicdb_mock.wire.next_token import decode_domain_name, encode_domain_name


@dataclass(frozen=True, slots=True)
class ListDomains:
    """The account's domains in order of name.  Source: DG/SDB_API_ListDomains; the order is observed."""

    ERROR_COST: ClassVar[int] = costs.LISTING

    at_most: int
    after: str

    @classmethod
    def read(cls, parameters: Parameters) -> ListDomains:
        highest = parameters.limits.listed_domains
        written = parameters.given.get("MaxNumberOfDomains", str(highest))
        at_most = int(written) if written.isdecimal() and written.isascii() and len(written) < 10 else 0
        if not 1 <= at_most <= highest:
            raise errors.INVALID_MAX_DOMAINS(value=written, limit=highest)
        return cls(at_most, decode_domain_name(parameters.given.get("NextToken", "")))

    def run(self, account: Account) -> DomainNames:
        names = account.storage.list_domains(account.tenant, self.after, self.at_most + 1)
        page = names[: self.at_most]
        token = encode_domain_name(page[-1]) if len(names) > self.at_most else None
        return DomainNames(costs.LISTING, page, token)
