"""Calls that the server makes itself, with the requests that a client would send, so that they can be shown."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from basicdb_mock.accounts import Caller
from basicdb_mock.engine import Engine
from basicdb_mock.exports.operations import OPERATIONS as EXPORT_OPERATIONS
from basicdb_mock.model import Tenant
from basicdb_mock.operations.parameters import V2009
from basicdb_mock.regions import US_EAST_1
from basicdb_mock.wire import rest_json
from basicdb_mock.wire.message import Request

DEFAULT_KEY = "testing"
"""The access key whose account is used by default: that of our own clients."""
WHOSE: tuple[str, ...] = ("account", "access_key", "region")
"""The parameters that choose an account and region, see :func:`tenant_of`."""

_NAMESPACE = re.compile(r'\sxmlns="[^"]*"')


@dataclass(frozen=True, slots=True)
class Answer:
    """The engine's answer: the call's number in the journal, and the body."""

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
    """A name or a value as it was sent; ``encoded`` if XML could not represent it and it was sent as base64."""

    text: str
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An item of a page: its name, and its values by attribute name."""

    name: Cell
    attributes: Mapping[str, list[Cell]]


def ask(engine: Engine, tenant: Tenant, action: str, parameters: Mapping[str, str]) -> Answer:
    """Send an action of SimpleDB, or of its export API, on behalf of a tenant.

    No permission is checked: whoever may use the control API and the console may act for every account.
    """
    host = "sdb.amazonaws.com" if tenant.region == US_EAST_1 else f"sdb.{tenant.region}.amazonaws.com"
    if action in EXPORT_OPERATIONS:
        url, kind = f"https://{host}{rest_json.PREFIX}{action}", "application/json"
        body = json.dumps(parameters)
    else:
        url, kind = f"https://{host}/", "application/x-www-form-urlencoded; charset=utf-8"
        body = urlencode({"Action": action, **parameters, "Version": V2009})
    request = Request("POST", url, {"host": host, "content-type": kind}, body.encode())
    response = engine.handle(request, caller=Caller(tenant.account, "console"))
    answered = response.body.decode()
    number = next((call.number for call in reversed(list(engine.journal)) if call.request is request), 0)
    return Answer(number, response.status, answered, _root(answered))


def _root(body: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_NAMESPACE.sub("", body, count=1))
    except ElementTree.ParseError:  # a fault dropped or truncated the answer, or it is JSON
        return ElementTree.Element("Nothing")


def tenant_of(engine: Engine, given: Mapping[str, str]) -> Tenant:
    """The tenant chosen by ``account``, ``access_key`` and ``region``, each of which is optional."""
    account = given.get("account") or engine.accounts.account_of(given.get("access_key") or DEFAULT_KEY)
    return Tenant(account, given.get("region") or engine.region)


def aside(engine: Engine) -> Engine:
    """An engine over the same data whose calls no fault affects and no journal records."""
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
