from __future__ import annotations

import pytest

from tests.calling import Caller, listed

COST = "0.0000219907"


@pytest.mark.parametrize(
    ("pairs", "cost"),
    [(1, "0.0000219909"), (2, "0.0000219923"), (3, "0.0000219961"), (4, "0.0000220035"), (9, "0.0000221365")],
)
def test_a_put_costs_by_the_pairs_it_names(call: Caller, books: str, pairs: int, cost: str) -> None:
    answer = call.put(books, "i", *((f"a{number}", "v") for number in range(pairs)))
    assert (answer.status, answer.result, answer.box_usage) == (200, "", cost)


def test_values_of_a_name_are_a_set(call: Caller, books: str) -> None:
    call.put(books, "i", ("name", "Franz"), ("name", "Louis"), ("name", "Franz"))
    call.put(books, "i", ("name", "Louis"), ("name", "John"))
    assert call.get(books, "i") == [("name", "Franz"), ("name", "John"), ("name", "Louis")]


def test_names_keep_their_first_place_and_get_sorts_values(call: Caller, books: str) -> None:
    call.put(books, "i", ("z", "9"), ("a", "1"), ("z", "10"), ("z", "11"))
    call.put(books, "i", ("z", "1"), replace=True)
    assert call.get(books, "i") == [("z", "1"), ("a", "1")]
    call.put(books, "i", ("z", "9"), ("z", "10"))
    assert call.get(books, "i") == [("z", "1"), ("z", "10"), ("z", "9"), ("a", "1")]


def test_replace_is_per_attribute_name(call: Caller, books: str) -> None:
    call.put(books, "i", ("a1", "1"), ("a2", "2"), ("a3", "3"))
    parameters = {**listed((("a1", "2"), ("a2", "3"))), "Attribute.2.Replace": "true"}
    call("PutAttributes", parameters, DomainName=books, ItemName="i")
    assert call.get(books, "i") == [("a1", "1"), ("a1", "2"), ("a2", "3"), ("a3", "3")]


def test_replace_keeps_every_value_of_the_request(call: Caller, books: str) -> None:
    call.put(books, "i", ("b", "old"))
    call.put(books, "i", ("b", "bar"), ("b", "baz"), replace=True)
    assert call.get(books, "i") == [("b", "bar"), ("b", "baz")]


@pytest.mark.parametrize("flagged", ["1", "2"])
def test_one_replace_of_a_name_clears_its_old_values_and_keeps_all_new(call: Caller, books: str, flagged: str) -> None:
    call.put(books, "i", ("b", "old"))
    parameters = {**listed((("b", "x"), ("b", "y"))), f"Attribute.{flagged}.Replace": "true"}
    call("PutAttributes", parameters, DomainName=books, ItemName="i")
    assert call.get(books, "i") == [("b", "x"), ("b", "y")]


def test_replacing_what_is_not_there_is_a_put(call: Caller, books: str) -> None:
    assert call.put(books, "new", ("a", "1"), replace=True).status == 200
    assert call.get(books, "new") == [("a", "1")]


def test_replace_false_adds(call: Caller, books: str) -> None:
    call.put(books, "i", ("a", "1"))
    parameters = {**listed((("a", "2"),)), "Attribute.1.Replace": "false"}
    call("PutAttributes", parameters, DomainName=books, ItemName="i")
    assert call.get(books, "i") == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize("numbers", [(0, 1), (1, 2), (3, 77), (0, 999999999), (2, 10), (9, 10**18 - 1)])
def test_lists_start_anywhere_and_have_gaps(call: Caller, books: str, numbers: tuple[int, int]) -> None:
    parameters: dict[str, str] = {}
    for number, value in zip(numbers, ("x", "y"), strict=True):
        parameters |= {f"Attribute.{number}.Name": f"n{value}", f"Attribute.{number}.Value": value}
    assert call("PutAttributes", parameters, DomainName=books, ItemName="i").status == 200
    assert call.get(books, "i") == [("nx", "x"), ("ny", "y")]


