"""What the export API takes, what it tells, and the error of everything it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.accounts import Accounts, Credential, Permissions, Statement
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports.export import parse_arn
from basicdb_mock.exports.operations import make_token, read_token
from basicdb_mock.limits import AWS
from basicdb_mock.wire.message import Request
from tests.exports.asking import ACCOUNT, START, Asker

ORDER = {"domainName": "books", "s3Bucket": "a-bucket"}
SOME_ARN = f"arn:aws:sdb:us-east-1:{ACCOUNT}:domain/books/export/3eb4eaed-872b-4e08-b4b6-ff6999a83e01"


def test_starting_tells_token_arn_and_time(asker: Asker) -> None:
    answer = asker.ask("StartDomainExport", clientToken="token-1", **ORDER)
    assert answer.status == 200
    assert answer.told["clientToken"] == "token-1"
    assert answer.told["requestedAt"] == START
    arn = parse_arn(answer.told["exportArn"])
    assert arn is not None
    assert (arn.tenant.account, arn.tenant.region, arn.domain) == (ACCOUNT, "us-east-1", "books")
    assert answer.headers["x-amzn-RequestId"]


def test_getting_tells_what_was_asked_and_what_came_of_it(asker: Asker) -> None:
    order = {
        **ORDER, "clientToken": "token-1", "s3KeyPrefix": "pre/fix", "s3SseAlgorithm": "KMS", "s3SseKmsKeyId": "key-1",
        "s3BucketOwner": "111122223333",
    }
    arn = asker.ask("StartDomainExport", **order).told["exportArn"]
    assert asker.get(arn) == {
        "exportArn": arn,
        "clientToken": "token-1",
        "exportStatus": "SUCCEEDED",
        "domainName": "books",
        "requestedAt": START,
        "s3Bucket": "a-bucket",
        "s3KeyPrefix": "pre/fix",
        "s3SseAlgorithm": "KMS",
        "s3SseKmsKeyId": "key-1",
        "s3BucketOwner": "111122223333",
        "exportDataCutoffTime": START,
        "exportManifest": f"pre/fix/AWSSimpleDB/{arn[-36:]}/books/manifest-summary.json",
        "itemsCount": 2,
    }


def test_what_was_not_asked_is_not_told(asker: Asker) -> None:
    told = asker.get(asker.start())
    assert sorted(told) == [
        "clientToken", "domainName", "exportArn", "exportDataCutoffTime", "exportManifest", "exportStatus",
        "itemsCount", "requestedAt", "s3Bucket",
    ]


def test_a_request_without_a_token_gets_one(asker: Asker) -> None:
    first, second = (asker.ask("StartDomainExport", **ORDER).told for _ in range(2))
    assert len(first["clientToken"]) == 36
    assert first["clientToken"] != second["clientToken"]
    assert first["exportArn"] != second["exportArn"]


def test_members_that_are_null_or_unknown_are_ignored(asker: Asker) -> None:
    answer = asker.ask("StartDomainExport", s3KeyPrefix=None, clientToken=None, unknown=5, **ORDER)
    assert answer.status == 200


LONG = "x" * 256
WRONG: list[tuple[str, dict[str, Any], str, Any, str]] = [
    ("StartDomainExport", {"clientToken": ""}, "ClientToken", "",
     "ClientToken must be between 1 and 128 characters long."),
    ("StartDomainExport", {"clientToken": "t" * 129}, "ClientToken", "t" * 129,
     "ClientToken must be between 1 and 128 characters long."),
    ("StartDomainExport", {"clientToken": "a b"}, "ClientToken", "a b",
     "ClientToken must only contain ASCII characters in the range of 33-126, inclusive."),
    ("StartDomainExport", {"clientToken": "é"}, "ClientToken", "é",
     "ClientToken must only contain ASCII characters in the range of 33-126, inclusive."),
    ("StartDomainExport", {"domainName": "ab"}, "DomainName", "ab",
     "DomainName must be between 3 and 255 characters long."),
    ("StartDomainExport", {"domainName": LONG}, "DomainName", LONG,
     "DomainName must be between 3 and 255 characters long."),
    ("StartDomainExport", {"domainName": "a/b"}, "DomainName", "a/b",
     "DomainName must only contain letters, numbers, underscores, periods, and hyphens."),
    ("StartDomainExport", {"s3Bucket": "ab"}, "S3BucketName", "ab",
     "S3BucketName must be between 3 and 63 characters long."),
    ("StartDomainExport", {"s3Bucket": "b" * 64}, "S3BucketName", "b" * 64,
     "S3BucketName must be between 3 and 63 characters long."),
    ("StartDomainExport", {"s3Bucket": "..."}, "S3BucketName", "...",
     "S3BucketName must be a valid Amazon S3 bucket name."),
    ("StartDomainExport", {"s3KeyPrefix": ""}, "S3KeyPrefix", "",
     "S3KeyPrefix must be between 1 and 850 characters long."),
    ("StartDomainExport", {"s3KeyPrefix": "p" * 851}, "S3KeyPrefix", "p" * 851,
     "S3KeyPrefix must be between 1 and 850 characters long."),
    ("StartDomainExport", {"s3SseAlgorithm": "aws:kms"}, "S3SseAlgorithm", "aws:kms",
     "S3SseAlgorithm can only be AES256 or KMS."),
    ("StartDomainExport", {"s3SseAlgorithm": "KMS", "s3SseKmsKeyId": ""}, "S3SseKmsKeyId", "",
     "S3SseKmsKeyId must be between 1 and 2048 characters long."),
    ("StartDomainExport", {"s3SseAlgorithm": "KMS", "s3SseKmsKeyId": "alias/key"}, "S3SseKmsKeyId", "alias/key",
     "S3SseKmsKeyId must only contain letters, numbers, underscores, colons, and hyphens."),
    ("StartDomainExport", {"s3BucketOwner": "12345"}, "S3BucketOwner", "12345",
     "S3BucketOwner must be a valid AWS account ID."),
    ("GetExport", {"exportArn": "arn:aws:sdb"}, "ExportArn", "arn:aws:sdb",
     "ExportArn must be between 20 and 2048 characters long."),
    ("GetExport", {"exportArn": "a" * 2049}, "ExportArn", "a" * 2049,
     "ExportArn must be between 20 and 2048 characters long."),
    ("GetExport", {"exportArn": "arn:aws:sdb:us-east-1:1:domain/books"}, "ExportArn",
     "arn:aws:sdb:us-east-1:1:domain/books", "ExportArn must be a valid Amazon SimpleDB Domain Export ARN."),
    ("GetExport", {"exportArn": SOME_ARN.replace("aws:sdb", "aws::sdb")}, "ExportArn",
     SOME_ARN.replace("aws:sdb", "aws::sdb"), "ExportArn must be a valid Amazon SimpleDB Domain Export ARN."),
    ("ListExports", {"maxResults": 0}, "MaxResults", 0, "MaxResults must be between 1 and 100."),
    ("ListExports", {"maxResults": 101}, "MaxResults", 101, "MaxResults must be between 1 and 100."),
    ("ListExports", {"domainName": "a!b"}, "DomainName", "a!b",
     "DomainName must only contain letters, numbers, underscores, periods, and hyphens."),
    ("ListExports", {"nextToken": ""}, "NextToken", "", "NextToken must be between 1 and 2048 characters long."),
    ("ListExports", {"nextToken": "n" * 2049}, "NextToken", "n" * 2049,
     "NextToken must be between 1 and 2048 characters long."),
    ("ListExports", {"nextToken": "a+b"}, "NextToken", "a+b",
     "NextToken must only contain letters, numbers, underscores, hyphens, and equals signs."),
]


@pytest.mark.parametrize(("operation", "members", "parameter", "value", "reason"), WRONG)
def test_a_parameter_that_is_wrong_is_told(
    asker: Asker, operation: str, members: dict[str, Any], parameter: str, value: object, reason: str
) -> None:
    given = {**ORDER, **members} if operation == "StartDomainExport" else members
    assert asker.ask(operation, **given).error == (
        400, "InvalidParameterValueException", f"Value ({value}) for parameter {parameter} is invalid. {reason}")


@pytest.mark.parametrize("members", [
    {"clientToken": "~" * 128, "s3KeyPrefix": "p" * 850, "s3BucketOwner": "000000000000"},
    {"s3SseAlgorithm": "AES256"},
    {"s3SseAlgorithm": "KMS"},
    {"s3SseAlgorithm": "KMS", "s3SseKmsKeyId": "mrk-0_A:b"},
])
def test_a_parameter_at_its_bound_is_taken(asker: Asker, members: dict[str, Any]) -> None:
    assert asker.ask("StartDomainExport", **ORDER, **members).status == 200


@pytest.mark.parametrize("algorithm", [{}, {"s3SseAlgorithm": "AES256"}])
def test_a_key_is_for_kms_only(asker: Asker, algorithm: dict[str, str]) -> None:
    assert asker.ask("StartDomainExport", s3SseKmsKeyId="key-1", **algorithm, **ORDER).error == (
        400, "InvalidParameterCombinationException",
        "Parameter S3SseKmsKeyId must be provided only when S3SseAlgorithm is KMS.")


@pytest.mark.parametrize(("operation", "members", "missing"), [
    ("StartDomainExport", {"s3Bucket": "a-bucket"}, "domainName"),
    ("StartDomainExport", {"domainName": "books"}, "s3Bucket"),
    ("GetExport", {}, "exportArn"),
])
def test_a_parameter_that_is_missing_is_told(
    asker: Asker, operation: str, members: dict[str, str], missing: str
) -> None:
    assert asker.ask(operation, **members).error == (
        400, "MissingParameter", f"The request must contain the parameter {missing}")


@pytest.mark.parametrize(("body", "reason"), [
    (b"{", "The request body is not valid JSON"),
    (b"\xff", "The request body is not valid JSON"),
    (b"[" * 100_000, "The request body is not valid JSON"),
    (b"[]", "The request body is not a JSON object"),
    (b'{"domainName": []}', "domainName must be a string or a number"),
    (b'{"domainName": true}', "domainName must be a string or a number"),
    (b'{"domainName": 1.5}', "domainName must be a string or a number"),
    (b'{"domainName": 5}', "domainName must be a string"),
    (b'{"domainName": "\\ud800"}', "domainName is not valid Unicode"),
    (b'{"domainName": "books", "s3Bucket": "a-bucket", "clientToken": 1}', "clientToken must be a string"),
])
def test_a_body_that_cannot_be_read_is_refused(asker: Asker, body: bytes, reason: str) -> None:
    assert asker.send("StartDomainExport", body).error == (
        400, "InvalidHttpRequest", f"The HTTP request is invalid. Reason: {reason}.")


def test_max_results_must_be_a_number(asker: Asker) -> None:
    assert asker.ask("ListExports", maxResults="5").error[1] == "InvalidHttpRequest"


def test_an_empty_body_is_an_empty_object(asker: Asker) -> None:
    assert asker.send("ListExports", b"").told == {"exportSummaries": []}


def test_only_post_and_known_paths_are_served(asker: Asker) -> None:
    assert asker.send("ListExports", b"", method="GET").error == (
        400, "UnsupportedHttpVerb", "The requested HTTP verb is not supported: GET.")
    assert asker.send("RestoreDomain", b"{}").error == (400, "InvalidURI", "The URI /v2/RestoreDomain is not valid.")
    assert asker.send("", b"{}").error == (400, "InvalidURI", "The URI /v2/ is not valid.")


def test_a_request_that_is_too_large_is_refused(tmp_path: Path) -> None:
    asker = Asker(tmp_path, limits=replace(AWS, request_bytes=10, uri_bytes=60))
    assert asker.send("ListExports", b" " * 11).error == (
        400, "InvalidHttpRequest", "The HTTP request is invalid. Reason: The request body exceeds 10 bytes.")
    assert asker.send("x" * 60, b"").error == (400, "URITooLong", "The URI exceeded the maximum limit of 60.")


def test_a_url_that_cannot_be_read_is_told() -> None:
    response = Asker().engine.handle(Request("POST", "https://[::1/v2/ListExports", {}, b"{}"))
    assert response.status == 400
    assert b"<Code>InvalidURI</Code>" in response.body


def test_an_unknown_domain_is_not_exported(asker: Asker) -> None:
    assert asker.ask("StartDomainExport", domainName="none", s3Bucket="a-bucket").error == (
        400, "NoSuchDomainException", "The specified domain does not exist.")


def test_an_unknown_export_is_told(asker: Asker) -> None:
    arn = asker.start()
    elsewhere = [("books", "films"), ("us-east-1", "eu-west-1"), (ACCOUNT, "999999999999")]
    for other in (SOME_ARN, *(arn.replace(ours, theirs) for ours, theirs in elsewhere)):
        assert asker.ask("GetExport", exportArn=other).error == (
            400, "NoSuchExportException", "The specified export does not exist.")


def test_an_export_is_its_accounts_and_its_regions(asker: Asker) -> None:
    arn = asker.start()
    for other in ({"key": "999999999999"}, {"host": "sdb.eu-west-1.amazonaws.com"}):
        assert asker.ask("GetExport", exportArn=arn, **other).error[1] == "NoSuchExportException"
        assert asker.ask("ListExports", **other).told == {"exportSummaries": []}


def test_exports_are_listed_oldest_first_in_pages(asker: Asker) -> None:
    asker.fill("films", {})
    arns = []
    for domain in ("books", "films", "books"):
        arns.append(asker.start(domain))
        asker.clock.tick(60)
    page = asker.ask("ListExports", maxResults=2).told
    assert page["exportSummaries"] == [
        {"exportArn": arns[0], "exportStatus": "SUCCEEDED", "requestedAt": START, "domainName": "books"},
        {"exportArn": arns[1], "exportStatus": "SUCCEEDED", "requestedAt": START + 60, "domainName": "films"},
    ]
    rest = asker.ask("ListExports", maxResults=2, nextToken=page["nextToken"]).told
    assert [summary["exportArn"] for summary in rest["exportSummaries"]] == [arns[2]]
    assert "nextToken" not in rest
    films = asker.ask("ListExports", domainName="films", maxResults=1).told
    assert [summary["exportArn"] for summary in films["exportSummaries"]] == [arns[1]]
    assert "nextToken" not in films


def test_an_unknown_domain_has_no_list_but_a_deleted_one_with_exports_has(asker: Asker) -> None:
    assert asker.ask("ListExports", domainName="none").error == (
        400, "NoSuchDomainException", "The specified domain does not exist.")
    asker.start()
    assert asker.query("DeleteDomain", DomainName="books")[0] == 200
    assert len(asker.ask("ListExports", domainName="books").told["exportSummaries"]) == 1


@pytest.mark.parametrize("token", ["abcd", "====", "MS8", make_token(1, "films"), "MDEv", "MC8="])
def test_a_token_of_another_list_or_none_is_refused(asker: Asker, token: str) -> None:
    assert asker.ask("ListExports", domainName="books", nextToken=token).error == (
        400, "InvalidNextTokenException", "The specified next token is not valid.")


def test_a_token_is_made_of_the_documented_characters() -> None:
    token = make_token(10**12, "a.domain-of_255")
    assert read_token(token, "a.domain-of_255") == 10**12
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=-")
    with pytest.raises(SimpleDBError, match="InvalidNextTokenException"):
        read_token(token, None)


# -- who asks ----------------------------------------------------------------------------------------------------------


def test_a_request_without_credentials_is_refused(asker: Asker) -> None:
    response = asker.engine.handle(Request("POST", "https://sdb.amazonaws.com/v2/ListExports", {}, b"{}"))
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (401, "AuthFailure")


def test_a_wrong_signature_is_refused_once_credentials_are_checked(tmp_path: Path) -> None:
    asker = Asker(tmp_path, accounts=Accounts([Credential("AKID", "secret", ACCOUNT)]))
    assert asker.ask("ListExports", key="AKID").error[:2] == (400, "IncompleteSignature")
    assert asker.ask("ListExports", key="other").error[:2] == (403, "InvalidClientTokenId")


def test_a_caller_exports_what_it_may(tmp_path: Path) -> None:
    may = Permissions((Statement(("sdb:StartDomainExport",), ("books",)),))
    asker = Asker(tmp_path, accounts=_Unsigned([Credential(ACCOUNT, "secret", ACCOUNT, may)]))
    asker.fill("books")
    asker.fill("films")
    arn = asker.start("books")
    for operation, members in (
        ("StartDomainExport", {"domainName": "films", "s3Bucket": "a-bucket"}), ("GetExport", {"exportArn": arn}),
        ("ListExports", {}),
    ):
        status, code, text = asker.ask(operation, **members).error
        assert (status, code) == (403, "AuthorizationFailure")
        assert f"(sdb:{operation})" in text


class _Unsigned(Accounts):
    """Permissions without signatures, which have tests of their own."""

    def identify_v4(self, request: Request, now: float) -> Any:
        from basicdb_mock.accounts import Caller

        (credential,) = self.credentials
        return Caller(credential.account, credential.access_key, credential.permissions)


# -- what else sees a call ---------------------------------------------------------------------------------------------


def test_calls_are_in_the_journal(asker: Asker) -> None:
    asker.start()
    asker.ask("GetExport", exportArn="x" * 20)
    first, second = asker.engine.journal
    assert (first.operation, first.domain, first.status, first.code) == ("StartDomainExport", "books", 200, None)
    assert first.given == {"DomainName": "books", "S3Bucket": "a-bucket"}
    assert (second.operation, second.status, second.code) == ("GetExport", 400, "InvalidParameterValueException")


def test_faults_meet_exports_too(asker: Asker) -> None:
    asker.engine.rehearsal.fail("StartDomainExport", "ServiceUnavailable", times=1)
    answer = asker.ask("StartDomainExport", **ORDER)
    assert answer.error[:2] == (503, "ServiceUnavailable")
    assert asker.ask("ListExports").told == {"exportSummaries": []}
    asker.start()
