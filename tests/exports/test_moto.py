"""moto's insides are where we look for them, in every version of moto that we work with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from basicdb_mock.exports import moto as seam
from basicdb_mock.exports import read_export
from tests.exports.asking import BOOKS, Asker


def client(service: str) -> Any:
    session: Any = boto3.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")
    return session.client(service)


def test_moto_is_known_to_be_active() -> None:
    assert not seam.is_active()
    with mock_aws():
        assert seam.is_active()
        with mock_aws():
            assert seam.is_active()
        assert seam.is_active()
    assert not seam.is_active()


def test_files_go_to_motos_bucket_while_it_is_active() -> None:
    asker = Asker()
    asker.fill()
    with mock_aws():
        client("s3").create_bucket(Bucket="a-bucket")
        told = asker.get(asker.start())
        assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 2)
        assert dict(read_export("s3://a-bucket")) == BOOKS
    assert asker.status(asker.start()) == "SUCCEEDED"
    assert dict(read_export(asker.engine.exports.directory)) == BOOKS
    asker.engine.close()


@pytest.mark.parametrize(("change", "code"), [
    ("none", None), ("disable", "KmsDisabledException"), ("delete", "KmsInvalidStateException"),
    ("unknown", "KmsNotFoundException"),
])
def test_motos_kms_is_asked_about_the_key(change: str, code: str | None) -> None:
    asker = Asker()
    asker.fill()
    with mock_aws():
        client("s3").create_bucket(Bucket="a-bucket")
        kms = client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        if change == "disable":
            kms.disable_key(KeyId=key)
        elif change == "delete":
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        elif change == "unknown":
            key = "3eb4eaed-872b-4e08-b4b6-ff6999a83e01"
        told = asker.get(asker.start(s3SseAlgorithm="KMS", s3SseKmsKeyId=key))
        assert told.get("failureCode") == code
    asker.engine.close()


def test_a_kms_that_refuses_denies_access(monkeypatch: pytest.MonkeyPatch) -> None:
    def describe_key(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeKey")

    monkeypatch.setattr(seam, "_client", lambda service, region: SimpleNamespace(describe_key=describe_key))
    asker = Asker()
    asker.fill()
    with mock_aws():
        told = asker.get(asker.start(s3SseAlgorithm="KMS", s3SseKmsKeyId="key-1"))
    assert told["failureCode"] == "KmsAccessDeniedException"
    asker.engine.close()
