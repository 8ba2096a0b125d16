"""Signatures of the Query protocol: versions 0, 1 and 2 (source: DG/HMACAuth; versions 0 and 1 as boto signed them).

A signature is an HMAC, keyed with the secret, of a text that both sides can build from the request.  What follows
builds those texts; :func:`matches` compares in constant time.
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
    """RFC 3986 as the service has it: only ``A-Za-z0-9-_.~`` stay as they are."""
    return quote(text, safe="-_.~", errors="surrogatepass")


def sign(secret: str, text: str, method: str = "HmacSHA256") -> str:
    """The base64 of the HMAC of ``text``.  ``method`` is ``HmacSHA256`` or ``HmacSHA1``."""
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), _METHODS[method]).digest()
    return b64encode(digest).decode()


def text_v0(parameters: Mapping[str, str]) -> str:
    """What version 0 signs: the action and the time, and nothing else of the request."""
    return parameters.get("Action", "") + (parameters.get("Timestamp") or parameters.get("Expires", ""))


def text_v1(parameters: Mapping[str, str]) -> str:
    """What version 1 signs: names and values run together, in the order of the names ignoring case."""
    signed = sorted(_signed(parameters), key=lambda pair: pair[0].lower())
    return "".join(name + value for name, value in signed)


def text_v2(verb: str, host: str, path: str, parameters: Mapping[str, str]) -> str:
    """What version 2 signs: the verb, the host in lower case, the path, and the encoded parameters in byte order."""
    query = "&".join(f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in sorted(_signed(parameters)))
    return f"{verb}\n{host.lower()}\n{path or '/'}\n{query}"


def verify(secret: str, verb: str, url: str, hosts: Iterable[str], parameters: Mapping[str, str]) -> None:
    """Check the signature among ``parameters``, which may have been made for any of ``hosts``.

    Raises IncompleteSignature when the version or the method is none of the service's, and SignatureDoesNotMatch.
    """
    given = parameters["Signature"]
    version = parameters.get("SignatureVersion", "0")  # clients of version 0 knew of no other
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
    """Whether ``given`` is one of ``expected``, in a time that does not tell how near it came."""
    signature = given.encode("utf-8", "surrogatepass")
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(signature, candidate.encode())
    return found


def signed_hosts(headers: Mapping[str, str], url: str, trust_forwarded_host: bool) -> list[str]:
    """The hosts a client may have signed for: as it sent it, and without the port.

    Clients differ in whether a port belongs to the host they sign; the service itself has no other than the default.
    ``X-Forwarded-Host``, which a proxy sets but anybody can send, counts only when asked for.
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
    """``localhost`` of ``localhost:8080``; the brackets of an IPv6 address stay."""
    head, colon, port = host.rpartition(":")
    return head if colon and (port.isdigit() or not port) else host


def _signed(parameters: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in parameters.items() if name != "Signature")
