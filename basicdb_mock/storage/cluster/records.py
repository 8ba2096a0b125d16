"""Records in a Redis or Valkey cluster: one hash for each account and region, in the slot of its registry."""

from __future__ import annotations

import json

from basicdb_mock.storage.cluster.calls import Caller
from basicdb_mock.storage.records import NO_RECORDS, Changes, Records, changed

_NONE = "-"
"""Equals no revision, not even that of no records."""


class RedisRecords:
    """One tenant's records; ``tag`` is the prefix of its registry's keys."""

    def __init__(self, caller: Caller, tag: str) -> None:
        self._caller = caller
        self._key = tag.encode() + b"e"

    def read(self, known: str | None = None) -> Records | None:
        """See :meth:`basicdb_mock.storage.contract.Storage.records`."""
        reply = self._caller.read("records", self._key, _NONE if known is None else known)
        if reply[0] == b"same":
            return None
        flat = reply[1]
        found = dict(zip(flat[::2], flat[1::2], strict=True))
        revision = found.pop(b"", b"").decode()
        return Records(revision, {record_id.decode(): json.loads(text) for record_id, text in found.items()})

    def change(self, revision: str, changes: Changes) -> bool:
        """See :meth:`basicdb_mock.storage.contract.Storage.change_records`."""
        was = self.read() or NO_RECORDS
        return was.revision == revision and self._exchange(revision, changed(was, changes).revision, changes)

    def put(self, records: Records) -> None:
        """Replace all records unconditionally."""
        while (was := self.read(records.revision)) is not None:
            gone = dict.fromkeys(was.by_id.keys() - records.by_id.keys())
            self._exchange(was.revision, records.revision, {**gone, **records.by_id})

    def _exchange(self, revision: str, after: str, changes: Changes) -> bool:
        """Make a change that gives a revision; it may be sent more than once."""
        flat: list[str] = []
        for record_id, record in changes.items():
            flat += [record_id, "" if record is None else json.dumps(record, ensure_ascii=False)]
        reply = self._caller.write("change_records", self._key, revision, after, *flat)
        return bool(reply[0] == b"done")
