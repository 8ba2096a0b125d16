from __future__ import annotations

from typing import Any

import pytest

from tests.calling import Caller

COST = "0.0055590278"


def test_a_new_domain_is_acknowledged_and_listed(call: Caller) -> None:
    answer = call("CreateDomain", DomainName="first")
    assert answer.status == 200
    assert answer.result == ""
    assert answer.box_usage == COST
    assert call("ListDomains").texts("DomainName") == ["first"]


def test_creating_a_domain_again_keeps_its_items(call: Caller, books: str) -> None:
    assert call("CreateDomain", DomainName=books).status == 200
    assert call.get(books, "i1") == [("color", "red"), ("size", "a"), ("size", "b")]


@pytest.mark.parametrize("name", ["", "xx", "     ", "x" * 256, "@$^*()", "a b c", "dömain", "a/b/c"])
def test_a_name_that_breaks_the_rules_is_refused(call: Caller, name: str) -> None:
    answer = call("CreateDomain", DomainName=name)
    assert answer.error == (400, "InvalidParameterValue", f"Value ({name}) for parameter DomainName is invalid. ")
    assert answer.box_usage == COST


@pytest.mark.parametrize("name", ["abc", "x" * 255, "A-Z_0.9", "...", "123"])
def test_names_of_three_to_255_allowed_characters_are_taken(call: Caller, name: str) -> None:
    assert call("CreateDomain", DomainName=name).status == 200


def test_the_name_is_required(call: Caller) -> None:
    answer = call("CreateDomain")
    assert answer.error == (400, "MissingParameter", "The request must contain the parameter DomainName")
    assert answer.box_usage == COST


@pytest.mark.limits(domains=2)
def test_an_account_has_so_many_domains_and_no_more(call: Caller) -> None:
    call.create("one", "two")
    answer = call("CreateDomain", DomainName="three")
    assert answer.error == (409, "NumberDomainsExceeded", "The domain limit was exceeded.")
    assert call("CreateDomain", DomainName="two").status == 200
    assert call("ListDomains").texts("DomainName") == ["one", "two"]


def test_accounts_and_regions_have_domains_of_their_own(call: Caller) -> None:
    call.create("mine")
    call.put("mine", "i", ("a", "here"))
    assert call("ListDomains", key="AKOTHER").texts("DomainName") == []
    elsewhere: dict[str, Any] = {"host": "sdb.eu-west-1.amazonaws.com"}
    assert call("ListDomains", **elsewhere).texts("DomainName") == []
    assert call("CreateDomain", DomainName="mine", **elsewhere).status == 200
    answer = call("GetAttributes", DomainName="mine", ItemName="i", **elsewhere)
    assert answer.result == "<GetAttributesResult></GetAttributesResult>"
    assert call.get("mine", "i") == [("a", "here")]
