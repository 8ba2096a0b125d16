"""Requests that never come to an operation: each gets SimpleDB's own error, and the order of the checks."""

from __future__ import annotations

import pytest

from basicdb_mock.wire.message import Request
from tests.calling import Caller

HOST = {"host": "sdb.amazonaws.com"}
URL = "https://sdb.amazonaws.com/"
KEY = b"AWSAccessKeyId=AKTESTING&Version=2009-04-15&"


def test_a_request_without_a_key_is_not_authenticated(call: Caller) -> None:
    answer = call("ListDomains", key=None)
    assert answer.error == (
        401,
        "AuthFailure",
        "AWS was not able to authenticate the request: access credentials are missing",
    )
    assert answer.box_usage is None


def test_an_error_has_the_captured_shape(call: Caller) -> None:
    answer = call("DomainMetadata", DomainName="nowhere")
    request_id = answer.texts("RequestID")[0]
    assert answer.body == (
        '<?xml version="1.0"?>\n<Response><Errors><Error><Code>NoSuchDomain</Code><Message>The specified domain does '
        "not exist.</Message><BoxUsage>0.0000071759</BoxUsage></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )
    assert [len(part) for part in request_id.split("-")] == [8, 4, 4, 4, 12]
    assert request_id == request_id.lower()
    assert "content-type" not in answer.headers
    assert answer.headers["server"] == "Amazon SimpleDB"


def test_an_action_is_required(call: Caller) -> None:
    answer = call(None)
    assert answer.error == (400, "MissingAction", "No action was supplied with this request.")


@pytest.mark.parametrize("action", ["Nope", "listDomains", "Query", "QueryWithAttributes"])
def test_an_unknown_action_is_not_valid(call: Caller, action: str) -> None:
    answer = call(action)
    assert answer.error == (400, "InvalidAction", f"The action {action} is not valid for this web service.")


def test_a_version_is_required_and_known(call: Caller) -> None:
    missing = call("ListDomains", version=None)
    assert missing.error == (400, "MissingParameter", "The request must contain the parameter Version")
    unknown = call("ListDomains", version="2010-01-01")
    assert unknown.error == (
        400,
        "NoSuchVersion",
        "The requested version (2010-01-01) of service AmazonSimpleDB does not exist.",
    )


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "OPTIONS"])
def test_other_verbs_are_not_supported(call: Caller, verb: str) -> None:
    answer = call.raw(Request(verb, URL + "?Action=ListDomains", HOST))
    assert answer.error == (400, "UnsupportedHttpVerb", f"The requested HTTP verb is not supported: {verb}.")


def test_other_paths_are_not_valid(call: Caller) -> None:
    answer = call("ListDomains", path="/some/where")
    assert answer.error == (400, "InvalidURI", "The URI /some/where is not valid.")


def test_a_url_has_its_length(call: Caller) -> None:
    answer = call("ListDomains", method="GET", junk="x" * 20_000)
    assert answer.error == (400, "URITooLong", "The URI exceeded the maximum limit of 16384.")
    assert call("ListDomains", junk="x" * 20_000).status == 200


def test_a_body_has_its_size(call: Caller) -> None:
    answer = call("ListDomains", junk="x" * 1024 * 1024)
    assert answer.error == (
        400,
        "InvalidHttpRequest",
        "The HTTP request is invalid. Reason: The request body exceeds 1048576 bytes.",
    )


@pytest.mark.limits(request_parameters=10)
def test_a_request_has_so_many_parameters(call: Caller) -> None:
    answer = call("ListDomains", {f"p{number}": "" for number in range(20)})
    assert answer.error == (
        400,
        "InvalidHttpRequest",
        "The HTTP request is invalid. Reason: The request has more than 10 parameters.",
    )


@pytest.mark.parametrize("body", [b"ItemName=%ff", b"ItemName=\xff\xfe", b"%ed%a0%80=x", b"ItemName=%ed%a0%80"])
def test_bytes_that_are_not_utf8_are_refused(call: Caller, body: bytes) -> None:
    answer = call.raw(Request("POST", URL, HOST, KEY + b"Action=GetAttributes&DomainName=abc&" + body))
    assert answer.error == (
        400,
        "InvalidHttpRequest",
        "The HTTP request is invalid. Reason: The parameters are not valid UTF-8.",
    )


@pytest.mark.parametrize("body", [b"Action=ListDomains&&&", b"&=&=x&Action=ListDomains", b"Action=ListDomains&x&y=%zz"])
def test_odd_but_readable_forms_are_read(call: Caller, body: bytes) -> None:
    assert call.raw(Request("POST", URL, HOST, KEY + body)).status == 200


def test_of_a_repeated_parameter_the_last_counts(call: Caller) -> None:
    call.create("first", "second")
    body = KEY + b"Action=DomainMetadata&DomainName=nowhere&DomainName=first"
    assert call.raw(Request("POST", URL, HOST, body)).status == 200


def test_the_order_of_checks(call: Caller) -> None:
    """Authentication, then action, then version, then parameters, then the domain."""
    wrong = {"DomainName": "nowhere", "ItemName": "i"}
    assert call("Nope", wrong, version="1", key=None).code == "AuthFailure"
    assert call("Nope", wrong, version="1").code == "InvalidAction"
    assert call("PutAttributes", wrong, version="1").code == "NoSuchVersion"
    assert call("PutAttributes", wrong).code == "MissingParameter"
    assert call.put("nowhere", "i", ("a", "1")).code == "NoSuchDomain"


def test_a_message_stays_valid_xml_whatever_it_repeats(call: Caller) -> None:
    answer = call("CreateDomain", DomainName="a<b&\x01")
    assert answer.texts("Message") == ["Value (a<b&?) for parameter DomainName is invalid. "]