def test_the_numbers_give_the_order_not_the_request(call: Caller, books: str) -> None:
    parameters = {"Attribute.10.Name": "z", "Attribute.10.Value": "1", "Attribute.9.Name": "y", "Attribute.9.Value": ""}
    call("PutAttributes", parameters, DomainName=books, ItemName="i")
    assert call.get(books, "i") == [("y", ""), ("z", "1")]


@pytest.mark.parametrize(("method", "in_url"), [("GET", True), ("POST", False), ("POST", True)])
def test_parameters_travel_in_the_url_or_the_body(call: Caller, books: str, method: str, in_url: bool) -> None:
    parameters = {"DomainName": books, "ItemName": "i", **listed((("name é", "a+b & c=d %"),))}
    assert call("PutAttributes", parameters, method=method, in_url=in_url).status == 200
    answer = call("GetAttributes", DomainName=books, ItemName="i")
    assert answer.result == (
        "<GetAttributesResult><Attribute><Name>name é</Name><Value>a+b &amp; c=d %</Value></Attribute>"
        "</GetAttributesResult>"
    )


def test_the_empty_string_is_a_value(call: Caller, books: str) -> None:
    call.put(books, "i", ("a", ""))
    answer = call("GetAttributes", DomainName=books, ItemName="i")
    assert answer.result == (
        "<GetAttributesResult><Attribute><Name>a</Name><Value></Value></Attribute></GetAttributesResult>"
    )


@pytest.mark.parametrize(
    "pairs",
    [
        {},
        {"Attributes.1.Name": "a", "Attributes.1.Value": "b"},
        {"Attribute.x.Name": "a"},
        {"Attribute.1.Names": "a", "Attribute.2.value": "b"},
    ],
)
def test_without_attributes_it_is_refused(call: Caller, pairs: dict[str, str]) -> None:
    answer = call("PutAttributes", pairs, DomainName="nowhere", ItemName="i")
    assert answer.error == (400, "MissingParameter", "No attributes")
    assert answer.box_usage == COST


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"ItemName": "i"}, "The request must contain the parameter DomainName"),
        ({"DomainName": "nowhere"}, "The request must contain the parameter ItemName"),
        (
            {"DomainName": "nowhere", "ItemName": "i", "Attribute.1.Name": "a"},
            "Attribute.Value missing for Attribute.Name='a'.",
        ),
        (
            {"DomainName": "nowhere", "ItemName": "i", "Attribute.1.Value": "b"},
            "Attribute.Name missing for Attribute.Value='b'.",
        ),
        (
            {"DomainName": "nowhere", "ItemName": "i", "Attribute.1.Replace": "true"},
            "The request must contain the parameter Name",
        ),
    ],
)
def test_missing_parts_are_told(call: Caller, parameters: dict[str, str], error: str) -> None:
    answer = call("PutAttributes", parameters)
    assert answer.error == (400, "MissingParameter", error)
    assert answer.box_usage == COST


@pytest.mark.parametrize(
    ("item", "name", "value", "message"),
    [
        ("i", "", "v", "Value () for parameter Name is invalid.The empty string is an illegal attribute name"),
        ("", "a", "v", "Value () for parameter ItemName is invalid. The empty string is an illegal item name"),
        ("i", "n" * 1025, "v", f"Value ({'n' * 1025}) for parameter Name is invalid. "
         "Value exceeds maximum length of 1024."),
        ("i", "a", "é" * 513, f"Value ({'é' * 513}) for parameter Value is invalid. "
         "Value exceeds maximum length of 1024."),
        ("x" * 1025, "a", "v", f"Value ({'x' * 1025}) for parameter Item is invalid. "
         "Value exceeds max length of 1024."),
    ],
)  # fmt: skip
def test_names_and_values_have_their_lengths(call: Caller, item: str, name: str, value: str, message: str) -> None:
    answer = call.put("nowhere", item, (name, value))
    assert answer.error == (400, "InvalidParameterValue", message)


def test_1024_bytes_are_taken(call: Caller, books: str) -> None:
    name, value, item = "n" * 1024, "é" * 512, "i" * 1024
    assert call.put(books, item, (name, value)).status == 200
    assert call.get(books, item) == [(name, value)]


