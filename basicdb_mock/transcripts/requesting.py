"""From a call of a transcript to the HTTP request, unsigned or signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlencode, urlsplit

from basicdb_mock.accounts import signatures
from basicdb_mock.transcripts.transcript import Call, Fill
from basicdb_mock.wire.message import Request

FORM = "application/x-www-form-urlencoded; charset=utf-8"
_REFERENCE = re.compile(r"(\$*)\$\{([^}.]+)\.([A-Za-z]+)\}")
_NUMBER = re.compile(r"\{(\d*)n(?::(\d+))?\}")
_TOKEN = re.compile(r"`(?:[^`]|``)*`|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[^\s`'\"(),*]+")
_DOMAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, and the secret to sign with (``None``: the request goes out unsigned)."""

    access_key: str
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


def request_of(call: Call, parameters: Mapping[str, str], url: str, key: Key | None, now: float) -> Request:
    """The request a call makes at ``url``; ``now`` (epoch seconds) is when it is signed."""
    sent = {"Action": call.action, "Version": call.version}
    everything = {name: value for name, value in sent.items() if value is not None} | dict(parameters)
    if key is not None:
        everything = signed(everything, call.method, url, key, now + call.skew, _signature_version(call))
    encoded = urlencode(everything)
    host = {"host": urlsplit(url).netloc}
    if call.place == "url":
        return Request(call.method, f"{url}?{encoded}", host)
    return Request(call.method, url, {**host, "content-type": FORM}, encoded.encode())


def signed(
    parameters: Mapping[str, str], method: str, url: str, key: Key, now: float, version: str = "2"
) -> dict[str, str]:
    """``parameters`` with an access key, and with a signature where there is a secret to make one.

    Source: DG/HMACAuth for version 2; versions 0 and 1 are those of old clients.
    """
    result = {**parameters, "AWSAccessKeyId": key.access_key}
    if key.secret_key is None:
        return result
    moment = datetime.fromtimestamp(now, timezone.utc)
    result.setdefault("Timestamp", moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z")
    result["SignatureVersion"] = version
    if key.session_token is not None:
        result["SecurityToken"] = key.session_token
    if version == "2":
        result["SignatureMethod"] = "HmacSHA256"
        parts = urlsplit(url)
        text = signatures.text_v2(method, parts.netloc, parts.path, result)
        result["Signature"] = signatures.sign(key.secret_key, text)
    else:
        text = signatures.text_v0(result) if version == "0" else signatures.text_v1(result)
        result["Signature"] = signatures.sign(key.secret_key, text, "HmacSHA1")
    return result


def _signature_version(call: Call) -> str:
    return call.caller.partition("-v")[2] or "2"


def fill_calls(fill: Fill, version: str, region: str) -> list[Call]:
    """The batches of a fill, in order of the numbers."""
    calls = []
    for start in range(fill.first, fill.last + 1, fill.batch):
        parameters = {"DomainName": fill.domain}
        for place, number in enumerate(range(start, min(start + fill.batch, fill.last + 1)), 1):
            parameters[f"Item.{place}.ItemName"] = numbered(fill.item, number)
            pairs = [(name, value) for name, values in fill.attributes.items() for value in values]
            for index, (name, value) in enumerate(pairs, 1):
                parameters[f"Item.{place}.Attribute.{index}.Name"] = numbered(name, number)
                parameters[f"Item.{place}.Attribute.{index}.Value"] = numbered(value, number)
        calls.append(Call("BatchPutAttributes", parameters, version=version, region=region))
    return calls


def numbered(template: str, number: int) -> str:
    """``Item{n}`` with a number inserted; see :class:`~basicdb_mock.transcripts.transcript.Fill`."""
    return _NUMBER.sub(lambda slot: str(int(slot[1] or 1) * number).zfill(int(slot[2] or 0)), template)


def resolved(parameters: Mapping[str, str], text_of: Callable[[str, str], str]) -> dict[str, str]:
    """``parameters`` with every ``${id.Element}`` replaced by what ``text_of(id, element)`` gives.

    One that begins with a dollar sign more is no reference, and loses that sign (see :func:`literal`).
    """

    def text(found: re.Match[str]) -> str:
        return found[0][1:] if found[1] else text_of(found[2], found[3])

    return {name: _REFERENCE.sub(text, value) if "${" in value else value for name, value in parameters.items()}


def literal(value: str) -> str:
    """The text of a parameter that :func:`resolved` turns into ``value``."""
    return _REFERENCE.sub(r"$\g<0>", value) if "${" in value else value


def prefixed(parameters: Mapping[str, str], prefix: str) -> dict[str, str]:
    """``parameters`` with ``prefix`` before every domain's name, so that no other domain is touched.

    An invalid name (too short, forbidden characters) stays, so that it is rejected as it was.
    """
    result = dict(parameters)
    name = result.get("DomainName")
    if name is not None and _DOMAIN_NAME.fullmatch(name):
        result["DomainName"] = prefix + name
    if "SelectExpression" in result:
        result["SelectExpression"] = _prefixed_expression(result["SelectExpression"], prefix)
    return result


def _prefixed_expression(expression: str, prefix: str) -> str:
    after_from = False
    for token in _TOKEN.finditer(expression):
        if after_from:
            place = token.start() + (1 if token[0].startswith("`") else 0)
            return expression[:place] + prefix + expression[place:]
        after_from = token[0].lower() == "from"
    return expression
