"""Tests of the storage contract, for our storages and for third-party ones.

In a test module, subclass :class:`StorageContract` and define a fixture ``storage``.  For a storage that outlives its
process, subclass :class:`PersistentStorageContract` and also define a fixture ``reopen``::

    class TestMyStorage(PersistentStorageContract):
        @pytest.fixture
        def storage(self, tmp_path):
            with closing(open_mine(f"mine:{tmp_path}")) as storage:
                yield storage

        @pytest.fixture
        def reopen(self, tmp_path):
            return lambda storage: (storage.close(), open_mine(f"mine:{tmp_path}"))[1]

There is also a Hypothesis state machine: :func:`basicdb_mock.storage.testing.machine.storage_machine`.
"""

from __future__ import annotations

from collections.abc import Callable

from basicdb_mock.storage.contract import Storage
from basicdb_mock.storage.testing.asking import ALICE, AWKWARD_NAMES, BOB, create, delete, found, put, state
from basicdb_mock.storage.testing.domains import DomainContract
from basicdb_mock.storage.testing.records import ONE, RecordContract, put_record, read
from basicdb_mock.storage.testing.searches import SearchContract
from basicdb_mock.storage.testing.snapshots import SnapshotContract
from basicdb_mock.storage.testing.writes import WriteContract

__all__ = ["PersistentStorageContract", "StorageContract"]


class StorageContract(DomainContract, WriteContract, SearchContract, SnapshotContract, RecordContract):
    """The guarantees of every storage; subclasses define a fixture ``storage``."""


class PersistentStorageContract(StorageContract):
    """The guarantees of a storage that outlives its process; subclasses also define a fixture ``reopen``.

    ``reopen(storage)`` closes a storage, opens it again in the same place and returns it.
    """

    def test_everything_is_there_after_reopening(self, storage: Storage, reopen: Callable[[Storage], Storage]) -> None:
        books = create(storage, now=7.25)
        for name in AWKWARD_NAMES:
            put(books, name, ("v", name))
        delete(books, AWKWARD_NAMES[-1])
        create(storage, "empty", BOB)
        put_record(storage, "one")
        before, records = state(books), read(storage)
        again = reopen(storage)
        try:
            assert state(again.domain(ALICE, "books")) == before
            assert again.domain(ALICE, "books").created == 7.25
            assert list(again.tenants()) == [ALICE, BOB]
            assert read(again) == records
            assert records.by_id == {"one": ONE}
            put(again.domain(ALICE, "books"), "new", ("v", "1"))
            assert found(again.domain(ALICE, "books"))[-1].place.entity == len(AWKWARD_NAMES) + 1
        finally:
            again.close()

    def test_closing_twice_is_no_error(self, storage: Storage) -> None:
        storage.close()
        storage.close()
