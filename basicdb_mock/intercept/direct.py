"""The fast path for botocore's calls: no signature, no HTTP request, no XML.

It takes the parameters that botocore has serialized, and returns what botocore's parser would have made of our XML.
Everything else takes the normal path: errors (once one has been found, so that botocore raises its own exception),
accounts that check signatures, faults, very large requests, text that cannot be encoded in UTF-8, unsigned clients and
exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from basicdb_mock.engine import Engine, Exchange
from basicdb_mock.model import Item, pairs
from basicdb_mock.results import Acknowledged, Attributes, DomainNames, Items, Metadata, Result
from basicdb_mock.wire.message import Request, Response
from basicdb_mock.wire.xml import box_usage, carried

_LARGE = 3  # bytes a character may take in a form, at most, when it is ASCII


class _Direct(Exchange):
    """An exchange whose parameters are known, and whose result is not needed as bytes."""

    result: Result | None = None

    def _run(self) -> bytes:
        self.result = self._perform()
        return b""


def result_of(simpledb: Any, call: Mapping[str, Any], access_key: str, token: str | None) -> Any:
    """botocore's pair of HTTP response and parsed result, or a :class:`Response` for an error.

    ``None`` if the call must take the normal path; then nothing has been done.
    """
    engine: Engine = simpledb.engine
    body = call.get("body")
    if not isinstance(body, dict) or call["method"] != "POST" or not engine.accounts.open or engine.rehearsal.active:
        return None
    given = {name: value if isinstance(value, str) else str(value) for name, value in body.items()}
    given["AWSAccessKeyId"] = access_key
    if token:
        given["SecurityToken"] = token
    if _needs_the_wire(given, engine):
        return None
    exchange = _Direct(engine, Request("POST", call["url"], {}, b""), None)
    exchange.given = exchange.kept = given
    response = exchange.answer()
    if exchange.result is None or type(response) is not Response or response.status != 200:
        return response
    headers = {name.lower(): value for name, value in response.headers.items()}
    parsed = parsed_result(exchange.result)
    parsed["ResponseMetadata"] = {
        "RequestId": exchange.request_id,
        "BoxUsage": box_usage(exchange.result.box_usage),
        "HTTPStatusCode": 200,
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
    return SimpleNamespace(status_code=200, headers=headers, url=call["url"], content=b"", raw=None), parsed


def _needs_the_wire(given: Mapping[str, str], engine: Engine) -> bool:
    """Whether the request might be over a limit of the wire, had it been written, or could not be written."""
    limits = engine.limits
    if len(given) + 8 > limits.request_parameters:
        return True
    text = "".join([*given, *given.values()])
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which botocore has its own error for
            return True
    return 4 * _LARGE * len(text) + 1024 > limits.request_bytes  # four bytes of UTF-8, three characters each


def parsed_result(result: Result) -> dict[str, Any]:
    """What botocore's parser makes of a result: no lists that are empty, values as XML carries them."""
    match result:
        case Acknowledged():
            return {}
        case Attributes(item=item):
            return _without_empty({"Attributes": _attributes(item)})
        case Items(items=items, next_token=token):
            found = [_without_empty({"Name": carried(name), "Attributes": _attributes(item)}) for name, item in items]
            return _without_empty({"Items": found, "NextToken": token})
        case DomainNames(names=names, next_token=token):
            return _without_empty({"DomainNames": list(names), "NextToken": token})
        case Metadata(statistics=figures, timestamp=timestamp):
            return {
                "ItemCount": figures.item_count,
                "ItemNamesSizeBytes": figures.item_names_size,
                "AttributeNameCount": figures.attribute_name_count,
                "AttributeNamesSizeBytes": figures.attribute_names_size,
                "AttributeValueCount": figures.attribute_value_count,
                "AttributeValuesSizeBytes": figures.attribute_values_size,
                "Timestamp": timestamp,
            }
    raise TypeError(f"no operation of botocore's model returns {result!r}")


def _attributes(item: Item) -> list[dict[str, str]]:
    told = list(pairs(item))
    if not "".join(map("".join, told)).isprintable():  # hardly ever is there anything that XML cannot carry
        told = [(carried(name), carried(value)) for name, value in told]
    return [{"Name": name, "Value": value} for name, value in told]


def _without_empty(parsed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parsed.items() if value or value == ""}