@pytest.mark.parametrize("flag", ["yes", "TRUE", "1", ""])
def test_replace_is_true_or_false(call: Caller, books: str, flag: str) -> None:
    parameters = {**listed((("a", "1"),)), "Attribute.1.Replace": flag}
    answer = call("PutAttributes", parameters, DomainName=books, ItemName="i")
    assert answer.error == (
        400,
        "InvalidParameterValue",
        f"Value ({flag}) for parameter Replace is invalid. The Replace flag should be either true or false.",
    )


def test_replace_for_the_whole_item_is_deprecated(call: Caller, books: str) -> None:
    answer = call.put(books, "i", ("a", "1"), Replace="true")
    assert answer.error == (
        400,
        "FeatureDeprecated",
        "The replace flag must be specified per attribute, not per item.",
    )


def test_the_domain_must_exist(call: Caller) -> None:
    answer = call.put("nowhere", "i", ("a", "1"))
    assert answer.error == (400, "NoSuchDomain", "The specified domain does not exist.")
    assert answer.box_usage == COST


def test_a_call_takes_256_pairs(call: Caller, books: str) -> None:
    pairs = tuple((f"a{number:03d}", "v") for number in range(257))
    answer = call.put(books, "i", *pairs)
    assert answer.error == (409, "NumberSubmittedAttributesExceeded", "Too many attributes in a single call.")
    assert call.get(books, "i") == []
    assert call.put(books, "i", *pairs[:256]).status == 200


def test_an_item_holds_256_pairs(call: Caller, books: str) -> None:
    call.put(books, "i", *((f"a{number:03d}", "v") for number in range(256)))
    before = call.get(books, "i")
    answer = call.put(books, "i", ("a000", "w"))
    assert answer.error == (409, "NumberItemAttributesExceeded", "Too many attributes in this item.")
    assert answer.box_usage == COST
    assert call.get(books, "i") == before
    assert call.put(books, "i", ("a000", "w"), replace=True).status == 200
    assert call.put(books, "i", ("a000", "w"), ("a001", "v")).status == 200


@pytest.mark.limits(domain_attributes=3)
def test_a_domain_holds_so_many_pairs(call: Caller) -> None:
    call.create("small")
    call.put("small", "i", ("a", "1"), ("b", "2"))
    answer = call.put("small", "j", ("a", "1"), ("b", "2"))
    assert answer.error == (409, "NumberDomainAttributesExceeded", "Too many attributes in this domain.")
    assert call.get("small", "j") == []
    assert call.put("small", "j", ("a", "1")).status == 200
    assert call.put("small", "j", ("a", "2"), replace=True).status == 200


@pytest.mark.limits(domain_bytes=12)
def test_a_domain_holds_so_many_bytes(call: Caller) -> None:
    call.create("small")
    assert call.put("small", "item", ("name", "1234")).status == 200
    answer = call.put("small", "item", ("name", "5"))
    assert answer.error == (409, "NumberDomainBytesExceeded", "Too many bytes in this domain.")
    assert call.get("small", "item") == [("name", "1234")]
    assert call.put("small", "item", ("name", "56"), replace=True).status == 200


def test_what_xml_cannot_carry_comes_back_as_base64(call: Caller, books: str) -> None:
    call.put(books, "i", ("color\0", "blue\0"), ("plain", "a\tb\nc\rd"), ("mixed", "\x85\u2028"), ("high", "\ufffe"))
    assert call("GetAttributes", DomainName=books, ItemName="i").result == (
        "<GetAttributesResult>"
        '<Attribute><Name encoding="base64">Y29sb3IA</Name><Value encoding="base64">Ymx1ZQA=</Value></Attribute>'
        "<Attribute><Name>plain</Name><Value>a\tb\nc&#13;d</Value></Attribute>"
        "<Attribute><Name>mixed</Name><Value>\x85\u2028</Value></Attribute>"
        '<Attribute><Name>high</Name><Value encoding="base64">77++</Value></Attribute>'
        "</GetAttributesResult>"
    )
