"""Signatures of the Query protocol: versions 0, 1 and 2 (source: DG/HMACAuth; versions 0 and 1 as boto signed them).

A signature is an HMAC, keyed with the secret, of a text that both sides can build from the request.  This module
builds those texts and compares signatures in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from basicdb_mock import errors

_METHODS = {"HmacSHA256": hashlib.sha256, "HmacSHA1": hashlib.sha1}
_DEFAULT_PORTS = (":80", ":443")


def percent_encoded(text: str) -> str:
    """Percent-encode by RFC 3986: only ``A-Za-z0-9-_.~`` stay as they are (source: DG/HMACAuth)."""
    return quote(text, safe="-_.~", errors="surrogatepass")


def sign(secret: str, text: str, method: str = "HmacSHA256") -> str:
    """The base64 of the HMAC of ``text``.  ``method`` is ``HmacSHA256`` or ``HmacSHA1``."""
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), _METHODS[method]).digest()
    return b64encode(digest).decode()


def text_v0(parameters: Mapping[str, str]) -> str:
    """The text that version 0 signs: the action and the time, and nothing else of the request."""
    return parameters.get("Action", "") + (parameters.get("Timestamp") or parameters.get("Expires", ""))


def text_v1(parameters: Mapping[str, str]) -> str:
    """The text that version 1 signs: names and values without separators, sorted by name ignoring case."""
    signed = sorted(_signed(parameters), key=lambda pair: pair[0].lower())
    return "".join(name + value for name, value in signed)


def text_v2(verb: str, host: str, path: str, parameters: Mapping[str, str]) -> str:
    """The text that version 2 signs: verb, lower-case host, path, and the encoded parameters in byte order."""
    query = "&".join(f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in sorted(_signed(parameters)))
    return f"{verb}\n{host.lower()}\n{path or '/'}\n{query}"


def verify(secret: str, verb: str, url: str, hosts: Iterable[str], parameters: Mapping[str, str]) -> None:
    """Check the signature in ``parameters``, which may have been made for any of ``hosts``.

    Raises IncompleteSignature for an unknown version or method, or SignatureDoesNotMatch.
    """
    given = parameters["Signature"]
    version = parameters.get("SignatureVersion", "0")  # clients of version 0 do not send it
    if version == "2":
        method = parameters.get("SignatureMethod", "")
        if method not in _METHODS:
            raise errors.INCOMPLETE_SIGNATURE()
        path = urlsplit(url).path
        expected = [sign(secret, text_v2(verb, host, path, parameters), method) for host in hosts]
    elif version in ("0", "1"):
        text = text_v0(parameters) if version == "0" else text_v1(parameters)
        expected = [sign(secret, text, "HmacSHA1")]
    else:
        raise errors.INCOMPLETE_SIGNATURE()
    if not matches(given, expected):
        raise errors.SIGNATURE_DOES_NOT_MATCH()


def matches(given: str, expected: Iterable[str]) -> bool:
    """Whether ``given`` is one of ``expected``, compared in constant time."""
    signature = given.encode("utf-8", "surrogatepass")
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(signature, candidate.encode())
    return found


def signed_hosts(headers: Mapping[str, str], url: str, trust_forwarded_host: bool) -> list[str]:
    """The hosts that a client may have signed: as sent, without the port, and with a default port.

    Clients differ in whether they sign the port; the service itself only uses the default ports.  The header
    ``X-Forwarded-Host``, which any client can send, only counts with ``trust_forwarded_host``.
    """
    named = [headers.get("host") or urlsplit(url).netloc]
    if trust_forwarded_host:
        named += headers.get("x-forwarded-host", "").split(",")
    hosts: list[str] = []
    for host in (name.strip().lower() for name in named):
        bare = without_port(host)
        hosts += [host, bare, *(bare + port for port in _DEFAULT_PORTS)]
    return list(dict.fromkeys(host for host in hosts if host))


def without_port(host: str) -> str:
    """``localhost`` for ``localhost:8080``; the brackets of an IPv6 address stay."""
    head, colon, port = host.rpartition(":")
    return head if colon and (port.isdigit() or not port) else host


def _signed(parameters: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in parameters.items() if name != "Signature")
