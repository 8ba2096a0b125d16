"""The contract's tests for domains."""

from __future__ import annotations

from basicdb_mock.model import DomainStatistics, Tenant
from basicdb_mock.storage.contract import Storage
from basicdb_mock.storage.testing.asking import (
    ALICE,
    ALICE_IN_EUROPE,
    BOB,
    create,
    found,
    names,
    put,
    refused,
)
from basicdb_mock.storage.testing.naive import pairs_of


class DomainContract:
    """Domains: their tenants, listing them, dropping them."""

    def test_a_domain_that_was_not_created_is_refused(self, storage: Storage) -> None:
        message = refused(lambda: storage.domain(ALICE, "books"))
        assert message == "NoSuchDomain: The specified domain does not exist."

    def test_a_created_domain_is_empty_and_knows_when_it_was_created(self, storage: Storage) -> None:
        domain = create(storage, now=1234.5)
        assert (domain.created, domain.revision(), domain.statistics()) == (1234.5, 0, DomainStatistics())
        assert names(domain) == []

    def test_creating_a_domain_again_leaves_it_as_it_is(self, storage: Storage) -> None:
        put(create(storage, now=1.0), "i", ("a", "1"))
        again = create(storage, now=2.0, at_most=1)
        assert again.created == 1.0
        assert pairs_of(again.get("i")) == [("a", "1")]

    def test_no_more_domains_are_created_than_allowed(self, storage: Storage) -> None:
        create(storage, "one", at_most=1)
        message = refused(lambda: create(storage, "two", at_most=1))
        assert message == "NumberDomainsExceeded: The domain limit was exceeded."
        assert storage.list_domains(ALICE, "", 10) == ["one"]
        create(storage, "two", BOB, at_most=1)

    def test_domains_are_listed_in_order_a_page_at_a_time(self, storage: Storage) -> None:
        for name in ("b.2", "B_1", "a-3", "a.3", "zzz"):
            create(storage, name)
        assert list(storage.list_domains(ALICE, "", 3)) == ["B_1", "a-3", "a.3"]
        assert list(storage.list_domains(ALICE, "a.3", 3)) == ["b.2", "zzz"]
        assert list(storage.list_domains(ALICE, "a.30", 1)) == ["b.2"]
        assert list(storage.list_domains(ALICE, "zzz", 3)) == []
        assert list(storage.list_domains(BOB, "", 3)) == []

    def test_names_that_differ_in_case_are_different_domains(self, storage: Storage) -> None:
        put(create(storage, "Books"), "i", ("a", "1"))
        assert create(storage, "books").get("i") is None

    def test_tenants_do_not_see_each_others_domains(self, storage: Storage) -> None:
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            put(create(storage, "books", tenant), "i", ("owner", "/".join(tenant)))
        for tenant in (ALICE, BOB, ALICE_IN_EUROPE):
            assert pairs_of(storage.domain(tenant, "books").get("i")) == [("owner", "/".join(tenant))]
        storage.drop_domain(BOB, "books")
        assert list(storage.tenants()) == [ALICE_IN_EUROPE, ALICE]
        assert "NoSuchDomain" in refused(lambda: storage.domain(BOB, "books"))

    def test_dropping_a_domain_forgets_its_contents(self, storage: Storage) -> None:
        put(create(storage), "i", ("a", "1"))
        storage.drop_domain(ALICE, "books")
        assert list(storage.list_domains(ALICE, "", 10)) == []
        assert list(storage.tenants()) == []
        domain = create(storage)
        assert (domain.get("i"), domain.statistics()) == (None, DomainStatistics())
        put(domain, "j", ("a", "1"))
        assert [step.place.entity for step in found(domain)] == [1]

    def test_dropping_a_domain_that_is_not_there_is_no_error(self, storage: Storage) -> None:
        storage.drop_domain(ALICE, "books")
        assert list(storage.tenants()) == []

    def test_tenants_with_awkward_names_are_kept_apart(self, storage: Storage) -> None:
        accounts = ("AKIA/..", "akia", "AKIA", "con", "a b")
        owners = [Tenant(account, region) for account in accounts for region in ("", "x")]
        for owner in owners:
            put(create(storage, "books", owner), "i", ("owner", repr(owner)))
        assert list(storage.tenants()) == sorted(owners)
        for owner in owners:
            assert pairs_of(storage.domain(owner, "books").get("i")) == [("owner", repr(owner))]
