"""rest-json, the protocol of the export API: ``POST /v2/<Operation>`` with a JSON object, answered with another.

The name of an error is in the header ``x-amzn-ErrorType``, the protocol's default; no capture shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from basicdb_mock import errors
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import Limits
from basicdb_mock.wire.message import Request

PREFIX = "/v2/"


def path_of(request: Request) -> str:
    """The path of a request's URL; empty if the URL is invalid."""
    try:
        return urlsplit(request.url).path
    except ValueError:
        return ""


def is_rest_json(request: Request) -> bool:
    """Whether a request is for the export API."""
    return PREFIX in request.url and path_of(request).startswith(PREFIX)


def read_operation(request: Request, limits: Limits) -> str:
    """The operation that a request names.  Raises UnsupportedHttpVerb, URITooLong or InvalidHttpRequest."""
    if request.method != "POST":
        raise errors.UNSUPPORTED_HTTP_VERB(verb=request.method)
    if len(request.url) > limits.uri_bytes:
        raise errors.URI_TOO_LONG(limit=limits.uri_bytes)
    if len(request.body) > limits.request_bytes:
        raise errors.INVALID_HTTP_REQUEST(reason=f"The request body exceeds {limits.request_bytes} bytes")
    return path_of(request)[len(PREFIX) :]


def read_members(body: bytes) -> dict[str, str | int]:
    """The members of a body, which must be strings or integers; nulls are left out.  Raises InvalidHttpRequest."""
    try:
        members = json.loads(body.decode()) if body.strip() else {}
    except (ValueError, RecursionError):
        raise errors.INVALID_HTTP_REQUEST(reason="The request body is not valid JSON") from None
    if not isinstance(members, dict):
        raise errors.INVALID_HTTP_REQUEST(reason="The request body is not a JSON object")
    given: dict[str, str | int] = {}
    for name, value in members.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise errors.INVALID_HTTP_REQUEST(reason=f"{name} must be a string or a number")
        if isinstance(value, str) and not value.isascii():
            _check_encodable(name, value)
        given[name] = value
    return given


def _check_encodable(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write and UTF-8 cannot
        raise errors.INVALID_HTTP_REQUEST(reason=f"{name} is not valid Unicode") from None


def headers(request_id: str, error: SimpleDBError | None) -> dict[str, str]:
    """The headers of a response."""
    told = {"Content-Type": "application/json", "x-amzn-RequestId": request_id, "Server": "Amazon SimpleDB"}
    if error is not None:
        told["x-amzn-ErrorType"] = error.code
    return told


def render(result: Mapping[str, object]) -> bytes:
    """The body of a successful response; members that are ``None`` are left out."""
    return json.dumps({name: value for name, value in result.items() if value is not None}).encode()


def render_error(error: SimpleDBError) -> bytes:
    """The body of an error response."""
    return json.dumps({"message": error.message}).encode()
