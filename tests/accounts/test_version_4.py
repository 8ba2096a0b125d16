"""Version 4 signatures: what the export API takes.  botocore signs, we verify."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from basicdb_mock.accounts import Accounts, Credential, account_of
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.wire.message import Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ACCOUNT = "123456789012"
BODY = b'{"domainName":"d","s3Bucket":"b"}'


def signed(
    url: str = "https://sdb.amazonaws.com/v2/StartDomainExport", token: str | None = None, service: str = "sdb"
) -> tuple[Request, float]:
    """A request that botocore signed, and the moment it did."""
    request = AWSRequest(method="POST", url=url, data=BODY, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials("AKIDEXAMPLE", SECRET, token), service, "us-east-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.setdefault("host", url.split("/")[2])
    stamp = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return Request("POST", url, headers, BODY), stamp.timestamp()


def refusal(accounts: Accounts, request: Request, now: float) -> tuple[int, str]:
    with pytest.raises(SimpleDBError) as caught:
        accounts.identify_v4(request, now)
    return caught.value.status, caught.value.code


def changed(request: Request, **headers: str) -> Request:
    return Request(request.method, request.url, {**request.headers, **headers}, request.body)


@pytest.fixture
def verifying() -> Accounts:
    return Accounts([Credential("AKIDEXAMPLE", SECRET, ACCOUNT)])


@pytest.mark.parametrize("url", [
    "https://sdb.amazonaws.com/v2/StartDomainExport",
    "http://localhost:8080/v2/GetExport",
    "http://localhost:8080/v2/List%20Exports?b=2&a=%2A&a=1&empty=",
])
def test_botocore_s_signature_is_right(verifying: Accounts, url: str) -> None:
    request, now = signed(url)

    assert verifying.identify_v4(request, now).account == ACCOUNT


def test_open_accounts_take_the_key_of_the_credential_scope() -> None:
    request, now = signed()

    caller = Accounts().identify_v4(request, now)

    assert caller.access_key == "AKIDEXAMPLE"
    assert caller.account == account_of("AKIDEXAMPLE")


def test_a_session_token_goes_along() -> None:
    temporary = Accounts([Credential("AKIDEXAMPLE", SECRET, ACCOUNT, session_token="AQoDYXdz")])
    request, now = signed(token="AQoDYXdz")

    assert temporary.identify_v4(request, now).account == ACCOUNT
    assert refusal(temporary, signed()[0], now) == (403, "AuthFailure")
    assert refusal(temporary, signed(token="another")[0], now) == (403, "AuthFailure")


def test_no_header_is_no_credentials(verifying: Accounts) -> None:
    assert refusal(verifying, Request("POST", "/v2/GetExport"), 0) == (401, "AuthFailure")
    assert refusal(Accounts(), Request("POST", "/v2/GetExport"), 0) == (401, "AuthFailure")


def test_an_unknown_key_is_refused() -> None:
    request, now = signed()

    assert refusal(Accounts([Credential("other", SECRET, ACCOUNT)]), request, now) == (403, "InvalidClientTokenId")


def test_a_wrong_secret_is_refused() -> None:
    request, now = signed()

    assert refusal(Accounts([Credential("AKIDEXAMPLE", "x", ACCOUNT)]), request, now) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("part", ["body", "path", "method", "header"])
def test_a_request_changed_on_the_way_is_refused(verifying: Accounts, part: str) -> None:
    request, now = signed()
    forged = {
        "body": Request(request.method, request.url, request.headers, b"{}"),
        "path": Request(request.method, "/v2/ListExports", request.headers, request.body),
        "method": Request("PUT", request.url, request.headers, request.body),
        "header": changed(request, **{"content-type": "text/plain"}),
    }[part]

    assert refusal(verifying, forged, now) == (403, "SignatureDoesNotMatch")


def test_a_hash_that_a_header_claims_is_not_believed(verifying: Accounts) -> None:
    request, now = signed()
    forged = Request("POST", request.url, {**request.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"{}")

    assert refusal(verifying, forged, now) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("sign", [-1, 1])
def test_fifteen_minutes_either_way_are_allowed_and_no_more(verifying: Accounts, sign: int) -> None:
    request, now = signed()

    assert verifying.identify_v4(request, now + sign * 900).account == ACCOUNT
    assert refusal(verifying, request, now + sign * 901) == (400, "RequestExpired")


@pytest.mark.parametrize("header", [
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 Credential=AKID",
    "Basic dXNlcjpwYXNz",
    "AWS4-HMAC-SHA256 Credential=AKID/20230101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=/20230101/us-east-1/sdb/aws4_request, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=AKID/20230101/us-east-1/sdb/aws4_request, SignedHeaders=x-amz-date, Signature=0",
    "AWS4-HMAC-SHA256 Credential=AKID/20230101/us-east-1/sdb/aws4_request, SignedHeaders=host, Signature=0, Extra=1",
])
@pytest.mark.parametrize("accounts", [Accounts(), Accounts([Credential("AKID", SECRET, ACCOUNT)])], ids=["open", "not"])
def test_a_header_that_is_none_of_version_4_is_incomplete(accounts: Accounts, header: str) -> None:
    request = Request("POST", "/v2/GetExport", {"authorization": header, "host": "sdb.amazonaws.com"})

    assert refusal(accounts, request, 0) == (400, "IncompleteSignature")


@pytest.mark.parametrize(("date", "expected"), [
    ({}, (400, "IncompleteSignature")),
    ({"x-amz-date": "20220101T000000Z"}, (400, "IncompleteSignature")),  # another day than that of the scope
    ({"x-amz-date": "20230101"}, (403, "SignatureDoesNotMatch")),  # what is no time is not looked at before it is right
])
def test_a_signature_without_its_time_is_refused(
    verifying: Accounts, date: dict[str, str], expected: tuple[int, str]
) -> None:
    authorization = ("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20230101/us-east-1/sdb/aws4_request, "
                     "SignedHeaders=host;x-amz-date, Signature=0")
    request = Request("POST", "/v2/GetExport", {"authorization": authorization, "host": "h", **date})

    assert refusal(verifying, request, 0) == expected


def test_the_date_of_a_right_signature_must_be_one(verifying: Accounts) -> None:
    request = AWSRequest(method="POST", url="https://sdb.amazonaws.com/v2/GetExport", data=BODY)
    auth = SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "sdb", "us-east-1")
    request.context["timestamp"] = "20239999T000000Z"
    request.headers["X-Amz-Date"] = "20239999T000000Z"
    text = auth.string_to_sign(request, auth.canonical_request(request))
    signature = auth.signature(text, request)
    authorization = (f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, "
                     f"SignedHeaders=host;x-amz-date, Signature={signature}")
    headers = {"authorization": authorization, "host": "sdb.amazonaws.com", "x-amz-date": "20239999T000000Z"}

    assert refusal(verifying, Request("POST", "/v2/GetExport", headers, BODY), 0) == (400, "IncompleteSignature")
