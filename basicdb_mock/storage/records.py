"""Records of tenants: small JSON objects that are stored with their domains, such as those of exports.

A tenant's records are read and changed together.  A change applies to one revision and only succeeds if the records
still have it, so that processes never overwrite each other's changes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from basicdb_mock.model import Tenant

Record: TypeAlias = Mapping[str, "str | int | float | None"]
"""A flat JSON object."""
Changes: TypeAlias = Mapping[str, "Record | None"]
"""Records to put by id; ``None`` removes one."""


class Records(NamedTuple):
    """A tenant's records by id.  Equal revisions mean equal records; the revision of no records is empty."""

    revision: str
    by_id: Mapping[str, Record]


NO_RECORDS = Records("", {})


def changed(was: Records, changes: Changes) -> Records:
    """The records after a change, with a new revision unless none are left."""
    merged = {**was.by_id, **changes}
    left = {record_id: record for record_id, record in merged.items() if record is not None}
    return Records(os.urandom(16).hex(), left) if left else NO_RECORDS


class RecordBook:
    """The records of all tenants, in memory.  Not thread-safe: its owner has a lock."""

    def __init__(self) -> None:
        self._records: dict[Tenant, Records] = {}

    def read(self, tenant: Tenant, known: str | None) -> Records | None:
        """See :meth:`basicdb_mock.storage.contract.Storage.records`."""
        found = self._records.get(tenant, NO_RECORDS)
        return None if found.revision == known else found

    def change(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        """See :meth:`basicdb_mock.storage.contract.Storage.change_records`."""
        was = self._records.get(tenant, NO_RECORDS)
        if was.revision != revision:
            return False
        self._records[tenant] = changed(was, changes)
        return True

    def tenants(self) -> Sequence[Tenant]:
        """See :meth:`basicdb_mock.storage.contract.Storage.record_tenants`."""
        return sorted(tenant for tenant, found in self._records.items() if found.revision)

    def kept(self, tenant: Tenant | None) -> Mapping[Tenant, Records]:
        """The records of a tenant or of all, for :meth:`put_back`."""
        return {owner: found for owner, found in self._records.items() if tenant in (None, owner)}

    def put_back(self, kept: Mapping[Tenant, Records]) -> None:
        self._records.update(kept)

    def clear(self, tenant: Tenant | None) -> None:
        if tenant is None:
            self._records.clear()
        else:
            self._records.pop(tenant, None)
