"""The contract's tests for searches and counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.select.expression import ITEM_NAME, And, Expression, Not, Or
from basicdb_mock.select.plan import Position, plan_search
from basicdb_mock.storage.contract import Counted, Domain, Found, Storage
from basicdb_mock.storage.testing.asking import (
    AWKWARD_NAMES,
    compare,
    count,
    create,
    delete,
    found,
    names,
    put,
)
from basicdb_mock.storage.testing.naive import pairs_of


class SearchContract:
    """Searching, sorting, continuing from a position, counting."""

    many_items = 2100
    """Enough items for a search without matches to report how far it has come."""

    @pytest.fixture
    def shelf(self, storage: Storage) -> Domain:
        domain = create(storage)
        put(domain, "three", ("year", "1979"), ("tag", "x"), ("tag", "k"))
        put(domain, "one", ("year", "1959"), ("tag", "b"), ("tag", "q"))
        put(domain, "two", ("year", "2001"), ("tag", "a"))
        put(domain, "four", ("year", "1959"))
        return domain

    def test_without_a_sort_items_come_in_creation_order(self, shelf: Domain) -> None:
        assert [(step.place, step.name) for step in found(shelf)] == [
            (Position(None, 1), "three"),
            (Position(None, 2), "one"),
            (Position(None, 3), "two"),
            (Position(None, 4), "four"),
        ]

    def test_one_predicate_gives_the_order_of_its_values(self, shelf: Domain) -> None:
        where = compare("year", "<", "2000")
        assert [(step.place, step.name) for step in found(shelf, where)] == [
            (Position("1959", 2), "one"), (Position("1959", 4), "four"), (Position("1979", 1), "three")
        ]

    def test_a_search_gives_the_items_as_they_are(self, shelf: Domain) -> None:
        (step,) = found(shelf, compare("tag", "=", "q"))
        assert (step.place, step.name, pairs_of(step.item)) == (
            Position("q", 2), "one", [("year", "1959"), ("tag", "b"), ("tag", "q")]
        )

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (compare("tag", "between", "b", "p"), ["one", "three"]),
            (And((compare("tag", ">", "b"), compare("tag", "<", "k"))), []),
            (And((compare("tag", "!=", "x"), compare("year", "=", "1979"))), ["three"]),
            (Not(compare("tag", "is null")), ["three", "one", "two"]),
            (compare("tag", "is null"), ["four"]),
            (compare("tag", "<", "l", every=True), ["two"]),
            (Or((compare("tag", "=", "a"), compare("year", "=", "1959"))), ["one", "two", "four"]),
            (compare("tag", "in", "x", "a", "x"), ["two", "three"]),
            (compare("tag", "like", "%"), ["two", "one", "three"]),
            (compare(ITEM_NAME, "like", "t%"), ["three", "two"]),
            (compare(ITEM_NAME, "in", "one", "four", "five"), ["four", "one"]),
        ],
    )
    def test_what_the_predicate_accepts_is_found(self, shelf: Domain, where: Expression, expected: list[str]) -> None:
        assert names(shelf, where) == expected
        assert count(shelf, where) == Counted(len(expected), None)

    def test_descending_is_ascending_backwards(self, shelf: Domain) -> None:
        for where, subject in (
            (compare("year", ">", ""), "year"),
            (compare(ITEM_NAME, ">", ""), ITEM_NAME),
        ):
            assert names(shelf, where, (subject, True)) == names(shelf, where, (subject, False))[::-1]

    def test_an_item_with_several_values_is_at_its_least_upwards_and_at_its_greatest_downwards(
        self, shelf: Domain
    ) -> None:
        assert names(shelf, compare("tag", "is not null"), ("tag", True)) == ["three", "one", "two"]
        assert names(shelf, compare("tag", "is not null"), ("tag", False)) == ["two", "one", "three"]

    def test_items_without_the_sorted_attribute_come_first_upwards_and_last_downwards(self, shelf: Domain) -> None:
        where = Or((compare("tag", ">", ""), compare("year", ">", "")))
        assert names(shelf, where, ("tag", False)) == ["four", "two", "one", "three"]
        assert names(shelf, where, ("tag", True)) == ["three", "one", "two", "four"]

    def test_a_search_goes_on_after_any_of_its_places(self, shelf: Domain) -> None:
        either = Or((compare("tag", ">", ""), compare("year", ">", "")))
        for where, sort in (
            (None, None), (compare("tag", ">", ""), None), (either, ("tag", False)), (either, ("tag", True)),
            (compare("year", ">", ""), ("year", True)), (compare(ITEM_NAME, ">", ""), (ITEM_NAME, True)),
        ):
            whole = found(shelf, where, sort)
            for number, step in enumerate(whole, 1):
                assert found(shelf, where, sort, step.place) == whole[number:]

    def test_a_search_goes_on_where_its_last_item_was_deleted(self, shelf: Domain) -> None:
        where = compare("year", ">", "")
        first, second, *rest = found(shelf, where)
        delete(shelf, second.name)
        assert found(shelf, where, None, second.place) == rest
        assert found(shelf, where, None, first.place) == rest

    def test_a_search_sees_one_moment(self, shelf: Domain) -> None:
        for where, sort in ((None, None), (compare("year", ">", ""), ("year", False))):
            search = shelf.search(plan_search(where, sort))
            before = found(shelf, where, sort)
            begun = [next(search)]
            put(shelf, "new", ("year", "9999"))
            put(shelf, "two", ("year", "0000"), replaced=["year"])
            delete(shelf, "four")
            assert begun + list(search) == before
            delete(shelf, "new")
            put(shelf, "two", ("year", "2001"), replaced=["year"])
            put(shelf, "four", ("year", "1959"))

    def test_that_moment_is_the_one_at_which_it_was_called(self, shelf: Domain) -> None:
        for where, sort in ((None, None), (compare("year", ">", ""), ("year", False))):
            search = shelf.search(plan_search(where, sort))
            before = found(shelf, where, sort)
            put(shelf, "new", ("year", "9999"))
            assert list(search) == before
            delete(shelf, "new")

    def test_a_search_may_be_left_unfinished(self, shelf: Domain) -> None:
        for _ in range(100):
            search: Iterator[Found] = shelf.search(plan_search(None))
            next(search)
        put(shelf, "five", ("year", "2020"))
        assert names(shelf)[-1] == "five"

    def test_values_are_ordered_by_their_bytes(self, storage: Storage) -> None:
        domain = create(storage)
        for number, value in enumerate(reversed(AWKWARD_NAMES)):
            put(domain, f"i{number}", ("v", value))
        where = compare("v", ">=", "")
        assert [step.place.key for step in found(domain, where)] == list(AWKWARD_NAMES)
        assert [step.place.key for step in found(domain, where, ("v", True))] == list(reversed(AWKWARD_NAMES))
        for number, value in enumerate(AWKWARD_NAMES):
            assert len(names(domain, compare("v", "<", value))) == number

    def test_counting_stops_at_most_there_and_goes_on_from_there(self, shelf: Domain) -> None:
        for where, total in ((None, 4), (compare("year", ">", ""), 4), (compare("tag", "!=", "x"), 3)):
            plan = plan_search(where)
            number, stopped = shelf.count(plan, None, 2, lambda: False)
            assert number == 2
            assert stopped is not None
            assert shelf.count(plan, stopped, None, lambda: False) == Counted(total - 2, None)
            assert shelf.count(plan, None, total + 1, lambda: False) == Counted(total, None)

    def test_a_long_search_tells_how_far_it_has_come_and_a_long_count_stops_when_told(self, storage: Storage) -> None:
        domain = create(storage)
        for start in range(0, self.many_items, 100):
            domain.apply(Write([Put(f"{number:05}", (("a", "1"),)) for number in range(start, start + 100)], AWS))
        assert count(domain) == Counted(self.many_items, None)
        nothing = plan_search(Not(compare("a", "=", "1")))
        steps = list(domain.search(nothing))
        assert steps
        assert {step.item for step in steps} == {None}
        assert list(domain.search(nothing, steps[-1].place)) == []
        every = plan_search(Not(compare("b", "=", "1")))
        number, stopped = domain.count(every, None, None, lambda: True)
        assert stopped is not None
        assert domain.count(every, stopped, None, lambda: False) == Counted(self.many_items - number, None)
