"""Requests of the Query protocol, asked of an engine directly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree

from basicdb_mock.engine import Engine
from basicdb_mock.wire.message import Request

NAMESPACE = "{http://sdb.amazonaws.com/doc/2009-04-15/}"


class Answer(NamedTuple):
    """A response and its body as text."""

    status: int
    body: str

    @property
    def code(self) -> str | None:
        return self._part("Code")

    @property
    def message(self) -> str | None:
        return self._part("Message")

    @property
    def names(self) -> list[str]:
        """The names of the items of a Select."""
        found = ElementTree.fromstring(self.body).iterfind(f".//{NAMESPACE}Item/{NAMESPACE}Name")
        return [name.text or "" for name in found]

    @property
    def values(self) -> list[tuple[str, str]]:
        """The attributes' names and values, in order."""
        found = ElementTree.fromstring(self.body).iterfind(f".//{NAMESPACE}Attribute")
        return [(part[0].text or "", part[1].text or "") for part in found]

    @property
    def next_token(self) -> str | None:
        return self._part("NextToken")

    def _part(self, tag: str) -> str | None:
        found = re.search(rf"<{tag}>(.*?)</{tag}>", self.body, re.DOTALL)
        return found[1] if found else None


def send(
    engine: Engine, method: str = "POST", url: str = "/", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    response = engine.handle(Request(method, url, headers or {}, body))
    return Answer(response.status, response.body.decode())


def ask(engine: Engine, action: str, **parameters: str) -> Answer:
    """One action; a ``_`` in a parameter's name stands for the dot."""
    given = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": "testing"}
    given |= {name.replace("_", "."): value for name, value in parameters.items()}
    return send(engine, body=urlencode(given).encode())


def put(engine: Engine, item: str, *pairs: tuple[str, str], replace: bool = False, domain: str = "books") -> Answer:
    parameters = {"DomainName": domain, "ItemName": item}
    for number, (name, value) in enumerate(pairs):
        parameters |= {f"Attribute_{number}_Name": name, f"Attribute_{number}_Value": value}
        if replace:
            parameters[f"Attribute_{number}_Replace"] = "true"
    return ask(engine, "PutAttributes", **parameters)


def select(engine: Engine, expression: str, **parameters: str) -> Answer:
    return ask(engine, "Select", SelectExpression=expression, ConsistentRead="true", **parameters)
