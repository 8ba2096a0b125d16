"""The NextTokens of Select and Query, as SimpleDB makes them, and of ListDomains.

A Select token is base64, wrapped at 76 characters, of a Java-serialised ``com.amazon.sds.QueryProcessor.MoreToken``
(observed in six captures).  The bytes are assembled and parsed by hand: nothing is ever unpickled or deserialised, and
anything that is not exactly of this form is rejected with InvalidNextToken.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from dataclasses import dataclass

from basicdb_mock import errors
from basicdb_mock.select.plan import Order, OrderBy, Position

_CLASS = "com.amazon.sds.QueryProcessor.MoreToken"
_SORT_ORDER = "com.amazon.sds.QueryProcessor.Query$SortOrder"
_SERIAL_VERSION = bytes.fromhex("eb69c5cb9c834dab")
_FIELDS = struct.Struct(">i?q?iqi?")
"""initialConjunctIndex, isPageBoundary, lastEntityID, lrqEnabled, queryComplexity, queryStringChecksum, unionIndex,
useQueryIndex."""
_NULL, _END = b"p", b"x"


def _utf(text: str) -> bytes:
    """Java's modified UTF-8, prefixed with its length: NUL as two bytes, astral characters as two surrogates."""
    units = text.encode("utf-16-be", "surrogatepass")
    coded = b"".join(
        b"\xc0\x80" if unit == 0 else chr(unit).encode("utf-8", "surrogatepass")
        for (unit,) in struct.iter_unpack(">H", units)
    )
    return struct.pack(">H", len(coded)) + coded


def _read_utf(octets: bytes, start: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">H", octets, start)
    coded = octets[start + 2 : start + 2 + length]
    if len(coded) != length:
        raise ValueError("text is cut off")
    text = coded.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be"), start + 2 + length


def _class(fields: list[tuple[str, str, bytes]]) -> bytes:
    described = b"".join(kind.encode() + _utf(name) + extra for kind, name, extra in fields)
    return (
        b"\xac\xed\x00\x05sr" + _utf(_CLASS) + _SERIAL_VERSION + b"\x03"
        + struct.pack(">H", len(fields)) + described + b"xp"
    )  # fmt: skip


_STRING = b"t" + _utf("Ljava/lang/String;")
_STRING_AGAIN = bytes.fromhex("71007e0001")
_ENUM = b"t" + _utf(f"L{_SORT_ORDER.replace('.', '/')};")
_PRIMITIVES = [
    ("I", "initialConjunctIndex", b""),
    ("Z", "isPageBoundary", b""),
    ("J", "lastEntityID", b""),
    ("Z", "lrqEnabled", b""),
    ("I", "queryComplexity", b""),
    ("J", "queryStringChecksum", b""),
    ("I", "unionIndex", b""),
    ("Z", "useQueryIndex", b""),
]
# The 2007 version's token has no consistentLSN (observed).
_HEADER_2007 = _class([*_PRIMITIVES, ("L", "lastAttributeValue", _STRING), ("L", "sortOrder", _ENUM)])
_HEADER_2009 = _class([
    *_PRIMITIVES,
    ("L", "consistentLSN", _STRING),
    ("L", "lastAttributeValue", _STRING_AGAIN),
    ("L", "sortOrder", _ENUM),
])  # fmt: skip
_ENUM_CONSTANT = (
    b"~r" + _utf(_SORT_ORDER) + bytes(8) + b"\x12\x00\x00"
    + b"xr" + _utf("java.lang.Enum") + bytes(8) + b"\x12\x00\x00" + b"xpt"
)  # fmt: skip
_LSN = re.compile(r"\[(\d{1,18}),(\d{1,18})\]")


@dataclass(frozen=True, slots=True)
class MoreToken:
    """The contents of a NextToken of Select.

    ``checksum`` binds it to the where clause and the sort.  ``complexity`` is 1 if the expression has a limit
    (observed).  ``lsn`` is the domain's creation time in milliseconds, and its number of writes plus one (observed: 109
    after 108); tokens of the 2007 version have none.
    """

    position: Position
    checksum: int
    order: str | None
    indexed: bool
    complexity: int = 0
    page_boundary: bool = False
    lsn: tuple[int, int] | None = None


def checksum(condition: str) -> int:
    """A token's checksum of the canonical where clause and sort; 0 for a scan of the whole domain (observed)."""
    return zlib.crc32(condition.encode()) if condition else 0


def encode(token: MoreToken) -> str:
    """The token as in a response, with line breaks."""
    fields = _FIELDS.pack(
        0, token.page_boundary, token.position.entity, False, token.complexity, token.checksum, 0, token.indexed
    )
    octets = _HEADER_2007 if token.lsn is None else _HEADER_2009
    octets += fields
    if token.lsn is not None:
        octets += b"t" + _utf("[{},{}]".format(*token.lsn))
    octets += _NULL if token.position.key is None else b"t" + _utf(token.position.key)
    octets += _NULL if token.order is None else _ENUM_CONSTANT + _utf(token.order)
    return base64.encodebytes(octets + _END).decode().rstrip("\n")


def decode(text: str) -> MoreToken:
    """The token that a client sent back, with or without line breaks.  Raises InvalidNextToken for anything else."""
    try:
        octets = base64.b64decode("".join(text.split()), validate=True)
        token = _parsed(octets)
    except (ValueError, struct.error, binascii.Error, UnicodeError):
        raise errors.INVALID_NEXT_TOKEN() from None
    if base64.b64decode(encode(token)) != octets:  # only our own spelling: no token carries anything else
        raise errors.INVALID_NEXT_TOKEN()
    return token


def _parsed(octets: bytes) -> MoreToken:
    consistent = octets.startswith(_HEADER_2009)
    header = _HEADER_2009 if consistent else _HEADER_2007
    if not octets.startswith(header):
        raise ValueError("no MoreToken")
    at = len(header)
    _, boundary, entity, _, complexity, check, _, indexed = _FIELDS.unpack_from(octets, at)
    at += _FIELDS.size
    lsn = None
    if consistent:
        if octets[at : at + 1] != b"t":
            raise ValueError("no consistentLSN")
        written, at = _read_utf(octets, at + 1)
        match = _LSN.fullmatch(written)
        if match is None:
            raise ValueError("no consistentLSN")
        lsn = int(match[1]), int(match[2])
    key = None
    if octets[at : at + 1] == b"t":
        key, at = _read_utf(octets, at + 1)
    else:
        at += 1
    order = None
    if octets[at : at + len(_ENUM_CONSTANT)] == _ENUM_CONSTANT:
        order, at = _read_utf(octets, at + len(_ENUM_CONSTANT))
    return MoreToken(Position(key, entity), check, order, indexed, complexity, boundary, lsn)


def order_word(order: Order, condition: str) -> str | None:
    """The token's sortOrder: none for a scan of the whole domain, else the direction (observed)."""
    if not condition:
        return None
    return "DESCENDING" if order.descending else "ASCENDING"


def is_indexed(order: Order) -> bool:
    """Whether a search in this order walks an index, which the token records."""
    return order.by is not OrderBy.ENTITY


def encode_domain_name(name: str) -> str:
    """The token of ListDomains: base64 of a domain name (observed), here of the last one listed."""
    return base64.b64encode(name.encode()).decode()


def decode_domain_name(text: str) -> str:
    """The name in a token of ListDomains; any other text is taken as a name (``t`` was accepted, observed)."""
    if not text:
        return ""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return text
