"""Exports as values: the request, the progress and the names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import NamedTuple

from basicdb_mock import errors
from basicdb_mock.errors import Error
from basicdb_mock.model import Tenant

MANIFEST_VERSION = "2025-11-01"


class Status(Enum):
    """The status of an export (source: DG/TrackingExportStatus)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Order:
    """The parameters of StartDomainExport.  Requests with the same client token must have equal ones."""

    domain: str
    bucket: str
    prefix: str | None = None
    encryption: str | None = None
    """``AES256``, ``KMS``, or ``None`` for the bucket's default."""
    key_id: str | None = None
    bucket_owner: str | None = None


FAILURES: Mapping[str, Error] = {
    row.code: row
    for row in (
        errors.EXPORT_TIMED_OUT, errors.KMS_ACCESS_DENIED, errors.KMS_DISABLED, errors.KMS_INVALID_KEY_USAGE,
        errors.KMS_INVALID_STATE, errors.KMS_NOT_FOUND, errors.S3_ACCESS_DENIED, errors.S3_ACCOUNT_PROBLEM,
        errors.S3_ALL_ACCESS_DISABLED, errors.S3_INVALID_BUCKET_OWNER, errors.S3_NO_SUCH_BUCKET,
        errors.S3_NOT_SIGNED_UP,
    )
}  # fmt: skip
"""The errors that an export can fail with, by code (source: DG/APIError)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an export ended: the number of items written, or why it failed."""

    items: int = 0
    failure: Error | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """One export, the ``number``-th that was requested.  Times are epoch seconds, to the millisecond.

    ``cutoff`` is when its processing began: it contains all items put before and none put after.  ``writer`` is the
    process that writes it, in attempt number ``attempts``.  The writer counts as alive until ``lease`` (epoch seconds
    of the machine's clock).
    """

    number: int
    id: str
    tenant: Tenant
    order: Order
    client_token: str
    requested_at: float
    cutoff: float | None = None
    outcome: Outcome | None = None
    attempts: int = 0
    writer: str | None = None
    lease: float = 0.0

    @property
    def arn(self) -> str:
        account, region = self.tenant
        return f"arn:aws:sdb:{region}:{account}:domain/{self.order.domain}/export/{self.id}"

    @property
    def folder(self) -> str:
        """The prefix of all its keys, without a trailing slash (source: DG/SDB_API_StartDomainExport)."""
        folder = f"AWSSimpleDB/{self.id}/{self.order.domain}"
        return folder if self.order.prefix is None else f"{self.order.prefix}/{folder}"

    @property
    def manifest(self) -> str:
        """The key of the file that is written last."""
        return f"{self.folder}/manifest-summary.json"


class ExportArn(NamedTuple):
    """The parts of an export's ARN."""

    tenant: Tenant
    domain: str
    export: str


_ARN = re.compile(r"arn:aws:sdb:([a-z0-9-]+):([^:/]+):domain/([A-Za-z0-9_.-]+)/export/([0-9a-f-]{36})")


def parse_arn(arn: str) -> ExportArn | None:
    """The parts of an export's ARN, or ``None`` if it is not one."""
    match = _ARN.fullmatch(arn)
    return ExportArn(Tenant(match[2], match[1]), match[3], match[4]) if match else None


def to_millisecond(seconds: float) -> float:
    """A time rounded down to the millisecond, so that it is never ahead of the clock."""
    return math.floor(seconds * 1000) / 1000


def iso_time(seconds: float) -> str:
    """A time as written in the manifest: ``2026-02-16T16:56:43.659Z``."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
