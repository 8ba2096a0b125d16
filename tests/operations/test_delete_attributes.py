from __future__ import annotations

import pytest

from tests.calling import Caller

COST = "0.0000219907"


@pytest.mark.parametrize("method", ["DELETE", "GET", "POST"])
def test_without_attributes_the_whole_item_goes(call: Caller, books: str, method: str) -> None:
    answer = call("DeleteAttributes", DomainName=books, ItemName="i1", method=method)
    assert (answer.status, answer.result, answer.box_usage) == (200, "", COST)
    assert call.get(books, "i1") == []
    assert call.select("select * from books").item_names == []


def test_a_name_goes_with_every_value(call: Caller, books: str) -> None:
    answer = call("DeleteAttributes", {"Attribute.0.Name": "size"}, DomainName=books, ItemName="i1")
    assert answer.box_usage == "0.0000219909"
    assert call.get(books, "i1") == [("color", "red")]


def test_a_value_goes_alone(call: Caller, books: str) -> None:
    parameters = {"Attribute.1.Name": "size", "Attribute.1.Value": "a"}
    call("DeleteAttributes", parameters, DomainName=books, ItemName="i1")
    assert call.get(books, "i1") == [("color", "red"), ("size", "b")]


def test_an_empty_value_is_a_value(call: Caller, books: str) -> None:
    call.put(books, "i", ("a", ""), ("a", "x"))
    parameters = {"Attribute.1.Name": "a", "Attribute.1.Value": ""}
    call("DeleteAttributes", parameters, DomainName=books, ItemName="i")
    assert call.get(books, "i") == [("a", "x")]


def test_an_item_without_its_last_pair_is_no_more(call: Caller, books: str) -> None:
    parameters = {"Attribute.1.Name": "size", "Attribute.2.Name": "color", "Attribute.2.Value": "red"}
    call("DeleteAttributes", parameters, DomainName=books, ItemName="i1")
    assert call.select("select itemName() from books").item_names == []
    assert call("DomainMetadata", DomainName=books).texts("ItemCount") == ["0"]


@pytest.mark.parametrize(
    ("item", "parameters"),
    [
        ("nobody", {}),
        ("nobody", {"Attribute.1.Name": "a"}),
        ("i1", {"Attribute.1.Name": "weight"}),
        ("i1", {"Attribute.1.Name": "color", "Attribute.1.Value": "green"}),
        ("i1", {"Attribute.1.Name": "size", "Attribute.1.Value": "c"}),
    ],
)
def test_what_is_not_there_is_no_error(call: Caller, books: str, item: str, parameters: dict[str, str]) -> None:
    assert call("DeleteAttributes", parameters, DomainName=books, ItemName=item).status == 200
    assert call.get(books, "i1") == [("color", "red"), ("size", "a"), ("size", "b")]


def test_misspelt_attributes_delete_the_item(call: Caller, books: str) -> None:
    """As SimpleDB does: unknown parameters are ignored."""
    call("DeleteAttributes", {"Attributes.1.Name": "color"}, DomainName=books, ItemName="i1")
    assert call.get(books, "i1") == []


def test_a_deleted_item_that_is_put_again_is_the_newest(call: Caller, books: str) -> None:
    call.put(books, "i2", ("a", "1"))
    call("DeleteAttributes", DomainName=books, ItemName="i1")
    call.put(books, "i1", ("a", "1"))
    assert call.select("select itemName() from books").item_names == ["i2", "i1"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ItemName": "i"}, "The request must contain the parameter DomainName"),
        ({"DomainName": "nowhere"}, "The request must contain the parameter ItemName"),
        (
            {"DomainName": "nowhere", "ItemName": "i", "Attribute.1.Value": "v"},
            "The request must contain the attribute Name, if an attribute Value is specified.",
        ),
    ],
)
def test_missing_parts_are_told(call: Caller, parameters: dict[str, str], message: str) -> None:
    answer = call("DeleteAttributes", parameters)
    assert answer.error == (400, "MissingParameter", message)
    assert answer.box_usage == COST


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Attribute.1.Name": ""},
            "Value () for parameter Name is invalid.The empty string is an illegal attribute name",
        ),
        (
            {"Attribute.1.Name": "a" * 1025},
            f"Value ({'a' * 1025}) for parameter Name is invalid. Value exceeds maximum length of 1024.",
        ),
        (
            {"Attribute.1.Name": "a", "Attribute.1.Value": "v" * 1025},
            f"Value ({'v' * 1025}) for parameter Value is invalid. Value exceeds maximum length of 1024.",
        ),
    ],
)
def test_names_and_values_have_their_lengths(call: Caller, parameters: dict[str, str], message: str) -> None:
    answer = call("DeleteAttributes", parameters, DomainName="nowhere", ItemName="i")
    assert answer.error == (400, "InvalidParameterValue", message)


@pytest.mark.limits(submitted_attributes=2)
def test_a_call_takes_so_many_attributes(call: Caller, books: str) -> None:
    parameters = {f"Attribute.{number}.Name": f"a{number}" for number in range(3)}
    answer = call("DeleteAttributes", parameters, DomainName=books, ItemName="i1")
    assert answer.error == (409, "NumberSubmittedAttributesExceeded", "Too many attributes in a single call.")


def test_the_domain_must_exist(call: Caller) -> None:
    answer = call("DeleteAttributes", DomainName="nowhere", ItemName="i")
    assert answer.error == (400, "NoSuchDomain", "The specified domain does not exist.")
    assert answer.box_usage == COST
