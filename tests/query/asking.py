"""An engine asked in the 2007 version, and what it answers taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import yaml

from basicdb_mock.engine import Engine
from basicdb_mock.wire.message import Request

NAMESPACE = "{http://sdb.amazonaws.com/doc/2007-11-07/}"


def told(name: str) -> Any:
    """A data file beside the tests."""
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    def texts(self, tag: str) -> list[str]:
        """The texts of every element of a name; those of errors have no namespace."""
        root = ET.fromstring(self.body)
        return [found.text or "" for found in root.iter() if found.tag in (tag, NAMESPACE + tag)]

    def text(self, tag: str) -> str:
        (only,) = self.texts(tag)
        return only

    @property
    def error(self) -> tuple[int, str, str]:
        return self.status, self.text("Code"), self.text("Message")


class Asker:
    """Asks ``engine``."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()

    def ask(self, action: str, version: str = "2007-11-07", **parameters: object) -> Answer:
        given = {"Action": action, "Version": version, "AWSAccessKeyId": "key", **parameters}
        body = urlencode({name.replace("_", "."): value for name, value in given.items()}).encode()
        response = self.engine.handle(Request("POST", "https://sdb.amazonaws.com/", {}, body))
        return Answer(response.status, response.body.decode())

    def fill(self, domain: str, items: Mapping[str, Mapping[str, list[str]]]) -> None:
        assert self.ask("CreateDomain", DomainName=domain).status == 200
        for name, attributes in items.items():
            pairs = [(attribute, value) for attribute, values in attributes.items() for value in values]
            numbered = {
                f"Attribute_{number}_{field}": text
                for number, pair in enumerate(pairs)
                for field, text in zip(("Name", "Value"), pair, strict=True)
            }
            assert self.ask("PutAttributes", DomainName=domain, ItemName=name, **numbered).status == 200
