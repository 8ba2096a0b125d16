"""The parameters of the export API, and the error for each invalid one (source: DG/APIError)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from basicdb_mock import errors
from basicdb_mock.exports.export import ExportArn, Order, parse_arn

_DOMAIN_CHARACTERS = re.compile(r"[A-Za-z0-9_.-]*")
_BUCKET = re.compile(r"[a-z0-9A-Z]+[.\-\w]*[a-z0-9A-Z]+", re.ASCII)  # source: the service model
_ACCOUNT = re.compile(r"[0-9]{12}")
_TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9_=-]*")
_KEY_CHARACTERS = re.compile(r"[A-Za-z0-9_:-]*")

LISTED_EXPORTS = 100


@dataclass(frozen=True, slots=True)
class ExportParameters:
    """The members of a request's body: strings and integers."""

    given: Mapping[str, str | int]

    def order(self) -> Order:
        """The parameters of StartDomainExport, except its token."""
        domain = self.domain_name(self._required("domainName"))
        bucket = self._bucket()
        prefix = self._measured("s3KeyPrefix", "S3KeyPrefix", 1, 850)
        encryption = self._text("s3SseAlgorithm")
        if encryption not in (None, "AES256", "KMS"):
            raise _invalid(encryption, "S3SseAlgorithm", "S3SseAlgorithm can only be AES256 or KMS.")
        key_id = self._key_id()
        if key_id is not None and encryption != "KMS":
            raise errors.KEY_WITHOUT_KMS()
        owner = self._text("s3BucketOwner")
        if owner is not None and not _ACCOUNT.fullmatch(owner):
            raise _invalid(owner, "S3BucketOwner", "S3BucketOwner must be a valid AWS account ID.")
        return Order(domain, bucket, prefix, encryption, key_id, owner)

    def client_token(self) -> str | None:
        """The idempotency token.  SDKs fill it in, so a request without one is accepted (docs/assumptions.md)."""
        token = self._measured("clientToken", "ClientToken", 1, 128)
        if token is not None and not all("!" <= character <= "~" for character in token):
            reason = "ClientToken must only contain ASCII characters in the range of 33-126, inclusive."
            raise _invalid(token, "ClientToken", reason)
        return token

    def export_arn(self) -> ExportArn:
        arn = self._required("exportArn")
        _check_length(arn, "ExportArn", 20, 2048)
        parts = parse_arn(arn)
        if parts is None:
            raise _invalid(arn, "ExportArn", "ExportArn must be a valid Amazon SimpleDB Domain Export ARN.")
        return parts

    def domain_filter(self) -> str | None:
        domain = self._text("domainName")
        return None if domain is None else self.domain_name(domain)

    def max_results(self) -> int:
        number = self.given.get("maxResults", LISTED_EXPORTS)
        if isinstance(number, str):
            raise errors.INVALID_HTTP_REQUEST(reason="maxResults must be a number")
        if not 1 <= number <= LISTED_EXPORTS:
            raise _invalid(number, "MaxResults", f"MaxResults must be between 1 and {LISTED_EXPORTS}.")
        return number

    def next_token(self) -> str | None:
        token = self._measured("nextToken", "NextToken", 1, 2048)
        if token is not None and not _TOKEN_CHARACTERS.fullmatch(token):
            reason = "NextToken must only contain letters, numbers, underscores, hyphens, and equals signs."
            raise _invalid(token, "NextToken", reason)
        return token

    def domain_name(self, name: str) -> str:
        _check_length(name, "DomainName", 3, 255)
        if not _DOMAIN_CHARACTERS.fullmatch(name):
            reason = "DomainName must only contain letters, numbers, underscores, periods, and hyphens."
            raise _invalid(name, "DomainName", reason)
        return name

    def _bucket(self) -> str:
        bucket = self._required("s3Bucket")
        _check_length(bucket, "S3BucketName", 3, 63)
        if not _BUCKET.fullmatch(bucket):
            raise _invalid(bucket, "S3BucketName", "S3BucketName must be a valid Amazon S3 bucket name.")
        return bucket

    def _key_id(self) -> str | None:
        key_id = self._measured("s3SseKmsKeyId", "S3SseKmsKeyId", 1, 2048)
        if key_id is not None and not _KEY_CHARACTERS.fullmatch(key_id):  # this excludes ARNs, which have a slash
            reason = "S3SseKmsKeyId must only contain letters, numbers, underscores, colons, and hyphens."
            raise _invalid(key_id, "S3SseKmsKeyId", reason)
        return key_id

    def _text(self, name: str) -> str | None:
        value = self.given.get(name)
        if isinstance(value, int):
            raise errors.INVALID_HTTP_REQUEST(reason=f"{name} must be a string")
        return value

    def _required(self, name: str) -> str:
        value = self._text(name)
        if value is None:
            raise errors.MISSING_PARAMETER(parameter=name)
        return value

    def _measured(self, name: str, shown: str, least: int, most: int) -> str | None:
        value = self._text(name)
        if value is not None:
            _check_length(value, shown, least, most)
        return value


def _check_length(value: str, parameter: str, least: int, most: int) -> None:
    if not least <= len(value) <= most:
        raise _invalid(value, parameter, f"{parameter} must be between {least} and {most} characters long.")


def _invalid(value: object, parameter: str, reason: str) -> errors.SimpleDBError:
    return errors.INVALID_EXPORT_PARAMETER(value=value, parameter=parameter, reason=reason)
