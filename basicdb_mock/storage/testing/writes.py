"""The contract's tests for writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from basicdb_mock.changes import Change, Delete, Expectation, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import DomainStatistics
from basicdb_mock.select.expression import ITEM_NAME
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage.contract import Domain, Storage
from basicdb_mock.storage.testing.asking import (
    AWKWARD_NAMES,
    compare,
    create,
    delete,
    found,
    names,
    put,
    refused,
    state,
)
from basicdb_mock.storage.testing.naive import Pairs, pairs_of


class WriteContract:
    """Puts, deletes, batches, conditions, limits."""

    @pytest.fixture
    def books(self, storage: Storage) -> Domain:
        return create(storage)

    def test_what_was_put_is_read(self, books: Domain) -> None:
        put(books, "i", ("b", "2"), ("a", "1"), ("b", "1"), ("b", "2"))
        assert pairs_of(books.get("i")) == [("b", "2"), ("b", "1"), ("a", "1")]
        assert books.get("j") is None

    def test_a_put_adds_values_and_a_replace_takes_their_place(self, books: Domain) -> None:
        put(books, "i", ("a", "1"), ("b", "1"))
        put(books, "i", ("c", "1"), ("a", "2"))
        assert pairs_of(books.get("i")) == [("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")]
        put(books, "i", ("a", "3"), ("a", "4"), replaced=["a"])
        assert pairs_of(books.get("i")) == [("a", "3"), ("a", "4"), ("b", "1"), ("c", "1")]

    def test_a_delete_takes_values_attributes_or_the_item(self, books: Domain) -> None:
        put(books, "i", ("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1"))
        delete(books, "i", ("a", "1"), ("b", None), ("c", "none"), ("d", None))
        assert pairs_of(books.get("i")) == [("a", "2"), ("c", "1")]
        delete(books, "i")
        assert books.get("i") is None
        delete(books, "i")

    def test_an_item_without_attributes_is_no_more(self, books: Domain) -> None:
        put(books, "i", ("a", "1"), ("b", "1"))
        delete(books, "i", ("a", "1"), ("b", None))
        assert (books.get("i"), names(books), books.statistics()) == (None, [], DomainStatistics())

    def test_every_acknowledged_write_counts_as_a_revision_and_a_refused_one_does_not(self, books: Domain) -> None:
        put(books, "i", ("a", "1"))
        put(books, "i", ("a", "1"))
        refused(lambda: books.apply(Write([Put("i", (("b", "1"),))], AWS, Expectation("a", "0"))))
        books.apply(Write([Put("i", (("b", "1"),)), Delete("j")], AWS))
        assert books.revision() == 3

    def test_awkward_names_and_values_are_kept_as_they_are(self, books: Domain) -> None:
        for name in AWKWARD_NAMES:
            put(books, name, (name, name), (name, "x"))
        for name in AWKWARD_NAMES:
            assert pairs_of(books.get(name)) == [(name, name), (name, "x")]
        assert names(books) == list(AWKWARD_NAMES)
        assert names(books, compare(ITEM_NAME, "!=", ""), (ITEM_NAME, False)) == list(AWKWARD_NAMES)
        size = sum(len(name.encode()) for name in AWKWARD_NAMES)
        number = len(AWKWARD_NAMES)
        assert books.statistics() == DomainStatistics(number, size, number, size, 2 * number, size + number)
        for name in AWKWARD_NAMES:
            assert names(books, compare(name, "=", name)) == [name]
            delete(books, name)
        assert books.statistics() == DomainStatistics()

    def test_an_empty_value_is_a_value(self, books: Domain) -> None:
        put(books, "i", ("a", ""))
        assert pairs_of(books.get("i")) == [("a", "")]
        assert names(books, compare("a", "=", "")) == ["i"]
        assert names(books, compare("a", "is not null")) == ["i"]

    @pytest.mark.parametrize(
        ("expected", "message"),
        [
            (Expectation("a", "0"), "Conditional check failed. Attribute (a) value is (1) but was expected (0)"),
            (Expectation("a", None), "Conditional check failed. Attribute (a) value exists"),
            (Expectation("none", "1"), "Attribute (none) does not exist"),
            (
                Expectation("many", "1"),
                "Conditional check can only be performed on a single-valued attribute",
            ),
        ],
    )
    def test_a_failed_condition_changes_nothing(self, books: Domain, expected: Expectation, message: str) -> None:
        put(books, "i", ("a", "1"), ("many", "1"), ("many", "2"))
        before = state(books)
        for change in (Put("i", (("a", "2"),), frozenset("a")), Delete("i")):
            assert refused(lambda change=change: books.apply(Write([change], AWS, expected))).endswith(message)  # type: ignore[misc]
        assert state(books) == before

    def test_a_condition_that_is_met_lets_the_write_through(self, books: Domain) -> None:
        books.apply(Write([Put("i", (("a", "1"),))], AWS, Expectation("a", None)))
        books.apply(Write([Put("i", (("a", "2"),), frozenset("a"))], AWS, Expectation("a", "1")))
        assert pairs_of(books.get("i")) == [("a", "2")]
        books.apply(Write([Delete("i")], AWS, Expectation("a", "2")))
        assert books.get("i") is None

    def test_the_condition_of_an_item_that_is_not_there_meets_no_value(self, books: Domain) -> None:
        message = refused(lambda: books.apply(Write([Delete("i")], AWS, Expectation("a", "1"))))
        assert message == "AttributeDoesNotExist: Attribute (a) does not exist"
        assert books.revision() == 0

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            (replace(AWS, item_attributes=3), "NumberItemAttributesExceeded: Too many attributes in this item."),
            (replace(AWS, domain_attributes=5), "NumberDomainAttributesExceeded: Too many attributes in this domain."),
            (replace(AWS, domain_bytes=11), "NumberDomainBytesExceeded: Too many bytes in this domain."),
        ],
    )
    def test_a_batch_that_breaks_a_limit_changes_nothing(self, books: Domain, limits: Limits, code: str) -> None:
        put(books, "i", ("a", "1"), ("a", "2"))
        before = state(books)
        batch: list[Change] = [Put("new", (("a", "1"),)), Put("i", (("b", "3"), ("b", "4"), ("b", "5"))), Delete("j")]
        assert refused(lambda: books.apply(Write(batch, limits))) == code
        assert state(books) == before
        books.apply(Write(batch, AWS))
        assert names(books) == ["i", "new"]

    def test_a_domain_over_its_limit_may_shrink_but_not_grow(self, books: Domain) -> None:
        put(books, "i", ("a", "1"), ("a", "2"), ("a", "3"))
        tight = replace(AWS, domain_attributes=1, domain_bytes=1)
        assert "NumberDomainAttributesExceeded" in refused(lambda: put(books, "i", ("a", "4"), limits=tight))
        books.apply(Write([Delete("i", (("a", "1"),))], tight))
        put(books, "i", ("a", "2"), limits=tight)
        assert pairs_of(books.get("i")) == [("a", "2"), ("a", "3")]

    def test_new_items_of_one_batch_are_numbered_in_the_order_of_their_names(self, books: Domain) -> None:
        books.apply(Write([Put(name, (("a", name),)) for name in ("c", "\xe9", "a", "B")], AWS))
        assert [(step.name, step.place.entity) for step in found(books)] == [("B", 1), ("a", 2), ("c", 3), ("\xe9", 4)]

    def test_an_item_keeps_its_number_until_it_is_deleted(self, books: Domain) -> None:
        for name in ("a", "b", "c"):
            put(books, name, ("x", "1"))
        put(books, "a", ("x", "2"), replaced=["x"])
        delete(books, "b")
        put(books, "b", ("x", "3"))
        assert [(step.name, step.place.entity) for step in found(books)] == [("a", 1), ("c", 3), ("b", 4)]

    def test_statistics_count_distinct_attribute_names_and_every_pair_in_bytes(self, books: Domain) -> None:
        put(books, "\xe9", ("n\xe9", "1"), ("n\xe9", "22"), ("m", ""))
        put(books, "j", ("n\xe9", "\U0001f600"))
        assert books.statistics() == DomainStatistics(2, 3, 2, 4, 4, 7)
        assert books.statistics().size == 14
        delete(books, "\xe9")
        assert books.statistics() == DomainStatistics(1, 1, 1, 3, 1, 4)

    def test_conditional_writes_of_many_threads_lose_no_update(self, books: Domain) -> None:
        put(books, "counter", ("n", "0"))

        def increment() -> None:
            done = 0
            while done < 10:
                n = dict(pairs_of(books.get("counter")) or ())["n"]
                change = Put("counter", (("n", str(int(n) + 1)),), frozenset("n"))
                with suppress(SimpleDBError):
                    books.apply(Write([change], AWS, Expectation("n", n)))
                    done += 1

        self.together([increment] * 4)
        assert pairs_of(books.get("counter")) == [("n", "40")]
        assert books.revision() == 41

    def test_no_reader_sees_half_a_batch(self, books: Domain) -> None:
        finished = threading.Event()
        torn: list[list[Pairs | None]] = []

        def write() -> None:
            for number in range(20):
                books.apply(Write([Put(item, (("n", str(number)),), frozenset("n")) for item in "abc"], AWS))
            finished.set()

        def read() -> None:
            while not finished.is_set():
                seen = [pairs_of(step.item) for step in books.search(plan_search(None))]
                if seen and (len(seen) != 3 or len(set(map(str, seen))) != 1):
                    torn.append(seen)

        self.together([write, read])
        assert torn == []

    @staticmethod
    def together(calls: Iterable[Callable[[], None]]) -> None:
        """Run each call in its own thread; an error in one fails the test."""
        every = list(calls)
        with ThreadPoolExecutor(len(every)) as threads:
            for running in [threads.submit(call) for call in every]:
                running.result()
