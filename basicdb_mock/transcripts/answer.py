"""An answer for comparison: its XML as values, and as readable lines."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from xml.etree import ElementTree as ET

from basicdb_mock.wire.message import Response

REQUEST_IDS = ("RequestId", "RequestID")
"""Elements whose text is never compared: each answer has its own."""


class Answer:
    """A response's body: elements without their namespace, values decoded where they came as base64."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.text = response.body.decode("utf-8", "replace")

    @cached_property
    def root(self) -> ET.Element | None:
        """The root element, ``None`` when the body is no XML."""
        try:
            return ET.fromstring(self.text)  # from an endpoint the user chose; expat does not read external files
        except ET.ParseError:
            return None

    def element_text(self, name: str) -> str | None:
        """The text of the first element of that name."""
        return next((element.text or "" for element in self._all(name)), None)

    def items(self) -> dict[str, dict[str, list[str]]]:
        """The items of a Select or QueryWithAttributes, with their attributes in order; the names of a Query."""
        items: dict[str, dict[str, list[str]]] = {}
        for element in self._all("Item"):
            items[_decoded(element.find("./{*}Name"))] = _attributes(element)
        for element in self._all("ItemName"):
            items[_decoded(element)] = {}
        return items

    def item_names(self) -> list[str]:
        return [_decoded(item.find("./{*}Name")) for item in self._all("Item")] + [
            _decoded(name) for name in self._all("ItemName")
        ]

    def attributes(self) -> dict[str, list[str]]:
        """The attributes of a GetAttributes, in order."""
        return next((_attributes(result) for result in self._all("GetAttributesResult")), {})

    def attribute_count(self) -> int:
        return sum(1 for _ in self._all("Attribute"))

    def domains(self) -> list[str]:
        return [element.text or "" for element in self._all("DomainName")]

    def encoded(self) -> list[str]:
        """The texts of all elements marked as base64, in order."""
        root = self.root
        return [] if root is None else [e.text or "" for e in root.iter() if e.get("encoding") == "base64"]

    def _all(self, name: str) -> Iterator[ET.Element]:
        root = self.root
        return iter(()) if root is None else iter(root.findall(".//{*}" + name))


def _attributes(element: ET.Element) -> dict[str, list[str]]:
    attributes: dict[str, list[str]] = {}
    for attribute in element.findall("./{*}Attribute"):
        name, value = attribute.find("./{*}Name"), attribute.find("./{*}Value")
        attributes.setdefault(_decoded(name), []).append(_decoded(value))
    return attributes


def _decoded(element: ET.Element | None) -> str:
    if element is None:
        return ""
    text = element.text or ""
    return base64.b64decode(text).decode("utf-8", "replace") if element.get("encoding") == "base64" else text


def masked(body: str, ignore: Collection[str]) -> str:
    """A body with the text of some elements, and of the request id, replaced by an ellipsis."""
    names = "|".join(re.escape(name) for name in (*REQUEST_IDS, *ignore) if name != "xmlns")
    hidden = re.sub(rf"<({names})(\s[^>]*)?>[^<]*</\1\s*>", r"<\1>…</\1>", body)
    return re.sub(r'\sxmlns="[^"]*"', "", hidden) if "xmlns" in ignore else hidden


def lines(body: str) -> list[str]:
    """A body as lines, an element each, indented by depth; white space between elements is not looked at.

    Raises :class:`ValueError` when it is no XML.
    """
    try:
        root = ET.fromstring(body)
    except ET.ParseError as problem:
        raise ValueError(str(problem)) from None
    return list(_lines(root, 0, ""))


def _lines(element: ET.Element, depth: int, inherited: str) -> Iterator[str]:
    namespace, _, name = element.tag.rpartition("}")
    marks = "" if namespace == inherited else f' xmlns="{namespace[1:]}"'
    marks += "".join(f' {key}="{value}"' for key, value in sorted(element.attrib.items()))
    indent = "  " * depth
    if len(element):
        yield f"{indent}<{name}{marks}>"
        for child in element:
            yield from _lines(child, depth + 1, namespace)
        yield f"{indent}</{name}>"
    else:
        text = (element.text or "").encode("unicode_escape").decode("ascii") if element.text else ""
        yield f"{indent}<{name}{marks}>{text}</{name}>"
