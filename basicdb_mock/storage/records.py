"""Records of tenants: small JSON objects that are kept beside their domains, such as those of their exports.

They are read and changed as one: a change is made to the records of a revision, and only if they still have it, so
that several processes never lose one of each other's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from basicdb_mock.model import Tenant

Record: TypeAlias = Mapping[str, "str | int | float | None"]
"""A flat JSON object."""
Changes: TypeAlias = Mapping[str, "Record | None"]
"""Records to put, by id; ``None`` for those to remove."""


class Records(NamedTuple):
    """A tenant's records by id.  Those of the same ``revision`` are the same; it is empty where there are none."""

    revision: str
    by_id: Mapping[str, Record]


NO_RECORDS = Records("", {})


def changed(was: Records, changes: Changes) -> Records:
    """What a change makes of records: with a revision that there never was, unless none are left."""
    merged = {**was.by_id, **changes}
    left = {record_id: record for record_id, record in merged.items() if record is not None}
    return Records(os.urandom(16).hex(), left) if left else NO_RECORDS


class RecordBook:
    """The records of all tenants, in memory.  Not safe between threads: its owner has a lock."""

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
