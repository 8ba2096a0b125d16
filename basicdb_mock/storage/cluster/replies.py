"""The arguments and replies of the functions in the cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from basicdb_mock import errors
from basicdb_mock.changes import Expectation
from basicdb_mock.limits import Limits
from basicdb_mock.model import Item, values_of
from basicdb_mock.storage.cluster.nodes import Reply
from basicdb_mock.storage.cluster.partition import BehindError, GoneError, Growth, Page, Replaced, Row, item_of


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def row_of(name: str, item: Item) -> str:
    """A stored item."""
    return as_json([name, *([attribute, *values_of(item, attribute)] for attribute in item)])


def item_in(row: bytes) -> Item | None:
    """The item of a row; ``b""`` is none."""
    return item_of(json.loads(row)[1:]) if row else None


def limits_of(limits: Limits) -> dict[str, object]:
    """The limits that the functions look at."""
    return {
        "item_attributes": limits.item_attributes,
        "domain_attributes": limits.domain_attributes,
        "domain_bytes": limits.domain_bytes,
    }


def growth_of(reply: Reply) -> Growth:
    """The growth from a rehearsal, or none if the write was done."""
    if len(reply) == 1:
        return Growth()
    _, values, size, *names = reply
    new, appeared, vanished = (tuple(name.decode() for name in found) for found in names)
    return Growth(values, size, new, appeared, vanished)


def checked(reply: Reply) -> Reply:
    kind = reply[0]
    if kind == b"gone":
        raise GoneError
    if kind in (b"behind", b"past"):
        raise BehindError(kind.decode())
    return reply


def refusal(reply: Reply, expected: Expectation | None) -> errors.SimpleDBError:
    """The error of a refused write, as :mod:`basicdb_mock.changes` raises it."""
    name = expected.name if expected else ""
    match reply[1]:
        case b"value exists":
            return errors.VALUE_EXISTS(name=name)
        case b"does not exist":
            return errors.ATTRIBUTE_DOES_NOT_EXIST(name=name)
        case b"multi-valued":
            return errors.MULTI_VALUED_ATTRIBUTE(name=name)
        case b"wrong value":
            wanted = expected.value if expected else None
            return errors.WRONG_VALUE(name=name, value=reply[2].decode(), expected=wanted)
        case b"item attributes":
            return errors.NUMBER_ITEM_ATTRIBUTES_EXCEEDED()
        case b"domain attributes":
            return errors.NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED()
        case _:
            return errors.NUMBER_DOMAIN_BYTES_EXCEEDED()


def page_of(reply: Reply) -> Page:
    _, revision, replaced, rows, taken, more, caught_up = reply
    flat = iter(replaced)
    was = [
        Replaced(int(entity), name.decode(), item_in(row)) for entity, name, row in zip(flat, flat, flat, strict=True)
    ]
    return Page(revision, was, list(_rows(rows)), taken, bool(more), bool(caught_up))


def _rows(flat: Sequence[bytes]) -> Iterator[Row]:
    cells = iter(flat)
    for member, entity, row in zip(cells, cells, cells, strict=True):
        if row:
            name, *pairs = json.loads(row)
            yield Row(member, int(entity), name, item_of(pairs))
