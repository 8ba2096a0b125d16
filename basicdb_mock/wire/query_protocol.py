"""The Query protocol: reading the parameters of a request from its URL and body."""

from __future__ import annotations

from dataclasses import replace
from sys import maxsize
from urllib.parse import unquote_plus

from basicdb_mock import errors
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.wire.address import address_of
from basicdb_mock.wire.message import Request

_VERBS = ("GET", "POST", "DELETE")  # DELETE was accepted for the deleting operations (observed)


def read_parameters(request: Request, limits: Limits) -> dict[str, str]:
    """The parameters of a request, from URL and body together; the last of a repeated one counts.

    Raises UnsupportedHttpVerb, URITooLong, InvalidURI or InvalidHttpRequest.
    """
    url, body = request.url, request.body
    if request.method not in _VERBS:
        raise errors.UNSUPPORTED_HTTP_VERB(verb=request.method)
    if len(url) > limits.uri_bytes:
        raise errors.URI_TOO_LONG(limit=limits.uri_bytes)
    if not url.isascii() and _has_surrogates(url):
        raise errors.INVALID_HTTP_REQUEST(reason="The URI is not valid UTF-8")
    _, path, query, _ = address_of(url)
    if path not in ("", "/"):
        raise errors.INVALID_URI(uri=url if path is None else path)
    if len(body) > limits.request_bytes:
        raise errors.INVALID_HTTP_REQUEST(reason=f"The request body exceeds {limits.request_bytes} bytes")
    parameters: dict[str, str] = {}
    try:
        if query:
            _decode(query, parameters, limits)
        if body:
            _decode(body.decode(), parameters, limits)
    except UnicodeDecodeError:
        raise errors.INVALID_HTTP_REQUEST(reason="The parameters are not valid UTF-8") from None
    return parameters


def _decode(encoded: str, into: dict[str, str], limits: Limits) -> None:
    fields = encoded.split("&")
    if len(fields) > limits.request_parameters:
        raise errors.INVALID_HTTP_REQUEST(reason=f"The request has more than {limits.request_parameters} parameters")
    for field in fields:
        name, _, value = field.partition("=")
        if "%" in field or "+" in field:
            value = _unquoted(value)
            if "%" in name or "+" in name:
                name = _unquoted(name)
        if name:
            into[name] = value


def read_again(request: Request) -> dict[str, str]:
    """The parameters of a request that has been read before."""
    return read_parameters(request, _NO_LIMITS)


_NO_LIMITS = replace(AWS, uri_bytes=maxsize, request_bytes=maxsize, request_parameters=maxsize)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


_ASCII = {f"{code:02X}": chr(code) for code in range(128)} | {f"{code:02x}": chr(code) for code in range(128)}


def _unquoted(text: str) -> str:
    """``unquote_plus``, at a third of its cost if only ASCII characters are quoted."""
    if "%" not in text:
        return text.replace("+", " ")
    first, *quoted = text.replace("+", " ").split("%")
    parts = [first]
    for part in quoted:
        character = _ASCII.get(part[:2])
        if character is None:
            return unquote_plus(text, errors="strict")
        parts.append(character + part[2:])
    return "".join(parts)
