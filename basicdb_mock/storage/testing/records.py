"""The contract's tests for the records that are stored with domains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import Storage
from basicdb_mock.storage.records import Record, Records
from basicdb_mock.storage.testing.asking import ALICE, ALICE_IN_EUROPE, AWKWARD_NAMES, BOB, create

ONE: Record = {"text": "\xe9\U0001f600\x00\"'", "number": 7, "seconds": 1.25, "nothing": None}


def read(storage: Storage, tenant: Tenant = ALICE) -> Records:
    """A tenant's records."""
    found = storage.records(tenant)
    assert found is not None
    return found


def put_record(storage: Storage, record_id: str, record: Record | None = ONE, tenant: Tenant = ALICE) -> None:
    assert storage.change_records(tenant, read(storage, tenant).revision, {record_id: record})


class RecordContract:
    """Records: read and changed together, on condition of their revision."""

    def test_a_tenant_has_no_records_at_first(self, storage: Storage) -> None:
        assert storage.records(ALICE) == Records("", {})
        assert storage.records(ALICE, "") is None

    def test_records_are_read_as_they_were_put(self, storage: Storage) -> None:
        put_record(storage, "one")
        assert storage.change_records(ALICE, read(storage).revision, {"two": {"a": "1"}, "three": {}})
        assert read(storage).by_id == {"one": ONE, "two": {"a": "1"}, "three": {}}
        assert storage.change_records(ALICE, read(storage).revision, {"two": None, "three": {"b": "2"}, "four": None})
        assert read(storage).by_id == {"one": ONE, "three": {"b": "2"}}

    def test_each_change_gives_a_revision_of_its_own(self, storage: Storage) -> None:
        seen = [read(storage).revision]
        for number in range(3):
            put_record(storage, "one", {"n": number})
            seen.append(read(storage).revision)
        assert len(set(seen)) == 4
        assert storage.records(ALICE, seen[-1]) is None
        assert storage.records(ALICE, seen[-2]) == Records(seen[-1], {"one": {"n": 2}})

    def test_a_change_of_another_revision_changes_nothing(self, storage: Storage) -> None:
        put_record(storage, "one")
        before = read(storage)
        put_record(storage, "two")
        after = read(storage)
        for revision in (before.revision, "", "another"):
            assert not storage.change_records(ALICE, revision, {"one": None, "three": ONE})
        assert read(storage) == after

    def test_without_its_last_record_a_tenant_has_none(self, storage: Storage) -> None:
        put_record(storage, "one")
        put_record(storage, "one", None)
        assert read(storage) == Records("", {})
        assert list(storage.tenants()) == []
        put_record(storage, "one")
        assert read(storage).by_id == {"one": ONE}

    def test_everyone_who_has_records_is_told_in_order(self, storage: Storage) -> None:
        create(storage, "books", ALICE_IN_EUROPE)
        for tenant in (BOB, ALICE):
            put_record(storage, "one", ONE, tenant)
        assert list(storage.record_tenants()) == [ALICE, BOB]
        put_record(storage, "one", None, ALICE)
        assert list(storage.record_tenants()) == [BOB]
        storage.clear(BOB)
        assert list(storage.record_tenants()) == []

    def test_records_are_their_tenants(self, storage: Storage) -> None:
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            put_record(storage, "one", {"whose": "/".join(tenant)}, tenant)
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            assert read(storage, tenant).by_id == {"one": {"whose": "/".join(tenant)}}

    def test_records_of_tenants_with_awkward_names_are_kept_apart(self, storage: Storage) -> None:
        owners = [Tenant(account, region) for account in ("AKIA/..", "akia", "n" * 256, "\xe9") for region in ("", "x")]
        for owner in owners:
            put_record(storage, "one", {"whose": repr(owner)}, owner)
        for owner in owners:
            assert read(storage, owner).by_id == {"one": {"whose": repr(owner)}}
        storage.clear()
        assert all(read(storage, owner) == Records("", {}) for owner in owners)

    def test_awkward_ids_and_texts_are_kept_as_they_are(self, storage: Storage) -> None:
        every: dict[str, Record] = {name: {name: name} for name in AWKWARD_NAMES}
        assert storage.change_records(ALICE, "", every)
        assert read(storage).by_id == every

    def test_a_tenant_without_a_domain_may_have_records_and_keeps_them_without_its_last(self, storage: Storage) -> None:
        put_record(storage, "one")
        assert list(storage.tenants()) == []
        assert list(storage.list_domains(ALICE, "", 10)) == []
        create(storage)
        storage.drop_domain(ALICE, "books")
        assert read(storage).by_id == {"one": ONE}
        assert list(storage.tenants()) == []

    def test_a_snapshot_holds_records_too(self, storage: Storage) -> None:
        create(storage)
        put_record(storage, "one")
        put_record(storage, "one", {"whose": "bob"}, BOB)
        before = read(storage)
        snapshot = storage.snapshot()
        for _ in range(2):
            put_record(storage, "two")
            put_record(storage, "one", None)
            put_record(storage, "late", ONE, ALICE_IN_EUROPE)
            storage.restore(snapshot)
            assert read(storage) == before
            assert read(storage, BOB).by_id == {"one": {"whose": "bob"}}
            assert read(storage, ALICE_IN_EUROPE) == Records("", {})

    def test_a_tenants_snapshot_touches_no_one_elses_records(self, storage: Storage) -> None:
        put_record(storage, "one")
        snapshot = storage.snapshot(ALICE)
        put_record(storage, "two")
        put_record(storage, "two", ONE, BOB)
        storage.restore(snapshot)
        assert read(storage).by_id == {"one": ONE}
        assert read(storage, BOB).by_id == {"two": ONE}

    def test_clearing_forgets_the_records_of_a_tenant_or_all(self, storage: Storage) -> None:
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            put_record(storage, "one", ONE, tenant)
        storage.clear(BOB)
        assert [len(read(storage, tenant).by_id) for tenant in (ALICE, BOB, ALICE_IN_EUROPE)] == [1, 0, 1]
        storage.clear()
        assert [len(read(storage, tenant).by_id) for tenant in (ALICE, BOB, ALICE_IN_EUROPE)] == [0, 0, 0]

    def test_changes_of_many_threads_are_all_kept(self, storage: Storage) -> None:
        def add(thread: int) -> None:
            for number in range(5):
                while not storage.change_records(ALICE, read(storage).revision, {f"{thread}.{number}": ONE}):
                    pass

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(add, range(4)))
        assert read(storage).by_id.keys() == {f"{thread}.{number}" for thread in range(4) for number in range(5)}
