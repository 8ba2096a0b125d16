"""Exporting to S3 through boto3: the endpoint, uploading files, and mapping errors to export failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from basicdb_mock import errors
from basicdb_mock.errors import Error, SimpleDBError
from basicdb_mock.exports.export import Order

AWS_S3 = "aws"
"""The endpoint for S3 itself, with the credentials that boto3 finds."""

_FAILURES: dict[str, Error] = {
    "404": errors.S3_NO_SUCH_BUCKET,
    "NoSuchBucket": errors.S3_NO_SUCH_BUCKET,
    "403": errors.S3_ACCESS_DENIED,
    "AccessDenied": errors.S3_ACCESS_DENIED,
    "InvalidAccessKeyId": errors.S3_ACCESS_DENIED,
    "SignatureDoesNotMatch": errors.S3_ACCESS_DENIED,
    "AccountProblem": errors.S3_ACCOUNT_PROBLEM,
    "AllAccessDisabled": errors.S3_ALL_ACCESS_DISABLED,
    "InvalidBucketOwnerAWSAccountID": errors.S3_INVALID_BUCKET_OWNER,
    "NotSignedUp": errors.S3_NOT_SIGNED_UP,
    "KMS.AccessDeniedException": errors.KMS_ACCESS_DENIED,
    "KMS.DisabledException": errors.KMS_DISABLED,
    "KMS.InvalidKeyUsageException": errors.KMS_INVALID_KEY_USAGE,
    "KMS.KMSInvalidStateException": errors.KMS_INVALID_STATE,
    "KMS.NotFoundException": errors.KMS_NOT_FOUND,
}
"""S3's error codes, including those it passes on from KMS (source: S3's "List of error codes")."""


class S3Target:
    """Objects of a bucket, uploaded through a boto3 client one file at a time; a file is buffered on disk.

    ``reachable`` is called before each upload; if it returns false, the export fails.
    """

    def __init__(self, client: Any, order: Order, reachable: Callable[[], bool] = lambda: True) -> None:
        self._client = client
        self._reachable = reachable
        self._settings = _put_settings(order)

    @contextmanager
    def writing(self, key: str) -> Iterator[IO[bytes]]:
        with TemporaryFile() as file:
            yield file
            file.seek(0)
            if not self._reachable():
                raise errors.EXPORT_TIMED_OUT()
            with failing_as_exports_do():
                self._client.put_object(Key=key, Body=file, **self._settings)


@contextmanager
def failing_as_exports_do() -> Iterator[None]:
    """Turn boto3's exceptions into the SimpleDBError that an export fails with."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as problem:
        raise _failure(problem.response.get("Error", {})) from problem
    except BotoCoreError as problem:  # no connection, no credentials
        raise errors.EXPORT_TIMED_OUT() from problem


def _failure(told: Mapping[str, Any]) -> SimpleDBError:
    row = _FAILURES.get(str(told.get("Code", "")), errors.EXPORT_TIMED_OUT)
    if row is errors.S3_ACCESS_DENIED and "kms:" in str(told.get("Message", "")):
        row = errors.KMS_ACCESS_DENIED  # S3 uses AccessDenied for this, too; its message names the action
    return row()


def _put_settings(order: Order) -> dict[str, str]:
    settings = {"Bucket": order.bucket, "ContentType": "application/json"}
    if order.encryption is not None:
        settings["ServerSideEncryption"] = "aws:kms" if order.encryption == "KMS" else order.encryption
    if order.key_id is not None:
        settings["SSEKMSKeyId"] = order.key_id
    if order.bucket_owner is not None:
        settings["ExpectedBucketOwner"] = order.bucket_owner
    return settings


def make_client(endpoint: str, region: str) -> Any:
    """A boto3 client for the S3 at ``endpoint`` (:data:`AWS_S3` for the real one), with the user's credentials.

    For any other endpoint, such as moto_server, it uses made-up credentials if the user has none.
    """
    import boto3
    from botocore.config import Config

    session: Any = boto3.Session(region_name=region)
    if endpoint == AWS_S3:
        return session.client("s3")
    made_up: dict[str, str] = {}
    if session.get_credentials() is None:
        made_up = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    config = Config(s3={"addressing_style": "path"}, connect_timeout=5, retries={"total_max_attempts": 3})
    return session.client("s3", endpoint_url=endpoint, config=config, **made_up)
