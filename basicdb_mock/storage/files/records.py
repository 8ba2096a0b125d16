"""Records in a store of files: one readable file per account and region with records, beside its domains."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from basicdb_mock.model import Tenant
from basicdb_mock.storage.files.disk import Disk, read
from basicdb_mock.storage.files.documents import broken, parse, written
from basicdb_mock.storage.files.journal import NEW
from basicdb_mock.storage.files.names import path_of
from basicdb_mock.storage.records import NO_RECORDS, Changes, Records, changed

RECORDS = "@records.json"


class RecordFiles:
    """The records of the store in ``directory``.  Writers hold the store's lock."""

    def __init__(self, disk: Disk, directory: str) -> None:
        self._disk = disk
        self._directory = directory

    def read(self, tenant: Tenant, known: str | None) -> Records | None:
        """See :meth:`basicdb_mock.storage.contract.Storage.records`.  Raises StorageError for a broken file."""
        found = read_records(self._path(tenant))
        records = NO_RECORDS if found is None else found[1]
        return None if records.revision == known else records

    def change(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        """See :meth:`basicdb_mock.storage.contract.Storage.change_records`."""
        found = read_records(self._path(tenant))
        was = NO_RECORDS if found is None else found[1]
        if was.revision != revision:
            return False
        self.put(tenant, changed(was, changes))
        return True

    def put(self, tenant: Tenant, records: Records) -> None:
        """Replace a tenant's records atomically."""
        path = self._path(tenant)
        if not records.revision:
            self._disk.remove(path)
            with suppress(OSError):  # up to a directory that is not empty
                for above in (os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
                    os.rmdir(above)
            return
        new = os.path.join(self._directory, NEW)
        self._disk.make_directories(new)
        self._disk.make_directories(os.path.dirname(path))
        document = {**tenant._asdict(), "revision": records.revision, "records": records.by_id}
        self._disk.replace(self._disk.write_beside(new, written(document)), path)
        self._disk.sync_directory(os.path.dirname(path))

    def kept(self, tenant: Tenant | None, regions: Iterator[str]) -> dict[Tenant, Records]:
        """The records of a tenant, or of all, from the directories of regions."""
        found = (read_records(os.path.join(region, RECORDS)) for region in regions)
        return {each[0]: each[1] for each in found if each is not None and tenant in (None, each[0])}

    def _path(self, tenant: Tenant) -> str:
        return os.path.join(self._directory, path_of(tenant.account), path_of(tenant.region), RECORDS)


def read_records(path: str) -> tuple[Tenant, Records] | None:
    """The tenant and records in a file; ``None`` if it does not exist.  Raises StorageError."""
    content = read(path)
    if content is None:
        return None
    document = parse(path, content)
    account, region, revision = (document.get(name) for name in ("account", "region", "revision"))
    records = document.get("records")
    if not (isinstance(account, str) and isinstance(region, str) and isinstance(revision, str)):
        raise broken(path, "it must tell account, region and revision")
    if not isinstance(records, dict) or not all(isinstance(record, dict) for record in records.values()):
        raise broken(path, '"records" must be an object of objects')
    return Tenant(account, region), Records(revision, records)
