"""What an operation works on."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from basicdb_mock.clock import Clock
from basicdb_mock.limits import Limits
from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import Domain, Storage


class Exporting(Protocol):
    """What DeleteDomain needs to know about exports."""

    def is_running(self, account: Account, domain: str) -> bool:
        """Whether a domain has an export that is pending or in progress."""


class Account(NamedTuple):
    """The caller's data in the region of the request, with the limits and the clock in force."""

    tenant: Tenant
    storage: Storage
    limits: Limits
    clock: Clock
    exports: Exporting | None = None

    def domain(self, name: str, *, consistent: bool = True) -> Domain:
        """A domain of the account.  Raises NoSuchDomain."""
        return self.storage.domain(self.tenant, name, consistent=consistent)
