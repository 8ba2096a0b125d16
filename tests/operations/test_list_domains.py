from __future__ import annotations

import base64

import pytest

from tests.calling import Caller

COST = "0.0000071759"


def test_no_domains_are_an_empty_result(call: Caller) -> None:
    answer = call("ListDomains")
    assert (answer.status, answer.result, answer.box_usage) == (200, "<ListDomainsResult></ListDomainsResult>", COST)


def test_domains_come_in_byte_order(call: Caller) -> None:
    call.create("beta", "Beta", "alpha", "a-z", "a.z")
    assert call("ListDomains").result == (
        "<ListDomainsResult><DomainName>Beta</DomainName><DomainName>a-z</DomainName><DomainName>a.z</DomainName>"
        "<DomainName>alpha</DomainName><DomainName>beta</DomainName></ListDomainsResult>"
    )


def test_pages_follow_each_other_by_token(call: Caller) -> None:
    call.create("d1x", "d2x", "d3x")
    first = call("ListDomains", MaxNumberOfDomains="2")
    assert first.texts("DomainName") == ["d1x", "d2x"]
    assert first.token is not None
    assert base64.b64decode(first.token) == b"d2x"
    rest = call("ListDomains", MaxNumberOfDomains="100", NextToken=first.token)
    assert (rest.texts("DomainName"), rest.token) == (["d3x"], None)


def test_a_full_last_page_has_no_token(call: Caller) -> None:
    call.create("d1x", "d2x")
    assert call("ListDomains", MaxNumberOfDomains="2").token is None


def test_a_page_holds_100_by_default(call: Caller) -> None:
    names = [f"domain-{number:03d}" for number in range(101)]
    call.create(*names)
    page = call("ListDomains")
    assert page.texts("DomainName") == names[:100]
    assert call("ListDomains", NextToken=page.token or "").texts("DomainName") == names[100:]


def test_a_token_may_name_a_domain_that_is_gone(call: Caller) -> None:
    call.create("d1x", "d2x", "d3x")
    token = call("ListDomains", MaxNumberOfDomains="2").token or ""
    call("DeleteDomain", DomainName="d2x")
    assert call("ListDomains", NextToken=token).texts("DomainName") == ["d3x"]


def test_any_token_is_accepted(call: Caller) -> None:
    call.create("abc", "xyz")
    assert call("ListDomains", NextToken="t").texts("DomainName") == ["xyz"]


@pytest.mark.parametrize("number", ["0", "-1", "101", "", "ten", "1.5", "9" * 40, "²"])
def test_the_maximum_is_between_1_and_100(call: Caller, number: str) -> None:
    answer = call("ListDomains", MaxNumberOfDomains=number)
    assert answer.error == (
        400,
        "InvalidParameterValue",
        f"Value ({number}) for parameter MaxNumberOfDomains is invalid. MaxNumberOfDomains must be between 1 and 100",
    )
    assert answer.box_usage == COST
