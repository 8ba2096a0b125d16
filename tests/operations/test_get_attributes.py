from __future__ import annotations

import pytest

from tests.calling import Caller


def test_names_come_as_put_first_and_values_in_byte_order(call: Caller, books: str) -> None:
    call.put(books, "i", ("woz", "one"), ("woz", "two"), ("woz", "three"), ("woz", "four"), ("a", "é"), ("a", "z"))
    answer = call("GetAttributes", DomainName=books, ItemName="i")
    assert answer.pairs == [
        ("woz", "four"), ("woz", "one"), ("woz", "three"), ("woz", "two"), ("a", "z"), ("a", "é"),
    ]  # fmt: skip
    assert answer.headers["content-type"] == "text/xml"
    assert answer.headers["server"] == "Amazon SimpleDB"


def test_an_item_that_is_not_there_has_no_attributes(call: Caller, books: str) -> None:
    answer = call("GetAttributes", DomainName=books, ItemName="nobody")
    assert (answer.status, answer.result) == (200, "<GetAttributesResult></GetAttributesResult>")
    assert answer.box_usage == "0.0000093202"


@pytest.mark.parametrize(
    "names",
    [
        {"AttributeName": "a", "AttributeName.1": "c"},
        {"AttributeName.0": "a", "AttributeName.1": "c"},
        {"AttributeName.1": "c", "AttributeName.2": "a", "AttributeName.9": "nothing"},
    ],
)
def test_named_attributes_come_alone_bare_or_numbered(call: Caller, books: str, names: dict[str, str]) -> None:
    call.put(books, "i", ("a", "1"), ("b", "2"), ("c", "3"))
    answer = call("GetAttributes", names, DomainName=books, ItemName="i")
    assert answer.pairs == [("a", "1"), ("c", "3")]
    assert answer.box_usage == "0.0000093282"


@pytest.mark.parametrize("names", [{"AttributeName": ""}, {"AttributeName.0": "", "AttributeName.1": ""}])
def test_a_name_left_blank_is_none(call: Caller, books: str, names: dict[str, str]) -> None:
    call.put(books, "i", ("a", "1"), ("b", "2"))
    assert call("GetAttributes", names, DomainName=books, ItemName="i").pairs == [("a", "1"), ("b", "2")]
    named = call("GetAttributes", names | {"AttributeName.9": "b"}, DomainName=books, ItemName="i")
    assert named.pairs == [("b", "2")]


@pytest.mark.parametrize(("number", "cost"), [(1, "0.0000093222"), (2, "0.0000093282"), (4, "0.0000093522")])
def test_it_costs_by_the_distinct_names_returned(call: Caller, books: str, number: int, cost: str) -> None:
    call.put(books, "i", *((f"a{name}", value) for name in range(number) for value in "xy"))
    assert call("GetAttributes", DomainName=books, ItemName="i").box_usage == cost


@pytest.mark.parametrize("consistent", ["true", "false"])
def test_consistent_read_is_taken(call: Caller, books: str, consistent: str) -> None:
    answer = call("GetAttributes", DomainName=books, ItemName="i1", ConsistentRead=consistent)
    assert answer.pairs == [("color", "red"), ("size", "a"), ("size", "b")]


def test_consistent_read_is_true_or_false(call: Caller) -> None:
    answer = call("GetAttributes", DomainName="nowhere", ItemName="i", ConsistentRead="yes")
    assert answer.error == (
        400,
        "InvalidParameterValue",
        "Value (yes) for parameter ConsistentRead is invalid. "
        "The ConsistentRead flag should be either true or false.",
    )
    assert answer.box_usage == "0.0000093202"


def test_the_older_version_has_no_consistent_read(call: Caller, books: str) -> None:
    answer = call("GetAttributes", DomainName=books, ItemName="i1", ConsistentRead="true", version="2007-11-07")
    assert answer.error == (
        400,
        "InvalidWSDLVersion",
        "Parameter (ConsistentRead) is only supported in WSDL version 2009-04-15 or beyond. "
        "Please upgrade to new version",
    )


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"ItemName": "i"}, (400, "MissingParameter", "The request must contain the parameter DomainName")),
        ({"DomainName": "nowhere"}, (400, "MissingParameter", "The request must contain the parameter ItemName")),
        ({"DomainName": "nowhere", "ItemName": "i"}, (400, "NoSuchDomain", "The specified domain does not exist.")),
        (
            {"DomainName": "nowhere", "ItemName": "i", "AttributeName": "n" * 1025},
            (
                400,
                "InvalidParameterValue",
                f"Value ({'n' * 1025}) for parameter Name is invalid. Value exceeds maximum length of 1024.",
            ),
        ),
        (
            {"DomainName": "nowhere", "ItemName": ""},
            (
                400,
                "InvalidParameterValue",
                "Value () for parameter ItemName is invalid. The empty string is an illegal item name",
            ),
        ),
    ],
)
def test_wrong_requests_are_told(
    call: Caller, parameters: dict[str, str], error: tuple[int, str, str]
) -> None:
    assert call("GetAttributes", parameters).error == error


def test_the_answer_is_in_the_namespace_of_the_version(call: Caller, books: str) -> None:
    for version in ("2009-04-15", "2007-11-07"):
        body = call("GetAttributes", DomainName=books, ItemName="i1", version=version).body
        assert body.startswith(
            '<?xml version="1.0"?>\n<GetAttributesResponse xmlns="http://sdb.amazonaws.com/doc/' + version + '/">'
        )
