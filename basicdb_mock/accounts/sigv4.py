"""Signature version 4, which the export API uses (rest-json; signing name ``sdb``).

Source: AWS General Reference, "Signature Version 4 signing process".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from basicdb_mock import errors
from basicdb_mock.accounts.signatures import matches, percent_encoded, signed_hosts
from basicdb_mock.wire.message import Request

SERVICE = "sdb"
_ALGORITHM = "AWS4-HMAC-SHA256"
_PART = re.compile(r"\s*(Credential|SignedHeaders|Signature)=([^,\s]+)\s*")


class Authorization(NamedTuple):
    """The contents of a version 4 Authorization header."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def parse_authorization(header: str) -> Authorization:
    """Parse the header.  Raises IncompleteSignature if it is not a version 4 header."""
    algorithm, _, rest = header.strip().partition(" ")
    found = [_PART.fullmatch(part) for part in rest.split(",")]
    parts = {match[1]: match[2] for match in found if match}
    credential = parts.get("Credential", "").rsplit("/", 4)
    if algorithm != _ALGORITHM or len(parts) != 3 or None in found or len(credential) != 5:
        raise errors.INCOMPLETE_SIGNATURE()
    access_key, date, region, service, terminator = credential
    names = tuple(parts["SignedHeaders"].lower().split(";"))
    if terminator != "aws4_request" or service != SERVICE or not access_key or "host" not in names:
        raise errors.INCOMPLETE_SIGNATURE()
    return Authorization(access_key, date, region, service, names, parts["Signature"])


def verify(secret: str, authorization: Authorization, request: Request, trust_forwarded_host: bool = False) -> None:
    """Check the signature of a request.

    Raises IncompleteSignature if the request lacks a header that it claims to have signed, or SignatureDoesNotMatch.
    """
    stamp = request.headers.get("x-amz-date", "")
    if not stamp.startswith(authorization.date) or any(
        name not in request.headers for name in authorization.signed_headers if name != "host"
    ):
        raise errors.INCOMPLETE_SIGNATURE()
    key = _signing_key(secret, authorization)
    expected = []
    for host in signed_hosts(request.headers, request.url, trust_forwarded_host):
        canonical = canonical_request(request, {**request.headers, "host": host}, authorization.signed_headers)
        text = f"{_ALGORITHM}\n{stamp}\n{authorization.scope}\n{_digest(canonical)}"
        expected.append(hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest())
    if not matches(authorization.signature, expected):
        raise errors.SIGNATURE_DOES_NOT_MATCH()


def canonical_request(request: Request, headers: Mapping[str, str], signed: tuple[str, ...]) -> str:
    """The canonical request; the body is hashed here, whatever a header claims."""
    url = urlsplit(request.url)
    query = sorted(
        (percent_encoded(name), percent_encoded(value)) for name, value in parse_qsl(url.query, keep_blank_values=True)
    )
    lines = [
        request.method,
        quote(url.path or "/", safe="/-_.~", errors="surrogatepass"),
        "&".join(f"{name}={value}" for name, value in query),
        *(f"{name}:{' '.join(headers[name].split())}" for name in signed),
        "",
        ";".join(signed),
        hashlib.sha256(request.body).hexdigest(),
    ]
    return "\n".join(lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signing_key(secret: str, authorization: Authorization) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (authorization.date, authorization.region, authorization.service, "aws4_request"):
        key = hmac.new(key, part.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return key
