"""How the console asks the engine: with the very requests a client would send, so that it can show them."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from basicdb_mock.accounts import Caller
from basicdb_mock.engine import Engine
from basicdb_mock.model import Tenant
from basicdb_mock.operations.parameters import V2009
from basicdb_mock.regions import US_EAST_1
from basicdb_mock.wire.message import Request

_NAMESPACE = re.compile(r'\sxmlns="[^"]*"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine answered: the call's number in the journal, and the body."""

    number: int
    status: int
    body: str
    root: ElementTree.Element

    @property
    def code(self) -> str | None:
        return self.root.findtext("Errors/Error/Code")

    @property
    def message(self) -> str | None:
        return self.root.findtext("Errors/Error/Message")

    @property
    def box_usage(self) -> str | None:
        return self.root.findtext(".//BoxUsage")

    @property
    def next_token(self) -> str | None:
        return self.root.findtext(".//NextToken")


@dataclass(frozen=True, slots=True)
class Cell:
    """A name or a value as the wire tells it; ``encoded`` when XML could not carry it and it came as base64."""

    text: str
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An item of a page: its name, and its values by attribute name."""

    name: Cell
    attributes: Mapping[str, list[Cell]]


def ask(engine: Engine, tenant: Tenant, action: str, parameters: Mapping[str, str]) -> Answer:
    """Send an action on behalf of a tenant.  Whoever may use the console may do everything."""
    host = "sdb.amazonaws.com" if tenant.region == US_EAST_1 else f"sdb.{tenant.region}.amazonaws.com"
    form = urlencode({"Action": action, **parameters, "Version": V2009})
    headers = {"host": host, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = Request("POST", f"https://{host}/", headers, form.encode())
    response = engine.handle(request, caller=Caller(tenant.account, "console"))
    body = response.body.decode()
    number = next((call.number for call in reversed(list(engine.journal)) if call.request is request), 0)
    return Answer(number, response.status, body, _root(body))


def _root(body: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_NAMESPACE.sub("", body, count=1))
    except ElementTree.ParseError:  # a fault dropped the answer or cut it short
        return ElementTree.Element("Nothing")


def aside(engine: Engine) -> Engine:
    """An engine over the same data that looks without leaving a trace: no fault meets it, no journal shows it."""
    return Engine(engine.truth, limits=engine.limits, clock=engine.clock, region=engine.region)


def rows_of(answer: Answer) -> list[Row]:
    """The items of a Select's answer."""
    return [_row(item) for item in answer.root.iter("Item")]


def _row(item: ElementTree.Element) -> Row:
    attributes: dict[str, list[Cell]] = {}
    for attribute in item.findall("Attribute"):
        attributes.setdefault(_cell(attribute[0]).text, []).append(_cell(attribute[1]))
    return Row(_cell(item[0]), attributes)


def _cell(element: ElementTree.Element) -> Cell:
    text = element.text or ""
    if element.get("encoding") == "base64":
        return Cell(b64decode(text).decode(), True)
    return Cell(text)


def columns_of(rows: list[Row]) -> list[str]:
    """The union of the attribute names of a page, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row.attributes))
