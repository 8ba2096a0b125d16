"""Conditional PutAttributes and DeleteAttributes: the same rules for both."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest

from tests.calling import Answer, Caller

COST = "0.0000219907"


@dataclass(frozen=True)
class ConditionalWrite:
    """Puts color=blue, or deletes color, on a condition."""

    action: str
    call: Caller

    def __call__(self, expected: dict[str, str], item: str = "i1", **more: Any) -> Answer:
        parameters = {"DomainName": "books", "ItemName": item, "Attribute.1.Name": "color", **expected}
        if self.action == "PutAttributes":
            parameters["Attribute.1.Value"] = "blue"
        return self.call(self.action, parameters, **more)

    @property
    def colors(self) -> list[str]:
        """What it makes of an item that was red."""
        return ["blue", "red"] if self.action == "PutAttributes" else []


@pytest.fixture(params=["PutAttributes", "DeleteAttributes"])
def write(request: pytest.FixtureRequest, call: Caller) -> ConditionalWrite:
    return ConditionalWrite(request.param, call)


@pytest.mark.usefixtures("books")
class TestBothWrites:
    @pytest.mark.parametrize("prefix", ["Expected.", "Expected.0.", "Expected.1.", "Expected.7."])
    @pytest.mark.parametrize("exists", [{}, {"Exists": "true"}])
    def test_a_value_as_expected_lets_it_through(
        self, write: ConditionalWrite, call: Caller, prefix: str, exists: dict[str, str]
    ) -> None:
        expected = {"Name": "color", "Value": "red", **exists}
        assert write({prefix + field: value for field, value in expected.items()}).status == 200
        assert [value for name, value in call.get("books", "i1") if name == "color"] == write.colors

    def test_another_value_refuses_it_and_changes_nothing(self, write: ConditionalWrite, call: Caller) -> None:
        before = call.get("books", "i1")
        answer = write({"Expected.Name": "color", "Expected.Value": "green"})
        assert answer.error == (
            409,
            "ConditionalCheckFailed",
            "Conditional check failed. Attribute (color) value is (red) but was expected (green)",
        )
        assert answer.box_usage == COST
        assert call.get("books", "i1") == before

    def test_a_missing_attribute_is_not_the_value(self, write: ConditionalWrite) -> None:
        answer = write({"Expected.Name": "weight", "Expected.Value": "1"})
        assert answer.error == (404, "AttributeDoesNotExist", "Attribute (weight) does not exist")

    def test_a_missing_item_is_not_the_value(self, write: ConditionalWrite, call: Caller) -> None:
        answer = write({"Expected.Name": "color", "Expected.Value": "red", "Expected.Exists": "true"}, item="i9")
        assert answer.error == (404, "AttributeDoesNotExist", "Attribute (color) does not exist")
        assert call.get("books", "i9") == []

    def test_an_attribute_expected_to_be_missing_must_be(self, write: ConditionalWrite, call: Caller) -> None:
        before = call.get("books", "i1")
        answer = write({"Expected.Name": "color", "Expected.Exists": "false"})
        assert answer.error == (
            409,
            "ConditionalCheckFailed",
            "Conditional check failed. Attribute (color) value exists",
        )
        assert call.get("books", "i1") == before
        assert write({"Expected.Name": "weight", "Expected.Exists": "false"}).status == 200
        assert write({"Expected.Name": "weight", "Expected.Exists": "false"}, item="i9").status == 200

    def test_an_attribute_of_several_values_cannot_be_expected(self, write: ConditionalWrite) -> None:
        answer = write({"Expected.Name": "size", "Expected.Value": "a"})
        assert answer.error == (
            409,
            "MultiValuedAttribute",
            "Attribute (size) is multi-valued. Conditional check can only be performed on a single-valued attribute",
        )

    @pytest.mark.parametrize(
        ("expected", "code", "message"),
        [
            (
                {"Expected.Name": "a", "Expected.Exists": "true"},
                "IncompleteExpectedValues",
                "If Expected.Exists = True or unspecified, then Expected.Value has to be specified",
            ),
            (
                {"Expected.Name": "a"},
                "IncompleteExpectedValues",
                "If Expected.Exists = True or unspecified, then Expected.Value has to be specified",
            ),
            (
                {"Expected.Name": "a", "Expected.Value": "1", "Expected.Exists": "false"},
                "ExistsAndExpectedValue",
                "Expected.Exists=false and Expected.Value cannot be specified together",
            ),
            (
                {"Expected.1.Name": "a", "Expected.2.Name": "b", "Expected.1.Value": "1"},
                "MultipleExpectedNames",
                "Only one Expected.Name can be specified",
            ),
            (
                {"Expected.Name": "a", "Expected.1.Value": "1", "Expected.2.Value": "1"},
                "MultipleExpectedValues",
                "Only one Expected.Value can be specified",
            ),
            (
                {"Expected.Name": "a", "Expected.Exists": "true", "Expected.2.Exists": "true"},
                "MultipleExistsConditions",
                "Only one Exists condition can be specified",
            ),
            (
                {"Expected.Name": "a", "Expected.Value": "1", "Expected.Exists": "maybe"},
                "InvalidParameterValue",
                "Value (maybe) for parameter Expected.Exists is invalid. "
                "Expected.Exists should be either true or false.",
            ),
            ({"Expected.Value": "1"}, "MissingParameter", "The request must contain the parameter Expected.Name"),
            (
                {"Expected.Name": "", "Expected.Value": "1"},
                "InvalidParameterValue",
                "Value () for parameter Name is invalid.The empty string is an illegal attribute name",
            ),
        ],
    )
    def test_a_condition_must_be_whole(
        self, write: ConditionalWrite, expected: dict[str, str], code: str, message: str
    ) -> None:
        answer = write(expected)
        assert answer.error == (400, code, message)
        assert answer.box_usage == COST

    def test_the_older_version_has_no_conditions(self, write: ConditionalWrite) -> None:
        answer = write({"Expected.Name": "color", "Expected.Value": "red"}, version="2007-11-07")
        assert answer.error == (
            400,
            "InvalidWSDLVersion",
            "Parameter (Expected) is only supported in WSDL version 2009-04-15 or beyond. "
            "Please upgrade to new version",
        )


def test_unknown_parts_of_a_condition_are_ignored(call: Caller, books: str) -> None:
    unknown: Any = {"Expected.1.Nmae": "color", "Expected.Vlaue": "green"}
    assert call.put(books, "i1", ("color", "blue"), **unknown).status == 200
    assert call.get(books, "i1") == [("color", "blue"), ("color", "red"), ("size", "a"), ("size", "b")]


def test_batches_ignore_conditions(call: Caller, books: str) -> None:
    wrong = {"Expected.Name": "color", "Expected.Value": "green"}
    color = {"Item.1.ItemName": "i1", "Item.1.Attribute.1.Name": "color", **wrong}
    assert call("BatchPutAttributes", {**color, "Item.1.Attribute.1.Value": "blue"}, DomainName=books).status == 200
    assert call.get(books, "i1") == [("color", "blue"), ("color", "red"), ("size", "a"), ("size", "b")]
    assert call("BatchDeleteAttributes", color, DomainName=books).status == 200
    assert call.get(books, "i1") == [("size", "a"), ("size", "b")]


def test_two_threads_of_conditional_puts_never_lose_an_update(call: Caller) -> None:
    call.create("counters")
    call.put("counters", "c", ("n", "0"))
    wins: list[int] = []

    def count_up() -> None:
        done = 0
        while done < 25:
            ((_, value),) = call.get("counters", "c")
            parameters = {
                "Attribute.1.Name": "n",
                "Attribute.1.Value": str(int(value) + 1),
                "Attribute.1.Replace": "true",
                "Expected.Name": "n",
                "Expected.Value": value,
            }
            answer = call("PutAttributes", parameters, DomainName="counters", ItemName="c")
            assert answer.status in (200, 409), answer.body
            done += answer.status == 200
        wins.append(done)

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wins == [25, 25]
    assert call.get("counters", "c") == [("n", "50")]
