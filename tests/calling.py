"""One request as it goes over the wire, one answer taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from basicdb_mock.engine import Engine
from basicdb_mock.wire.message import Request


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def code(self) -> str | None:
        return self._inner("Code")

    @property
    def message(self) -> str | None:
        return self._inner("Message")

    @property
    def box_usage(self) -> str | None:
        return self._inner("BoxUsage")

    @property
    def error(self) -> tuple[int, str | None, str | None]:
        return self.status, self.code, self.message

    @property
    def result(self) -> str:
        """What stands between the root's start and ResponseMetadata."""
        match = re.fullmatch(
            r'<\?xml version="1\.0"\?>\n<\w+ xmlns="[^"]*">(.*)<ResponseMetadata>.*</ResponseMetadata></\w+>',
            self.body,
            re.DOTALL,
        )
        assert match, self.body
        return match[1]

    def texts(self, tag: str) -> list[str]:
        root = ElementTree.fromstring(self.body)
        return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == tag]

    @property
    def token(self) -> str | None:
        return next(iter(self.texts("NextToken")), None)

    @property
    def item_names(self) -> list[str]:
        return re.findall(r"<Item><Name>([^<]*)</Name>", self.body)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return re.findall(r"<Attribute><Name>([^<]*)</Name><Value>([^<]*)</Value></Attribute>", self.body)

    def _inner(self, tag: str) -> str | None:
        match = re.search(f"<{tag}>(.*?)</{tag}>", self.body, re.DOTALL)
        return match[1] if match else None


class Caller:
    """Sends requests of the Query protocol."""

    def __init__(self, simpledb: Any) -> None:
        self._simpledb = simpledb

    def __call__(
        self,
        action: str | None,
        parameters: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        in_url: bool = False,
        version: str | None = "2009-04-15",
        key: str | None = "AKTESTING",
        host: str = "sdb.amazonaws.com",
        path: str = "/",
        **more: Any,
    ) -> Answer:
        given = {"Action": action, "Version": version, "AWSAccessKeyId": key, **(parameters or {}), **more}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        if method == "POST" and not in_url:
            headers = {"host": host, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
            return self.raw(Request(method, f"https://{host}{path}", headers, query.encode()))
        return self.raw(Request(method, f"https://{host}{path}?{query}", {"host": host}))

    def raw(self, request: Request) -> Answer:
        response = self._simpledb.send(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, response.body.decode())

    def put(self, domain: str, item: str, *pairs: tuple[str, str], replace: bool = False, **more: Any) -> Answer:
        """PutAttributes of pairs."""
        return self("PutAttributes", {"DomainName": domain, "ItemName": item, **listed(pairs, replace)}, **more)

    def get(self, domain: str, item: str, **more: Any) -> list[tuple[str, str]]:
        """The pairs GetAttributes gives."""
        answer = self("GetAttributes", DomainName=domain, ItemName=item, ConsistentRead="true", **more)
        assert answer.status == 200, answer.body
        return answer.pairs

    def select(self, expression: str, **more: Any) -> Answer:
        return self("Select", SelectExpression=expression, **{"ConsistentRead": "true", **more})

    def create(self, *names: str) -> None:
        for name in names:
            assert self("CreateDomain", DomainName=name).status == 200


def straight_into(engine: Engine) -> Caller:
    """A caller whose requests go to an engine through no door."""
    return Caller(SimpleNamespace(send=engine.handle))


def listed(pairs: tuple[tuple[str, str], ...], replace: bool = False, first: int = 1) -> dict[str, str]:
    """Pairs as ``Attribute.N.Name`` and so on."""
    parameters = {}
    for number, (name, value) in enumerate(pairs, first):
        parameters[f"Attribute.{number}.Name"] = name
        parameters[f"Attribute.{number}.Value"] = value
        if replace:
            parameters[f"Attribute.{number}.Replace"] = "true"
    return parameters
