"""What the ledger does not read from elsewhere: the parameters of each operation, and the sources of limits.

Sources: botocore's model of sdb 2009-04-15 (a test compares), and the guide of 2007 for Query and QueryWithAttributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from basicdb_mock.transcripts.transcript import Exchange, Transcript

_GUIDE = "https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/"
_GUIDE_2007 = "http://docs.amazonwebservices.com/AmazonSimpleDB/2007-11-07/DeveloperGuide/"
_ONLY_2007 = {"SDB_API_Query", "SDB_API_QueryWithAttributes"}

_ATTRIBUTES = ("Attribute.N.Name", "Attribute.N.Value")
_EXPECTED = ("Expected.Name", "Expected.Value", "Expected.Exists")
_NUMBERED_EXPECTED = ("Expected.N.Name", "Expected.N.Value", "Expected.N.Exists")
_BATCH = ("Item.N.ItemName", "Item.N.Attribute.N.Name", "Item.N.Attribute.N.Value")
_QUERY = ("DomainName", "QueryExpression", "MaxNumberOfItems", "NextToken")

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "BatchDeleteAttributes": ("DomainName", *_BATCH),
    "BatchPutAttributes": ("DomainName", *_BATCH, "Item.N.Attribute.N.Replace"),
    "CreateDomain": ("DomainName",),
    "DeleteAttributes": ("DomainName", "ItemName", *_ATTRIBUTES, *_EXPECTED, *_NUMBERED_EXPECTED),
    "DeleteDomain": ("DomainName",),
    "DomainMetadata": ("DomainName",),
    "GetAttributes": ("DomainName", "ItemName", "AttributeName", "AttributeName.N", "ConsistentRead"),
    "ListDomains": ("MaxNumberOfDomains", "NextToken"),
    "PutAttributes": (
        "DomainName", "ItemName", *_ATTRIBUTES, "Attribute.N.Replace", *_EXPECTED, *_NUMBERED_EXPECTED,
    ),
    "Query": _QUERY,
    "QueryWithAttributes": (*_QUERY, "AttributeName.N"),
    "Select": ("SelectExpression", "NextToken", "ConsistentRead"),
}  # fmt: skip
"""The parameters of each operation, lists with ``N`` for their numbers."""


EXPORTS: Mapping[str, tuple[str, ...]] = {
    "StartDomainExport": (
        "clientToken", "domainName", "s3Bucket", "s3KeyPrefix", "s3SseAlgorithm", "s3SseKmsKeyId", "s3BucketOwner",
    ),
    "GetExport": ("exportArn",),
    "ListExports": ("domainName", "maxResults", "nextToken"),
}  # fmt: skip
"""The operations of simpledbv2 and their parameters."""


def _always(transcript: Transcript, exchange: Exchange) -> bool:
    return exchange.call.action is not None


def _refusing(transcript: Transcript, exchange: Exchange) -> bool:
    return "credentials" in transcript.needs


def _versioned(number: str) -> Callable[[Transcript, Exchange], bool]:
    return lambda transcript, exchange: (
        "credentials" in transcript.needs and exchange.call.caller == f"owner{number}" and exchange.expect.status == 200
    )


REQUEST_PARAMETERS: Mapping[str, tuple[Callable[[Transcript, Exchange], bool], str]] = {
    "Action": (_always, "DG/SDB_API_ParametersDescription"),
    "Version": (_always, "DG/APIUsage"),
    "AWSAccessKeyId": (_refusing, "DG/HMACAuth"),
    "Signature": (_refusing, "DG/HMACAuth"),
    "SignatureMethod": (_versioned(""), "DG/HMACAuth"),
    "SignatureVersion 2": (_versioned(""), "DG/HMACAuth"),
    "SignatureVersion 1": (_versioned("-v1"), "DG/HMACAuth"),
    "SignatureVersion 0": (_versioned("-v0"), "DG/HMACAuth"),
    "Timestamp": (
        lambda transcript, exchange: bool(exchange.call.skew) or "Timestamp" in exchange.call.parameters,
        "DG/HMACAuth",
    ),
    "Expires": (lambda transcript, exchange: "Expires" in exchange.call.parameters, "DG/HMACAuth"),
    "SecurityToken": (lambda transcript, exchange: False, "DG/UsingTemporarySecurityCredentials_SDB"),
}
"""The parameters of every request: which exchanges show them, and the page that documents them."""

LIMIT_PROOFS: Mapping[str, tuple[str, ...]] = {
    "domains": ("DG/SDBLimits", "developer-guide/limits-of-domains#one-domain-more"),
    "domain_name_pattern": ("DG/SDBLimits", "aws-sdb/domain-names#too-short", "aws-sdb/domain-names#too-long"),
    "domain_attributes": ("DG/SDBLimits", "developer-guide/limits-of-domains#one-attribute-more"),
    "domain_bytes": ("DG/SDBLimits", "developer-guide/limits-of-domains#one-byte-more"),
    "item_attributes": ("DG/SDBLimits", "developer-guide/limits#one-more-in-the-item"),
    "name_bytes": ("DG/SDBLimits", "developer-guide/errors-of-names-and-values#long-value"),
    "submitted_attributes": ("DG/SDBLimits", "developer-guide/limits#257-attributes-in-a-call"),
    "submitted_items": ("php-sdb2/batches#batch-of-25-items", "developer-guide/limits#26-items-put", "DG/SDBLimits"),
    "request_bytes": ("DG/SDB_API_BatchPutAttributes",),
    "uri_bytes": ("assumed",),
    "request_parameters": ("assumed",),
    "listed_domains": ("aws-sdk-wp/list-domains-of-none#list", "developer-guide/limits#101-domains-listed"),
    "page_items": ("php-sdb2/select-pages#limit-2500", "developer-guide/limits#limit-2501", "DG/SDBLimits"),
    "default_page_items": ("php-sdb2/select-pages#default-page-of-100", "DG/SDB_API_Select"),
    "query_page_items": ("developer-guide/limits#251-items-of-a-query", "DG/SDB_API_Query"),
    "response_bytes": ("DG/SDBLimits",),
    "query_seconds": ("erlcloud/only-a-token#select", "DG/SDBLimits"),
    "requested_attributes": ("developer-guide/limits#257-attributes-selected", "DG/SDBLimits"),
    "comparisons": ("issues/too-many-value-tests#select", "developer-guide/limits#20-comparisons", "DG/SDBLimits"),
    "expression_depth": ("assumed",),
    "expression_bytes": ("assumed",),
    "exports_per_domain": ("DG/ExportConsiderations",),
    "exports_per_account": ("DG/ExportConsiderations",),
}
"""The source of each limit: an exchange, a page, or ``assumed``."""


def page_link(source: str) -> str:
    """A page of the guide as a link; any other source as it is."""
    if not source.startswith("DG/"):
        return source
    name = source[3:]
    return f"[{name}]({_GUIDE_2007 if name in _ONLY_2007 else _GUIDE}{name}.html)"
