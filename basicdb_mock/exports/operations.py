"""StartDomainExport, GetExport and ListExports (sources: DG/SDB_API_<Operation>, the service model)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from basicdb_mock import errors
from basicdb_mock.exports.export import Export, ExportArn, Order, Status
from basicdb_mock.exports.parameters import ExportParameters
from basicdb_mock.exports.register import Exports
from basicdb_mock.operations.account import Account


class ExportOperation(Protocol):
    """An operation of the export API with its parameters read."""

    @property
    def domain(self) -> str | None:
        """The domain that the operation is about, ``None`` for all."""

    def run(self, account: Account, exports: Exports) -> Mapping[str, object]:
        """Run the operation; returns the members of the response.  Raises SimpleDBError."""


@dataclass(frozen=True, slots=True)
class StartDomainExport:
    order: Order
    token: str | None

    @classmethod
    def read(cls, parameters: ExportParameters) -> StartDomainExport:
        token = parameters.client_token()
        return cls(parameters.order(), token)

    @property
    def domain(self) -> str:
        return self.order.domain

    def run(self, account: Account, exports: Exports) -> Mapping[str, object]:
        export = exports.start(account, self.order, self.token)
        return {
            "clientToken": export.client_token,
            "exportArn": export.arn,
            "requestedAt": export.requested_at,
        }


@dataclass(frozen=True, slots=True)
class GetExport:
    arn: ExportArn

    @classmethod
    def read(cls, parameters: ExportParameters) -> GetExport:
        return cls(parameters.export_arn())

    @property
    def domain(self) -> str:
        return self.arn.domain

    def run(self, account: Account, exports: Exports) -> Mapping[str, object]:
        export = exports.get(account, self.arn.export)
        if (export.tenant, export.order.domain) != (self.arn.tenant, self.arn.domain):
            raise errors.NO_SUCH_EXPORT()
        return self._described(export, exports.status(export, account.clock.now()))

    @staticmethod
    def _described(export: Export, status: Status) -> Mapping[str, object]:
        order = export.order
        told: dict[str, object] = {
            "exportArn": export.arn,
            "clientToken": export.client_token,
            "exportStatus": status.value,
            "domainName": order.domain,
            "requestedAt": export.requested_at,
            "s3Bucket": order.bucket,
            "s3KeyPrefix": order.prefix,
            "s3SseAlgorithm": order.encryption,
            "s3SseKmsKeyId": order.key_id,
            "s3BucketOwner": order.bucket_owner,
            "exportDataCutoffTime": export.cutoff,
        }
        if export.outcome is not None and status is Status.SUCCEEDED:
            told |= {"exportManifest": export.manifest, "itemsCount": export.outcome.items}
        elif export.outcome is not None and export.outcome.failure is not None and status is Status.FAILED:
            failure = export.outcome.failure
            told |= {"failureCode": failure.code, "failureMessage": failure.template}
        return told


@dataclass(frozen=True, slots=True)
class ListExports:
    domain: str | None
    at_most: int
    after: int

    @classmethod
    def read(cls, parameters: ExportParameters) -> ListExports:
        domain, at_most, token = parameters.domain_filter(), parameters.max_results(), parameters.next_token()
        return cls(domain, at_most, 0 if token is None else read_token(token, domain))

    def run(self, account: Account, exports: Exports) -> Mapping[str, object]:
        found = exports.listed(account, self.domain, self.after, self.at_most + 1)
        page = found[: self.at_most]
        now = account.clock.now()
        summaries = [
            {
                "exportArn": export.arn,
                "exportStatus": exports.status(export, now).value,
                "requestedAt": export.requested_at,
                "domainName": export.order.domain,
            }
            for export in page
        ]
        token = make_token(page[-1].number, self.domain) if len(found) > self.at_most else None
        return {"exportSummaries": summaries, "nextToken": token}


class ExportAction(Protocol):
    """An operation of the export API before its parameters are read: its class."""

    def read(self, parameters: ExportParameters) -> ExportOperation:
        """Read and check the parameters.  Raises SimpleDBError."""


OPERATIONS: Mapping[str, ExportAction] = {
    "StartDomainExport": StartDomainExport,
    "GetExport": GetExport,
    "ListExports": ListExports,
}
"""The operations by name, which is the last part of their paths."""


def make_token(number: int, domain: str | None) -> str:
    """ListExports' token: the number of the last listed export, and the domain filter.  AWS's format is unknown."""
    return urlsafe_b64encode(f"{number}/{domain or ''}".encode()).decode()


def read_token(token: str, domain: str | None) -> int:
    """The number in a token.  Raises InvalidNextTokenException unless it was made for this domain filter."""
    try:
        number = int(urlsafe_b64decode(token).decode().partition("/")[0])
    except ValueError:
        raise errors.INVALID_EXPORTS_NEXT_TOKEN() from None
    if number < 1 or make_token(number, domain) != token:
        raise errors.INVALID_EXPORTS_NEXT_TOKEN()
    return number
