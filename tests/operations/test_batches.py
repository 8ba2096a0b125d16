"""BatchPutAttributes and BatchDeleteAttributes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.calling import Caller, listed

COST = "0.0000219907"


def batch(items: Mapping[str, tuple[tuple[str, str], ...]], first: int = 1, **more: str) -> dict[str, str]:
    parameters = dict(more)
    for number, (item, pairs) in enumerate(items.items(), first):
        parameters[f"Item.{number}.ItemName"] = item
        parameters |= {f"Item.{number}.{name}": value for name, value in listed(pairs, first=first).items()}
    return parameters


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("method", "in_url"), [("POST", False), ("POST", True), ("GET", True)])
def test_a_batch_puts_every_item(call: Caller, books: str, first: int, method: str, in_url: bool) -> None:
    items = {"x": (("a", "1"), ("b", "2")), "y": (("a", "3"), ("b", "4"))}
    answer = call("BatchPutAttributes", batch(items, first), DomainName=books, method=method, in_url=in_url)
    assert (answer.status, answer.result, answer.box_usage) == (200, "", "0.0000307892")
    assert call.get(books, "x") == [("a", "1"), ("b", "2")]
    assert call.get(books, "y") == [("a", "3"), ("b", "4")]


@pytest.mark.parametrize(
    ("items", "pairs", "cost"),
    [(25, 3, "0.0003849317"), (5, 1, "0.0000769681"), (3, 3, "0.0000461918"), (1, 3, "0.0000219961")],
)
def test_a_batch_put_costs_by_its_items(call: Caller, books: str, items: int, pairs: int, cost: str) -> None:
    given = {f"i{item}": tuple((f"a{pair}", "v") for pair in range(pairs)) for item in range(items)}
    assert call("BatchPutAttributes", batch(given), DomainName=books).box_usage == cost


@pytest.mark.parametrize(("items", "cost"), [(25, "0.0003848372"), (3, "0.0000461805"), (1, "0.0000219907")])
def test_a_batch_delete_costs_by_its_items(call: Caller, books: str, items: int, cost: str) -> None:
    given: dict[str, tuple[tuple[str, str], ...]] = dict.fromkeys((f"i{item}" for item in range(items)), ())
    assert call("BatchDeleteAttributes", batch(given), DomainName=books).box_usage == cost


def test_replace_is_per_attribute_and_item(call: Caller, books: str) -> None:
    call("BatchPutAttributes", batch({"x": (("a", "1"), ("b", "1")), "y": (("a", "1"),)}), DomainName=books)
    given = batch({"x": (("a", "2"), ("b", "2")), "y": (("a", "2"),)})
    call("BatchPutAttributes", {**given, "Item.1.Attribute.1.Replace": "true"}, DomainName=books)
    assert call.get(books, "x") == [("a", "2"), ("b", "1"), ("b", "2")]
    assert call.get(books, "y") == [("a", "1"), ("a", "2")]


def test_new_items_of_a_batch_are_created_in_order_of_their_names(call: Caller, books: str) -> None:
    given = dict.fromkeys(("Item2", "Item10", "Item1"), (("a", "1"),))
    call("BatchPutAttributes", batch(given), DomainName=books)
    assert call.select("select itemName() from books").item_names == ["i1", "Item1", "Item10", "Item2"]


def test_a_batch_deletes_items_attributes_and_values(call: Caller, books: str) -> None:
    call("BatchPutAttributes", batch({"x": (("a", "1"), ("b", "2")), "y": (("a", "1"), ("a", "2"))}), DomainName=books)
    parameters = {
        "Item.1.ItemName": "x",
        "Item.2.ItemName": "y",
        "Item.2.Attribute.1.Name": "a",
        "Item.2.Attribute.1.Value": "1",
        "Item.3.ItemName": "i1",
        "Item.3.Attribute.1.Name": "size",
        "Item.4.ItemName": "nobody",
    }
    assert call("BatchDeleteAttributes", parameters, DomainName=books).status == 200
    assert [call.get(books, item) for item in ("x", "y", "i1")] == [[], [("a", "2")], [("color", "red")]]


def test_a_batch_that_deletes_ignores_replace(call: Caller, books: str) -> None:
    given = {"Item.1.ItemName": "i1", "Item.1.Replace": "true", "Item.1.Attribute.1.Name": "size"}
    assert call("BatchDeleteAttributes", given, DomainName=books).status == 200
    assert call.get(books, "i1") == [("color", "red")]


@pytest.mark.parametrize("action", ["BatchPutAttributes", "BatchDeleteAttributes"])
class TestBothBatches:
    def test_items_are_required(self, call: Caller, action: str) -> None:
        answer = call(action, DomainName="nowhere")
        assert answer.error == (400, "MissingParameter", "No items specified")
        assert answer.box_usage == COST
        misspelt = call(action, {"Items.1.ItemName": "x"}, DomainName="nowhere")
        assert misspelt.error == (400, "MissingParameter", "No items specified")

    def test_an_item_twice_is_refused_before_the_domain_is_looked_for(self, call: Caller, action: str) -> None:
        parameters = batch({"foo": (("a", "1"),)}) | {"Item.2.ItemName": "foo", "Item.2.Attribute.1.Name": "a"}
        answer = call(action, {**parameters, "Item.2.Attribute.1.Value": "1"})
        assert answer.error == (400, "DuplicateItemName", "Item foo was specified more than once.")

    def test_the_domain_is_required_and_must_exist(self, call: Caller, action: str) -> None:
        given = batch({"x": (("a", "1"),)})
        missing = call(action, given)
        assert missing.error == (400, "MissingParameter", "The request must contain the parameter DomainName")
        absent = call(action, given, DomainName="nowhere")
        assert absent.error == (400, "NoSuchDomain", "The specified domain does not exist.")
        assert absent.box_usage == COST

    def test_a_batch_takes_25_items(self, call: Caller, books: str, action: str) -> None:
        given = {f"i{item}": (("a", "1"),) for item in range(26)}
        answer = call(action, batch(given), DomainName=books)
        assert answer.error == (
            409,
            "NumberSubmittedItemsExceeded",
            "Too many items in a single call. Up to 25 items per call allowed.",
        )
        assert call.get(books, "i2") == []
        assert call.get(books, "i1") == [("color", "red"), ("size", "a"), ("size", "b")]

    @pytest.mark.limits(submitted_attributes=2)
    def test_an_item_takes_so_many_pairs_a_call(self, call: Caller, action: str) -> None:
        given = batch({"x": (("a", "1"), ("b", "1"), ("c", "1"))})
        answer = call(action, given, DomainName="nowhere")
        assert answer.error == (
            409,
            "NumberSubmittedAttributesExceeded",
            "Too many attributes for item x in a single call. Up to 2 attributes per call allowed.",
        )

    def test_an_item_without_a_name_is_told(self, call: Caller, action: str) -> None:
        given = {"Item.1.Attribute.1.Name": "a", "Item.1.Attribute.1.Value": "1"}
        answer = call(action, given, DomainName="nowhere")
        assert answer.error == (400, "MissingParameter", "The request must contain the parameter ItemName")


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"Item.1.ItemName": "x"}, "MissingParameter", "No attributes for item ='x'."),
        (
            {"Item.1.ItemName": "x", "Item.1.Attribute.1.Name": "a"},
            "MissingParameter",
            "Attribute.Value missing for Attribute.Name='a'.",
        ),
        (
            {"Item.1.ItemName": "x", "Item.1.Attribute.1.Value": "v"},
            "MissingParameter",
            "Attribute.Name missing for Attribute.Value='v'.",
        ),
        (
            {"Item.1.ItemName": "x", "Item.1.Replace": "true"},
            "FeatureDeprecated",
            "The replace flag must be specified per attribute, not per item.",
        ),
        (
            {"Item.1.ItemName": "", "Item.1.Attribute.1.Name": "a", "Item.1.Attribute.1.Value": "v"},
            "InvalidParameterValue",
            "Value () for parameter ItemName is invalid. The empty string is an illegal item name",
        ),
    ],
)
def test_wrong_items_of_a_batch_put_are_told(call: Caller, given: dict[str, str], code: str, message: str) -> None:
    assert call("BatchPutAttributes", given, DomainName="nowhere").error == (400, code, message)


@pytest.mark.limits(item_attributes=3)
def test_a_batch_is_all_or_nothing(call: Caller) -> None:
    call.create("books")
    call.put("books", "b", ("a", "1"), ("a", "2"), ("a", "3"))
    given = batch({"a": (("x", "1"),), "b": (("x", "1"),), "c": (("x", "1"),)})
    answer = call("BatchPutAttributes", given, DomainName="books")
    assert answer.error == (409, "NumberItemAttributesExceeded", "Too many attributes in this item.")
    assert call.select("select itemName() from books").item_names == ["b"]
    assert call.get("books", "b") == [("a", "1"), ("a", "2"), ("a", "3")]


@pytest.mark.limits(domain_attributes=3)
def test_a_batch_beyond_the_domain_changes_nothing(call: Caller) -> None:
    call.create("books")
    given = batch({"a": (("x", "1"), ("y", "1")), "b": (("x", "1"), ("y", "1"))})
    answer = call("BatchPutAttributes", given, DomainName="books")
    assert answer.error == (409, "NumberDomainAttributesExceeded", "Too many attributes in this domain.")
    assert call.select("select count(*) from books").pairs == [("Count", "0")]
