"""Calls become requests: parameters where they belong, signatures that hold, domains with a prefix."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from basicdb_mock.transcripts.requesting import Key, literal, prefixed, request_of, resolved, signed
from basicdb_mock.transcripts.transcript import Call

URL = "https://sdb.amazonaws.com/"


def test_parameters_travel_in_the_body_or_in_the_url() -> None:
    call = Call("GetAttributes", {"ItemName": "a b&c"})
    posted = request_of(call, call.parameters, URL, None, 0.0)
    got = request_of(Call("GetAttributes", call.parameters, "GET", "url"), call.parameters, URL, None, 0.0)

    assert (posted.url, posted.headers["content-type"]) == (URL, "application/x-www-form-urlencoded; charset=utf-8")
    assert posted.body == b"Action=GetAttributes&Version=2009-04-15&ItemName=a+b%26c"
    assert (got.method, got.body) == ("GET", b"")
    assert parse_qs(urlsplit(got.url).query)["ItemName"] == ["a b&c"]


def test_a_call_without_action_and_version_sends_none() -> None:
    assert request_of(Call(None, {}, version=None), {}, URL, None, 0.0).body == b""


def test_a_signature_of_version_2_is_the_one_others_compute() -> None:
    # The vector is that of goamz's tests (exp/sdb/sign_test.go).
    parameters = {
        "Action": "CreateDomain", "DomainName": "MyDomain", "Timestamp": "2011-08-20T07:23:57+12:00",
        "Version": "2009-04-15",
    }  # fmt: skip
    key = Key("access-key-id-s8eBOWuU", "secret-access-key-UkQjTLd9")

    result = signed(parameters, "GET", URL, key, 0.0)

    assert result["Signature"] == "ot2JaeeqMRJqgAqW67hkzUlffgxdOz4RykbrECB+tDU="


def test_a_session_token_is_sent_and_signed() -> None:
    parameters = signed({"Action": "ListDomains"}, "POST", URL, Key("AK", "secret", "token"), 0.0)

    assert parameters["SecurityToken"] == "token"
    assert parameters["Timestamp"] == "1970-01-01T00:00:00.000Z"


def test_a_key_without_a_secret_goes_unsigned() -> None:
    parameters = signed({"Action": "ListDomains"}, "POST", URL, Key("AK"), 0.0)

    assert parameters == {"Action": "ListDomains", "AWSAccessKeyId": "AK"}


@pytest.mark.parametrize(
    ("expression", "renamed"),
    [
        ("select * from books", "select * from p_books"),
        ("SELECT `from` FROM `my-a` where a = 'from x'", "SELECT `from` FROM `p_my-a` where a = 'from x'"),
        ("select count(*) from books limit 2", "select count(*) from p_books limit 2"),
        ("select*from`books`", "select*from`p_books`"),
        ("no expression", "no expression"),
    ],
)
def test_a_prefix_is_put_before_the_domain_of_an_expression(expression: str, renamed: str) -> None:
    assert prefixed({"SelectExpression": expression}, "p_")["SelectExpression"] == renamed


def test_a_reference_is_replaced_and_one_with_a_dollar_sign_more_is_not() -> None:
    asked: list[tuple[str, str]] = []

    def text_of(exchange: str, element: str) -> str:
        asked.append((exchange, element))
        return "token"

    given = {"a": "x${first.NextToken}y", "b": "$${first.NextToken}", "c": "$${env}", "d": "{first.NextToken}$"}
    assert resolved(given, text_of) == {**given, "a": "xtokeny", "b": "${first.NextToken}"}
    assert asked == [("first", "NextToken")]


@pytest.mark.parametrize("text", ["${a.B}", "$${a.B}", "x$$$${a.B}${c.D}", "${a}", "$", "plain"])
def test_any_text_can_be_written_as_a_literal(text: str) -> None:
    assert resolved({"p": literal(text)}, lambda exchange, element: "wrong") == {"p": text}


def test_a_name_that_is_none_gets_no_prefix() -> None:
    assert prefixed({"DomainName": "xx"}, "p_") == {"DomainName": "xx"}
    assert prefixed({"DomainName": "books", "ItemName": "i"}, "p_") == {"DomainName": "p_books", "ItemName": "i"}
