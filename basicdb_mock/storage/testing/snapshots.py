"""The contract's tests for snapshots."""

from __future__ import annotations

import pytest

from basicdb_mock.storage.contract import Storage, StorageError
from basicdb_mock.storage.testing.asking import (
    ALICE,
    ALICE_IN_EUROPE,
    BOB,
    compare,
    create,
    delete,
    found,
    names,
    put,
    state,
)


class SnapshotContract:
    """Snapshots, restoring, clearing."""

    def test_what_is_no_snapshot_of_it_is_refused_and_changes_nothing(self, storage: Storage) -> None:
        put(create(storage), "i", ("a", "1"))
        with pytest.raises(StorageError):
            storage.restore(object())
        assert names(storage.domain(ALICE, "books")) == ["i"]

    def test_a_restored_storage_is_as_it_was(self, storage: Storage) -> None:
        books = create(storage, now=5.0)
        put(books, "i", ("a", "1"))
        put(books, "j", ("a", "2"))
        delete(books, "i")
        before = state(books)
        snapshot = storage.snapshot()
        for _ in range(2):
            put(storage.domain(ALICE, "books"), "k", ("c", "3"))
            delete(storage.domain(ALICE, "books"), "j")
            create(storage, "other", BOB)
            storage.restore(snapshot)
            restored = storage.domain(ALICE, "books")
            assert (restored.created, state(restored)) == (5.0, before)
            assert list(storage.tenants()) == [ALICE]
        put(restored, "new", ("a", "1"))
        assert [(step.name, step.place.entity) for step in found(restored)] == [("j", 2), ("new", 3)]
        assert names(restored, compare("a", "=", "2")) == ["j"]

    def test_a_dropped_domain_comes_back_with_a_snapshot(self, storage: Storage) -> None:
        put(create(storage), "i", ("a", "1"))
        snapshot = storage.snapshot()
        storage.drop_domain(ALICE, "books")
        put(create(storage), "other", ("b", "2"))
        storage.restore(snapshot)
        assert names(storage.domain(ALICE, "books")) == ["i"]
        assert names(storage.domain(ALICE, "books"), compare("b", "is not null")) == []

    def test_a_tenants_snapshot_touches_no_one_else(self, storage: Storage) -> None:
        put(create(storage), "i", ("a", "1"))
        put(create(storage, "books", BOB), "i", ("b", "1"))
        snapshot = storage.snapshot(ALICE)
        put(storage.domain(ALICE, "books"), "j", ("a", "1"))
        put(storage.domain(BOB, "books"), "j", ("b", "2"))
        create(storage, "late")
        storage.restore(snapshot)
        assert names(storage.domain(ALICE, "books")) == ["i"]
        assert list(storage.list_domains(ALICE, "", 10)) == ["books"]
        assert names(storage.domain(BOB, "books"), compare("b", ">", "")) == ["i", "j"]

    def test_the_snapshot_of_an_empty_tenant_empties_it_again(self, storage: Storage) -> None:
        snapshot = storage.snapshot(BOB)
        create(storage, "books", BOB)
        create(storage, "books", ALICE)
        storage.restore(snapshot)
        assert list(storage.tenants()) == [ALICE]

    def test_clearing_forgets_a_tenant_or_everything(self, storage: Storage) -> None:
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            put(create(storage, "books", tenant), "i", ("a", "1"))
        storage.clear(BOB)
        assert list(storage.tenants()) == [ALICE_IN_EUROPE, ALICE]
        storage.clear()
        assert list(storage.tenants()) == []
        assert names(create(storage)) == []
