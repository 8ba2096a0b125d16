"""SimpleDB's XML, byte for byte as captured: a declaration, a newline, and everything else on one line.

Built by joining text, which is 10 to 30 times faster than any tree.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.model import Item
from basicdb_mock.operations.results import (
    Acknowledged,
    Attributes,
    DomainNames,
    ItemNames,
    Items,
    Metadata,
    Result,
)

_DECLARATION = '<?xml version="1.0"?>\n'

# What XML 1.1 section 2.2 calls restricted or undefined: NUL, controls but TAB, LF, CR and NEL, and noncharacters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)


def box_usage(units: int) -> str:
    """BoxUsage as written: ten decimals."""
    return f"{units // 10**10}.{units % 10**10:010d}"


def element(tag: str, text: str) -> str:
    """An element; text that XML cannot carry goes as base64 of its UTF-8 (source: DG/InvalidCharacters)."""
    if text.isprintable():
        if "&" in text or "<" in text or ">" in text:
            text = _escaped(text)
        return f"<{tag}>{text}</{tag}>"
    if _UNFIT.search(text):
        return f'<{tag} encoding="base64">{b64encode(text.encode()).decode()}</{tag}>'
    return f"<{tag}>{_escaped(text)}</{tag}>"


def carried(text: str) -> str:
    """What a client that reads no ``encoding`` finds in an :func:`element` of ``text``."""
    return text if text.isprintable() or not _UNFIT.search(text) else b64encode(text.encode()).decode()


def _escaped(text: str) -> str:
    # A bare CR would reach the client as LF, so it goes as a reference.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


@lru_cache(maxsize=4096)
def _pair_start(name: str) -> str:
    return f"<Attribute>{element('Name', name)}"


def _pairs(item: Item) -> Iterable[str]:
    for name, values in item.items():
        start = _pair_start(name)
        if isinstance(values, str):
            yield f"{start}{element('Value', values)}</Attribute>"
        else:
            for value in values:
                yield f"{start}{element('Value', value)}</Attribute>"


def _result(tag: str, parts: Iterable[str], next_token: str | None = None) -> str:
    inner = "".join(parts)
    if next_token is not None:
        inner += f"<NextToken>{next_token}</NextToken>"
    return f"<{tag}>{inner}</{tag}>"  # never <tag/>, not even when empty (observed, as is <Value></Value>)


def _body(action: str, result: Result) -> str:
    tag = f"{action}Result"
    match result:
        case Acknowledged():
            return ""
        case Attributes(item=item):
            return _result(tag, _pairs(item))
        case Items(items=items, next_token=token):
            return _result(
                tag,
                (f"<Item>{element('Name', name)}{''.join(_pairs(item))}</Item>" for name, item in items),
                token,
            )
        case ItemNames(names=names, next_token=token):
            return _result(tag, (element("ItemName", name) for name in names), token)
        case DomainNames(names=names, next_token=token):
            return _result(tag, (element("DomainName", name) for name in names), token)
        case Metadata(statistics=figures, timestamp=timestamp):
            told = {
                "ItemCount": figures.item_count,
                "ItemNamesSizeBytes": figures.item_names_size,
                "AttributeNameCount": figures.attribute_name_count,
                "AttributeNamesSizeBytes": figures.attribute_names_size,
                "AttributeValueCount": figures.attribute_value_count,
                "AttributeValuesSizeBytes": figures.attribute_values_size,
                "Timestamp": timestamp,
            }
            return _result(tag, (f"<{name}>{number}</{name}>" for name, number in told.items()))


def render(action: str, version: str, result: Result, request_id: str) -> bytes:
    """The body of a success, in the namespace of the version that was asked for."""
    return (
        f'{_DECLARATION}<{action}Response xmlns="http://sdb.amazonaws.com/doc/{version}/">{_body(action, result)}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId><BoxUsage>{box_usage(result.box_usage)}</BoxUsage>"
        f"</ResponseMetadata></{action}Response>"
    ).encode()


def render_error(error: SimpleDBError, request_id: str, cost: int | None) -> bytes:
    """The body of an error: no namespace, ``RequestID`` with a capital D (observed)."""
    # A message may repeat what was sent; what XML cannot carry becomes a question mark.
    message = _escaped(_UNFIT.sub("?", error.message))
    charge = f"<BoxUsage>{box_usage(cost)}</BoxUsage>" if cost is not None and error.kind.charged else ""
    return (
        f"{_DECLARATION}<Response><Errors><Error><Code>{error.code}</Code><Message>{message}</Message>{charge}"
        f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    ).encode()
