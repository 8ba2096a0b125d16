"""What an operation is given to work on."""

from __future__ import annotations

from dataclasses import dataclass

from basicdb_mock.clock import Clock
from basicdb_mock.limits import Limits
from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import Domain, Storage


@dataclass(frozen=True, slots=True)
class Account:
    """The caller's data in the region called, with the limits and the clock in force."""

    tenant: Tenant
    storage: Storage
    limits: Limits
    clock: Clock

    def domain(self, name: str, *, consistent: bool = True) -> Domain:
        """Raises NoSuchDomain."""
        return self.storage.domain(self.tenant, name, consistent=consistent)
