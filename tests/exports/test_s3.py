"""Over HTTP: the server, moto_server as its S3, and an S3 that refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports import ExportSettings, read_export
from basicdb_mock.exports.s3 import failing_as_exports_do
from basicdb_mock.server.running import RunningServer
from tests.exports.asking import Asker, needs_simpledbv2

CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto_server: str) -> Any:
    client: Any = boto3.client("s3", endpoint_url=moto_server, **CREDENTIALS)  # type: ignore[call-overload]
    client.create_bucket(Bucket="a-bucket")
    return client


@needs_simpledbv2
def test_the_server_exports_into_an_s3_over_http(moto_server: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    engine = Engine(exports=ExportSettings(s3_endpoint=moto_server, in_background=True))
    with RunningServer(engine) as server:
        sdb, exports = (
            boto3.client(service, endpoint_url=server.url, **CREDENTIALS)  # type: ignore[call-overload]
            for service in ("sdb", "simpledbv2")
        )
        sdb.create_domain(DomainName="books")
        for number in range(3):
            sdb.put_attributes(DomainName="books", ItemName=f"i{number}", Attributes=[{"Name": "a", "Value": "\x00é"}])
        arn = exports.start_domain_export(domainName="books", s3Bucket="a-bucket", s3KeyPrefix="over-http")["exportArn"]
        exports.get_waiter("export_succeeded").wait(exportArn=arn, WaiterConfig={"Delay": 0})
        assert exports.get_export(exportArn=arn)["itemsCount"] == 3
        assert [summary["exportArn"] for summary in exports.list_exports()["exportSummaries"]] == [arn]
        with pytest.raises(exports.exceptions.NoSuchDomainException):
            exports.start_domain_export(domainName="none", s3Bucket="a-bucket")
        exported = read_export("s3://a-bucket/over-http", s3_endpoint=moto_server)
        assert dict(exported) == {f"i{number}": {"a": "\x00é"} for number in range(3)}
        arn = exports.start_domain_export(domainName="books", s3Bucket="no-such-bucket")["exportArn"]
        assert exports.get_export(exportArn=arn)["failureCode"] == "S3NoSuchBucket"
    engine.close()


# -- an S3 that refuses ------------------------------------------------------------------------------------------------


class Refusing(ThreadingHTTPServer):
    """An S3 that answers everything with one error."""

    daemon_threads = True
    refusal: tuple[int, str, str] = (500, "InternalError", "")
    asked: list[dict[str, str]]


class _Refusal(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        server = self.server
        assert isinstance(server, Refusing)
        server.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, code, message = server.refusal
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    server = Refusing(("127.0.0.1", 0), _Refusal)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


INSUFFICIENT = "Export failed due to insufficient access to the Amazon S3 bucket."
ACCOUNT_PROBLEM = "Export failed due to a problem with your AWS account."
DURING = "An error occurred during the export. "


REFUSALS = [
    ((403, "AccessDenied", "Access Denied"), "S3AccessDenied", INSUFFICIENT),
    ((403, "AccessDenied", "not authorized to perform: kms:GenerateDataKey"), "KmsAccessDeniedException",
     f"{DURING}Access to the specified KMS key is denied."),
    ((403, "AccountProblem", ""), "S3AccountProblem", ACCOUNT_PROBLEM),
    ((403, "AllAccessDisabled", ""), "S3AllAccessDisabled", INSUFFICIENT),
    ((403, "InvalidBucketOwnerAWSAccountID", ""), "S3InvalidBucketOwnerAWSAccountID", INSUFFICIENT),
    ((403, "NotSignedUp", ""), "S3NotSignedUp", ACCOUNT_PROBLEM),
    ((404, "NoSuchBucket", ""), "S3NoSuchBucket", f"{DURING}The specified Amazon S3 bucket does not exist."),
    ((400, "KMS.DisabledException", ""), "KmsDisabledException", f"{DURING}The specified KMS key is disabled."),
    ((400, "KMS.NotFoundException", ""), "KmsNotFoundException", f"{DURING}The specified KMS key does not exist."),
    ((400, "KMS.KMSInvalidStateException", ""), "KmsInvalidStateException",
     f"{DURING}The specified KMS key is in an invalid state."),
    ((400, "KMS.InvalidKeyUsageException", ""), "KmsInvalidKeyUsageException",
     f"{DURING}The expected KMS key usage is ENCRYPT_DECRYPT."),
    ((400, "SomethingElse", ""), "ExportTimedOut",
     "The export operation timed out and could not be completed. Try again."),
]


@pytest.mark.parametrize(("refusal", "code", "message"), REFUSALS)
def test_each_error_of_s3_has_its_failure_code(refusal: tuple[int, str, str], code: str, message: str) -> None:
    status, name, text = refusal
    response: Any = {"Error": {"Code": name, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(SimpleDBError) as failed, failing_as_exports_do():
        raise ClientError(response, "PutObject")
    assert (failed.value.code, failed.value.message) == (code, message)


@pytest.mark.parametrize(("refusal", "code", "message"), REFUSALS[:2] + REFUSALS[-1:])
def test_what_s3_refuses_fails_the_export(
    refusing: Refusing, refusal: tuple[int, str, str], code: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    refusing.refusal = refusal
    asker = Asker(s3_endpoint=f"http://127.0.0.1:{refusing.server_port}")
    asker.fill()
    told = asker.get(asker.start(
        s3SseAlgorithm="KMS", s3SseKmsKeyId="key-1", s3BucketOwner="111122223333"))
    assert (told["exportStatus"], told["failureCode"], told["failureMessage"]) == ("FAILED", code, message)
    (asked,) = refusing.asked
    assert asked["x-amz-expected-bucket-owner"] == "111122223333"
    assert asked["x-amz-server-side-encryption"] == "aws:kms"
    assert asked["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"


def test_an_endpoint_without_credentials_is_asked_with_made_up_ones(
    refusing: Refusing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    refusing.refusal = (404, "NoSuchBucket", "")
    asker = Asker(s3_endpoint=f"http://127.0.0.1:{refusing.server_port}")
    asker.fill()
    assert asker.get(asker.start())["failureCode"] == "S3NoSuchBucket"
    assert "Credential=testing/" in refusing.asked[0]["authorization"]
