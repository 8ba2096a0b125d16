"""SimpleDB's XML, byte for byte as captured: a declaration, a newline, and everything else on one line.

It is built by joining strings, which is 10 to 30 times faster than building a tree.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.model import Item, pairs
from basicdb_mock.results import (
    Acknowledged,
    Attributes,
    DomainNames,
    ItemNames,
    Items,
    Metadata,
    Result,
)

_DECLARATION = '<?xml version="1.0"?>\n'

# Restricted or undefined in XML 1.1 section 2.2: NUL, controls other than TAB, LF, CR and NEL, and noncharacters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)


@lru_cache(maxsize=256)
def box_usage(units: int) -> str:
    """BoxUsage with its ten decimals."""
    return f"{units // 10**10}.{units % 10**10:010d}"


def element(tag: str, text: str) -> str:
    """An element; text that XML cannot represent becomes base64 of its UTF-8 (source: DG/InvalidCharacters)."""
    if text.isprintable():
        if "&" in text or "<" in text or ">" in text:
            text = _escaped(text)
        return f"<{tag}>{text}</{tag}>"
    if _UNFIT.search(text):
        return f'<{tag} encoding="base64">{b64encode(text.encode()).decode()}</{tag}>'
    return f"<{tag}>{_escaped(text)}</{tag}>"


def carried(text: str) -> str:
    """The text that a client which ignores ``encoding`` finds in an :func:`element` of ``text``."""
    return text if text.isprintable() or not _UNFIT.search(text) else b64encode(text.encode()).decode()


def _escaped(text: str) -> str:
    # XML parsers turn a literal CR into LF, so it is sent as a reference.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


@lru_cache(maxsize=4096)
def _pair_start(name: str) -> str:
    return f"<Attribute>{element('Name', name)}"


def _pairs(item: Item) -> str:
    try:
        written = "".join(item.values())  # type: ignore[arg-type]  # TypeError where one has several values
        if written.isprintable() and not ("&" in written or "<" in written or ">" in written):  # nothing to escape
            return "".join([f"{_pair_start(name)}<Value>{value}</Value></Attribute>" for name, value in item.items()])
    except TypeError:
        pass
    return "".join([f"{_pair_start(name)}{element('Value', value)}</Attribute>" for name, value in pairs(item)])


def _attributes(result: Attributes) -> str:
    return _pairs(result.item)


def _items(result: Items) -> str:
    told = [f"<Item>{element('Name', name)}{_pairs(item)}</Item>" for name, item in result.items]
    return "".join(told) + _next(result.next_token)


def _item_names(result: ItemNames) -> str:
    return "".join([element("ItemName", name) for name in result.names]) + _next(result.next_token)


def _domain_names(result: DomainNames) -> str:
    return "".join([element("DomainName", name) for name in result.names]) + _next(result.next_token)


def _next(token: str | None) -> str:
    return "" if token is None else f"<NextToken>{token}</NextToken>"


def _metadata(result: Metadata) -> str:
    figures = result.statistics
    return (
        f"<ItemCount>{figures.item_count}</ItemCount>"
        f"<ItemNamesSizeBytes>{figures.item_names_size}</ItemNamesSizeBytes>"
        f"<AttributeNameCount>{figures.attribute_name_count}</AttributeNameCount>"
        f"<AttributeNamesSizeBytes>{figures.attribute_names_size}</AttributeNamesSizeBytes>"
        f"<AttributeValueCount>{figures.attribute_value_count}</AttributeValueCount>"
        f"<AttributeValuesSizeBytes>{figures.attribute_values_size}</AttributeValuesSizeBytes>"
        f"<Timestamp>{result.timestamp}</Timestamp>"
    )


_TOLD: Mapping[type, Callable[[Any], str]] = {
    Attributes: _attributes,
    Items: _items,
    ItemNames: _item_names,
    DomainNames: _domain_names,
    Metadata: _metadata,
}


def render(action: str, version: str, result: Result, request_id: str) -> bytes:
    """The body of a successful response, in the namespace of the requested version."""
    told = ""
    if not isinstance(result, Acknowledged):  # never <tag/>, even if empty (observed, as is <Value></Value>)
        told = f"<{action}Result>{_TOLD[type(result)](result)}</{action}Result>"
    return (
        f'{_DECLARATION}<{action}Response xmlns="http://sdb.amazonaws.com/doc/{version}/">{told}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId><BoxUsage>{box_usage(result.box_usage)}</BoxUsage>"
        f"</ResponseMetadata></{action}Response>"
    ).encode()


def render_error(error: SimpleDBError, request_id: str, cost: int | None) -> bytes:
    """The body of an error response: no namespace, and ``RequestID`` with a capital D (observed)."""
    # A message may repeat what the client sent; characters that XML cannot represent become question marks.
    message = _escaped(_UNFIT.sub("?", error.message))
    charge = f"<BoxUsage>{box_usage(cost)}</BoxUsage>" if cost is not None and error.kind.charged else ""
    return (
        f"{_DECLARATION}<Response><Errors><Error><Code>{error.code}</Code><Message>{message}</Message>{charge}"
        f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    ).encode()
