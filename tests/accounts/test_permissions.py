"""What a caller of a credentials file may do."""

from __future__ import annotations

import pytest

from basicdb_mock.accounts import Accounts, Caller, Permissions, Statement
from basicdb_mock.errors import SimpleDBError

ACCOUNT = "123456789012"


def caller(*statements: Statement) -> Caller:
    return Caller(ACCOUNT, "AKID", Permissions(statements))


def allowed(who: Caller, action: str, domain: str | None = "test_domain", region: str = "us-east-1") -> bool:
    try:
        Accounts().authorize(who, action, region, domain)
    except SimpleDBError:
        return False
    return True


def test_a_refusal_reads_as_observed() -> None:
    with pytest.raises(SimpleDBError) as caught:
        Accounts().authorize(caller(), "CreateDomain", "us-east-1", "test_domain")

    assert (caught.value.status, caught.value.code) == (403, "AuthorizationFailure")
    assert caught.value.message == (
        "Session does not have permission to perform (sdb:CreateDomain) on resource "
        "(arn:aws:sdb:us-east-1:123456789012:domain/test_domain). Contact account owner."
    )


def test_an_action_on_no_domain_names_them_all() -> None:
    with pytest.raises(SimpleDBError, match=r"\(arn:aws:sdb:eu-west-1:123456789012:domain/\*\)"):
        Accounts().authorize(caller(), "ListDomains", "eu-west-1", None)


@pytest.mark.parametrize("pattern", ["*", "Select", "sdb:Select", "SDB:select", "sdb:S*", "Sel?ct", "**"])
def test_patterns_that_allow_select(pattern: str) -> None:
    assert allowed(caller(Statement(actions=(pattern,))), "Select")


@pytest.mark.parametrize("pattern", ["", "Selec", "Selects", "sdb:", "S.lect", "Get*", "s3:Select"])
def test_patterns_that_do_not(pattern: str) -> None:
    assert not allowed(caller(Statement(actions=(pattern,))), "Select")


def test_domains_and_regions_narrow_a_statement() -> None:
    who = caller(Statement(actions=("*",), domains=("test*", "other"), regions=("us-*",)))

    assert allowed(who, "Select", "test_domain")
    assert allowed(who, "Select", "other")
    assert not allowed(who, "Select", "Test")
    assert not allowed(who, "Select", "test_domain", region="eu-west-1")


def test_any_statement_may_allow() -> None:
    who = caller(Statement(actions=("Select",), domains=("a",)), Statement(actions=("Get*",), domains=("b",)))

    assert allowed(who, "Select", "a")
    assert allowed(who, "GetAttributes", "b")
    assert not allowed(who, "Select", "b")


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    who = caller(Statement(domains=("*" * 500 + "x",)))

    assert not allowed(who, "Select", "y" * 255)
