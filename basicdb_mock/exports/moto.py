"""moto's internals that exports need: whether its S3 is active in this process, and the state of its KMS keys.

Tested with moto 5.0 to 5.2; the canary is ``tests/exports/test_moto.py``.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from basicdb_mock import errors
from basicdb_mock.exports.export import Order
from basicdb_mock.exports.s3 import S3Target


def is_active() -> bool:
    """Whether ``mock_aws`` is active: then no request of a boto3 client created now leaves the process."""
    models = sys.modules.get("moto.core.models")
    stubber = getattr(models, "botocore_stubber", None)
    return bool(getattr(stubber, "enabled", False))


def moto_target(order: Order, region: str) -> S3Target:
    """moto's S3.  Raises the export's failure if KMS does not allow the key, which moto's S3 does not check."""
    if order.key_id is not None:
        _check_key(order.key_id, region)
    return S3Target(_client("s3", region), order, is_active)  # never reaches AWS if the mock has ended meanwhile


@lru_cache(maxsize=16)
def _client(service: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    # Ignore any endpoint that the user has configured: moto would let such requests pass.
    only_aws: dict[str, Any] = {"ignore_configured_endpoint_urls": True}
    config = Config(**only_aws)
    session: Any = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=region)
    return session.client(service, config=config)


def _check_key(key_id: str, region: str) -> None:
    from botocore.exceptions import ClientError

    try:
        key = _client("kms", region).describe_key(KeyId=key_id)["KeyMetadata"]
    except ClientError as problem:
        missing = problem.response["Error"]["Code"] == "NotFoundException"
        raise (errors.KMS_NOT_FOUND if missing else errors.KMS_ACCESS_DENIED)() from problem
    if key["KeyState"] == "Disabled":
        raise errors.KMS_DISABLED()
    if key["KeyState"] != "Enabled":
        raise errors.KMS_INVALID_STATE()
    if key.get("KeyUsage", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
        raise errors.KMS_INVALID_KEY_USAGE()
