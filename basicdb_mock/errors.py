"""The error catalogue: one row per error, and the only place that defines codes, statuses and messages.

Call a row with the values of its placeholders to get the exception to raise::

    raise NO_SUCH_DOMAIN()
    raise WRONG_VALUE(name="a1", value="7", expected="6")

``basis`` says how we know the error: OBSERVED on the wire, DOCUMENTED by AWS, or ASSUMED (docs/assumptions.md).  Where
the wire and the documentation disagree, the catalogue follows the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Basis(Enum):
    """How we know a row."""

    OBSERVED = "observed"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


OBSERVED, DOCUMENTED, ASSUMED = Basis.OBSERVED, Basis.DOCUMENTED, Basis.ASSUMED


class SimpleDBError(Exception):
    """An error response of SimpleDB, with the code, message and HTTP status that a client sees.

    ``kind`` is its row of the catalogue.  The operation decides its BoxUsage.
    """

    def __init__(self, kind: Error, message: str) -> None:
        super().__init__(f"{kind.code}: {message}")
        self.kind = kind
        self.message = message

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def status(self) -> int:
        return self.kind.status


@dataclass(frozen=True, slots=True)
class Error:
    """A row of the catalogue.

    ``charged`` is false for errors that are raised before an operation runs, which have no BoxUsage (observed for
    authentication).  ``template`` has ``str.format`` placeholders.
    """

    code: str
    status: int
    template: str
    basis: Basis
    source: str
    charged: bool = True

    def __call__(self, **slots: object) -> SimpleDBError:
        return SimpleDBError(self, self.template.format_map(slots) if slots else self.template)


_API = "DG/APIError"

# -- who calls ---------------------------------------------------------------------------------------------------------
ACCESS_CREDENTIALS_MISSING = Error(
    "AuthFailure", 401, "AWS was not able to authenticate the request: access credentials are missing",
    OBSERVED, "inhabitedtype/ocaml-aws #26", charged=False)
AUTH_FAILURE = Error(
    "AuthFailure", 403, "AWS was not able to validate the provided access keys.", DOCUMENTED, _API, charged=False)
AUTH_MISSING_FAILURE = Error(
    "AuthMissingFailure", 403, "AWS was not able to authenticate the request: access keys are missing.",
    DOCUMENTED, _API, charged=False)
ACCESS_FAILURE = Error(
    "AccessFailure", 403, "Access to the resource {resource} is denied.", DOCUMENTED, _API, charged=False)
AUTHORIZATION_FAILURE = Error(
    "AuthorizationFailure", 403,
    "Session does not have permission to perform (sdb:{action}) on resource ({arn}). Contact account owner.",
    OBSERVED, "boto/boto tests/unit/test_exception.py")
INCOMPLETE_SIGNATURE = Error(
    "IncompleteSignature", 400, "The request signature does not conform to AWS standards.",
    DOCUMENTED, _API, charged=False)
INVALID_CLIENT_TOKEN_ID = Error(
    "InvalidClientTokenId", 403, "The AWS Access Key Id you provided does not exist in our records.",
    OBSERVED, "amazon-glacier-cmd-interface #125", charged=False)
SIGNATURE_DOES_NOT_MATCH = Error(
    "SignatureDoesNotMatch", 403,
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details.",
    OBSERVED, "ballerina-extended-library #575", charged=False)
REQUEST_EXPIRED = Error(
    "RequestExpired", 400, "Request has expired. {parameter} date is {date}", DOCUMENTED, _API, charged=False)
INVALID_TIMESTAMP = Error(
    "InvalidParameterValue", 400, "Value ({value}) for parameter {parameter} is invalid. Must be in ISO8601 format.",
    ASSUMED, "seen on a sister service: aws/aws-sdk-java #74", charged=False)
SIGNATURE_PARAMETER_MISSING = Error(
    "MissingParameter", 400, "The request must contain the parameter {parameter}",
    ASSUMED, "seen on a sister service: Exeu/Amazon-ECS-PHP-Library #31", charged=False)
INVALID_HTTP_AUTH_HEADER = Error(
    "InvalidHTTPAuthHeader", 400, "The HTTP authorization header is bad, use {correct_format}.",
    DOCUMENTED, _API, charged=False)

# -- what was asked ----------------------------------------------------------------------------------------------------
MISSING_ACTION = Error(
    "MissingAction", 400, "No action was supplied with this request.", DOCUMENTED, _API, charged=False)
INVALID_ACTION = Error(
    "InvalidAction", 400, "The action {action} is not valid for this web service.", DOCUMENTED, _API, charged=False)
NO_SUCH_VERSION = Error(
    "NoSuchVersion", 400, "The requested version ({version}) of service AmazonSimpleDB does not exist.",
    DOCUMENTED, _API, charged=False)
INVALID_SERVICE = Error(
    "InvalidService", 400, "The Web Service {service} does not exist.", DOCUMENTED, _API, charged=False)
INVALID_HTTP_REQUEST = Error(
    "InvalidHttpRequest", 400, "The HTTP request is invalid. Reason: {reason}.", DOCUMENTED, _API, charged=False)
UNSUPPORTED_HTTP_VERB = Error(
    "UnsupportedHttpVerb", 400, "The requested HTTP verb is not supported: {verb}.", DOCUMENTED, _API, charged=False)
INVALID_URI = Error("InvalidURI", 400, "The URI {uri} is not valid.", DOCUMENTED, _API, charged=False)
URI_TOO_LONG = Error(
    "URITooLong", 400, "The URI exceeded the maximum limit of {limit}.", DOCUMENTED, _API, charged=False)
INVALID_RESPONSE_GROUPS = Error(
    "InvalidResponseGroups", 400, "The following response groups are invalid: {groups}.", DOCUMENTED, _API)
INVALID_WSDL_VERSION = Error(
    "InvalidWSDLVersion", 400,
    "Parameter ({parameter}) is only supported in WSDL version 2009-04-15 or beyond. Please upgrade to new version",
    DOCUMENTED, _API)
INVALID_PARAMETER_COMBINATION = Error(
    "InvalidParameterCombination", 400, "The parameter {first} cannot be used with the parameter {second}.",
    DOCUMENTED, _API)
FEATURE_DEPRECATED = Error(
    "FeatureDeprecated", 400, "The replace flag must be specified per attribute, not per item.", DOCUMENTED, _API)
NOT_YET_IMPLEMENTED = Error(
    "NotYetImplemented", 401, "Feature {feature} is not yet available.", DOCUMENTED, _API)

# -- parameters --------------------------------------------------------------------------------------------------------
MISSING_PARAMETER = Error(
    "MissingParameter", 400, "The request must contain the parameter {parameter}", OBSERVED,
    "Java SDK v2 AwsXmlErrorProtocolUnmarshaller; Windows Phone SDK tests")
NO_ATTRIBUTES = Error("MissingParameter", 400, "No attributes", OBSERVED, "adamkittelson/simplex")
NO_ATTRIBUTES_FOR_ITEM = Error(
    "MissingParameter", 400, "No attributes for item ='{item}'.", DOCUMENTED, _API)
NO_ITEMS = Error("MissingParameter", 400, "No items specified", OBSERVED, "aws/aws-sdk-ruby #3012")
ATTRIBUTE_VALUE_MISSING = Error(
    "MissingParameter", 400, "Attribute.Value missing for Attribute.Name='{name}'.", DOCUMENTED, _API)
ATTRIBUTE_NAME_MISSING = Error(
    "MissingParameter", 400, "Attribute.Name missing for Attribute.Value='{value}'.", DOCUMENTED, _API)
VALUE_WITHOUT_NAME = Error(
    "MissingParameter", 400,
    "The request must contain the attribute Name, if an attribute Value is specified.",
    DOCUMENTED, "DG/SDB_API_DeleteAttributes")
INVALID_DOMAIN_NAME = Error(
    "InvalidParameterValue", 400, "Value ({value}) for parameter DomainName is invalid. ", OBSERVED,
    "aws-sdk-ios SimpleDB tests")  # the trailing space is on the wire
INVALID_MAX_DOMAINS = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter MaxNumberOfDomains is invalid. MaxNumberOfDomains must be between 1 and {limit}",
    OBSERVED, "Windows Phone SDK tests")  # no final period on the wire, unlike in the guide
INVALID_MAX_ITEMS = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter MaxNumberOfItems is invalid. MaxNumberOfItems must be between 1 and {limit}.",
    DOCUMENTED, _API)
VALUE_TOO_LONG = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter {parameter} is invalid. Value exceeds maximum length of {limit}.",
    DOCUMENTED, _API)
ITEM_NAME_TOO_LONG = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter Item is invalid. Value exceeds max length of {limit}.",
    DOCUMENTED, "DG/SDB_API_PutAttributes")
EMPTY_ATTRIBUTE_NAME = Error(
    "InvalidParameterValue", 400,
    "Value () for parameter Name is invalid.The empty string is an illegal attribute name", DOCUMENTED, _API)
EMPTY_ITEM_NAME = Error(
    "InvalidParameterValue", 400,
    "Value () for parameter ItemName is invalid. The empty string is an illegal item name", ASSUMED,
    "DG/SDB_API_BatchPutAttributes")
INVALID_REPLACE = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter Replace is invalid. The Replace flag should be either true or false.",
    DOCUMENTED, _API)
INVALID_EXISTS = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter Expected.Exists is invalid. Expected.Exists should be either true or false.",
    DOCUMENTED, _API)
INVALID_CONSISTENT_READ = Error(
    "InvalidParameterValue", 400,
    "Value ({value}) for parameter ConsistentRead is invalid. "
    "The ConsistentRead flag should be either true or false.",
    DOCUMENTED, _API)
DUPLICATE_ITEM_NAME = Error(
    "DuplicateItemName", 400, "Item {item} was specified more than once.", DOCUMENTED, _API)

# -- conditions --------------------------------------------------------------------------------------------------------
MULTIPLE_EXPECTED_NAMES = Error(
    "MultipleExpectedNames", 400, "Only one Expected.Name can be specified", DOCUMENTED, _API)
MULTIPLE_EXPECTED_VALUES = Error(
    "MultipleExpectedValues", 400, "Only one Expected.Value can be specified", DOCUMENTED, _API)
MULTIPLE_EXISTS_CONDITIONS = Error(
    "MultipleExistsConditions", 400, "Only one Exists condition can be specified", DOCUMENTED, _API)
EXISTS_AND_EXPECTED_VALUE = Error(
    "ExistsAndExpectedValue", 400, "Expected.Exists=false and Expected.Value cannot be specified together",
    DOCUMENTED, _API)
INCOMPLETE_EXPECTED_VALUES = Error(
    "IncompleteExpectedValues", 400,
    "If Expected.Exists = True or unspecified, then Expected.Value has to be specified", OBSERVED, "g-g/php-sdb2")
ATTRIBUTE_DOES_NOT_EXIST = Error(
    "AttributeDoesNotExist", 404, "Attribute ({name}) does not exist", OBSERVED, "cemerick/rummage")
VALUE_EXISTS = Error(
    "ConditionalCheckFailed", 409, "Conditional check failed. Attribute ({name}) value exists",
    OBSERVED, "cemerick/rummage")
WRONG_VALUE = Error(
    "ConditionalCheckFailed", 409,
    "Conditional check failed. Attribute ({name}) value is ({value}) but was expected ({expected})",
    OBSERVED, "g-g/php-sdb2")
MULTI_VALUED_ATTRIBUTE = Error(
    "MultiValuedAttribute", 409,
    "Attribute ({name}) is multi-valued. Conditional check can only be performed on a single-valued attribute",
    DOCUMENTED, _API)

# -- limits ------------------------------------------------------------------------------------------------------------
NUMBER_DOMAINS_EXCEEDED = Error(
    "NumberDomainsExceeded", 409, "The domain limit was exceeded.", DOCUMENTED, _API)
NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED = Error(
    "NumberDomainAttributesExceeded", 409, "Too many attributes in this domain.", DOCUMENTED, _API)
NUMBER_DOMAIN_BYTES_EXCEEDED = Error(
    "NumberDomainBytesExceeded", 409, "Too many bytes in this domain.", DOCUMENTED, _API)
NUMBER_ITEM_ATTRIBUTES_EXCEEDED = Error(
    "NumberItemAttributesExceeded", 409, "Too many attributes in this item.", DOCUMENTED, _API)
NUMBER_SUBMITTED_ATTRIBUTES_EXCEEDED = Error(
    "NumberSubmittedAttributesExceeded", 409, "Too many attributes in a single call.", DOCUMENTED, _API)
NUMBER_SUBMITTED_ATTRIBUTES_FOR_ITEM_EXCEEDED = Error(
    "NumberSubmittedAttributesExceeded", 409,
    "Too many attributes for item {item} in a single call. Up to {limit} attributes per call allowed.",
    DOCUMENTED, _API)
NUMBER_SUBMITTED_ITEMS_EXCEEDED = Error(
    "NumberSubmittedItemsExceeded", 409,
    "Too many items in a single call. Up to {limit} items per call allowed.", DOCUMENTED, _API)

# -- Select and Query --------------------------------------------------------------------------------------------------
INVALID_QUERY_EXPRESSION = Error(
    "InvalidQueryExpression", 400, "The specified query expression syntax is not valid.", OBSERVED,
    "Netflix/SimianArmy #56")
INVALID_SORT_EXPRESSION = Error(
    "InvalidSortExpression", 400,
    "Invalid sort expression. The sort attribute must be present in at least one of the predicates, and the predicate "
    "cannot contain the is null operator.",
    OBSERVED, "appoxy/simplejpa #20; squidfunk/isotopes #661")
INVALID_NUMBER_PREDICATES = Error(
    "InvalidNumberPredicates", 400, "Too many predicates in the query expression.", DOCUMENTED, _API)
INVALID_NUMBER_VALUE_TESTS = Error(
    "InvalidNumberValueTests", 400, "Too many value tests per predicate in the query expression.", OBSERVED,
    "lensingwikipedia #26")
INVALID_LITERAL = Error(
    "InvalidLiteral", 400, "Illegal literal in the filter expression.", DOCUMENTED, _API)
TOO_MANY_REQUESTED_ATTRIBUTES = Error(
    "TooManyRequestedAttributes", 400, "Too many attributes requested.", DOCUMENTED, _API)
INVALID_NEXT_TOKEN = Error(
    "InvalidNextToken", 400, "The specified next token is not valid.", OBSERVED, "appoxy/simple_record #15")
UNSUPPORTED_NEXT_TOKEN = Error(
    "UnsupportedNextToken", 400,
    "The specified next token is no longer supported. Please resubmit your query.", DOCUMENTED, _API)
REQUEST_TIMEOUT = Error(
    "RequestTimeout", 408,
    "A timeout occurred when attempting to query domain {domain} with query expression {expression}. "
    "BoxUsage [{box_usage}]",
    DOCUMENTED, "the service model; DG/APIError calls it QueryTimeout")

# -- state -------------------------------------------------------------------------------------------------------------
NO_SUCH_DOMAIN = Error(
    "NoSuchDomain", 400, "The specified domain does not exist.", OBSERVED, "toil #1715, #1718")
DELETE_CONFLICT = Error(
    "DeleteConflictException", 409, "Cannot delete domain due to a PENDING or IN_PROGRESS export.", DOCUMENTED, _API)
INTERNAL_ERROR = Error(
    "InternalError", 500, "Request could not be executed due to an internal service error.", DOCUMENTED, _API,
    charged=False)
SERVICE_UNAVAILABLE = Error(
    "ServiceUnavailable", 503,
    "Service AmazonSimpleDB is currently unavailable. Please try again later", OBSERVED, "rjrodger/simpledb",
    charged=False)
SERVICE_BUSY = Error(
    "ServiceUnavailable", 503,
    "Service Amazon SimpleDB is busy handling other requests, likely due to too many simultaneous requests. "
    "Consider reducing the frequency of your requests, and try again.",
    DOCUMENTED, _API, charged=False)

# -- exports (simpledbv2) ----------------------------------------------------------------------------------------------
# Where DG/APIError differs, names and statuses follow the service model, as SDKs do (docs/assumptions.md).
CONFLICT = Error(
    "ConflictException", 400, "Idempotent request failed due to parameter mismatch.", DOCUMENTED, _API, charged=False)
INVALID_EXPORTS_NEXT_TOKEN = Error(
    "InvalidNextTokenException", 400, "The specified next token is not valid.", DOCUMENTED, _API, charged=False)
KEY_WITHOUT_KMS = Error(
    "InvalidParameterCombinationException", 400,
    "Parameter S3SseKmsKeyId must be provided only when S3SseAlgorithm is KMS.", DOCUMENTED, _API, charged=False)
INVALID_EXPORT_PARAMETER = Error(
    "InvalidParameterValueException", 400, "Value ({value}) for parameter {parameter} is invalid. {reason}",
    DOCUMENTED, _API, charged=False)
NO_SUCH_DOMAIN_TO_EXPORT = Error(
    "NoSuchDomainException", 400, "The specified domain does not exist.", DOCUMENTED, _API, charged=False)
NO_SUCH_EXPORT = Error(
    "NoSuchExportException", 400, "The specified export does not exist.", DOCUMENTED, _API, charged=False)
NUMBER_EXPORTS_LIMIT_EXCEEDED = Error(
    "NumberExportsLimitExceeded", 409, "The export limit was exceeded.", DOCUMENTED, _API, charged=False)

# The failureCode and failureMessage of GetExport for a failed export.
EXPORT_TIMED_OUT = Error(
    "ExportTimedOut", 500, "The export operation timed out and could not be completed. Try again.", DOCUMENTED, _API)
KMS_ACCESS_DENIED = Error(
    "KmsAccessDeniedException", 400,
    "An error occurred during the export. Access to the specified KMS key is denied.", DOCUMENTED, _API)
KMS_DISABLED = Error(
    "KmsDisabledException", 400, "An error occurred during the export. The specified KMS key is disabled.",
    DOCUMENTED, _API)
KMS_INVALID_KEY_USAGE = Error(
    "KmsInvalidKeyUsageException", 400,
    "An error occurred during the export. The expected KMS key usage is ENCRYPT_DECRYPT.", DOCUMENTED, _API)
KMS_INVALID_STATE = Error(
    "KmsInvalidStateException", 400,
    "An error occurred during the export. The specified KMS key is in an invalid state.", DOCUMENTED, _API)
KMS_NOT_FOUND = Error(
    "KmsNotFoundException", 400, "An error occurred during the export. The specified KMS key does not exist.",
    DOCUMENTED, _API)
S3_ACCESS_DENIED = Error(
    "S3AccessDenied", 403, "Export failed due to insufficient access to the Amazon S3 bucket.", DOCUMENTED, _API)
S3_ACCOUNT_PROBLEM = Error(
    "S3AccountProblem", 403, "Export failed due to a problem with your AWS account.", DOCUMENTED, _API)
S3_ALL_ACCESS_DISABLED = Error(
    "S3AllAccessDisabled", 403, "Export failed due to insufficient access to the Amazon S3 bucket.", DOCUMENTED, _API)
S3_INVALID_BUCKET_OWNER = Error(
    "S3InvalidBucketOwnerAWSAccountID", 403, "Export failed due to insufficient access to the Amazon S3 bucket.",
    DOCUMENTED, _API)
S3_NO_SUCH_BUCKET = Error(
    "S3NoSuchBucket", 404,
    "An error occurred during the export. The specified Amazon S3 bucket does not exist.", DOCUMENTED, _API)
S3_NOT_SIGNED_UP = Error(
    "S3NotSignedUp", 403, "Export failed due to a problem with your AWS account.", DOCUMENTED, _API)

CATALOGUE: dict[str, Error] = {
    name: value for name, value in sorted(globals().items()) if isinstance(value, Error)
}
"""All rows by their names in this module."""


def error_named(error: Error | str) -> Error:
    """A row of the catalogue, given the row itself, its name (``SERVICE_BUSY``) or its code (``ServiceUnavailable``).

    If several rows share a code, the first observed one in order of name is returned, or the first if none was
    observed.  Raises :class:`ValueError` for an unknown error.
    """
    if isinstance(error, Error):
        return error
    row = CATALOGUE.get(error)
    if row is not None:
        return row
    rows = [row for row in CATALOGUE.values() if row.code == error]
    if not rows:
        codes = sorted({row.code for row in CATALOGUE.values()})
        raise ValueError(f"unknown error {error!r}; choose from: {', '.join(codes)}")
    return min(rows, key=lambda row: row.basis is not OBSERVED)
