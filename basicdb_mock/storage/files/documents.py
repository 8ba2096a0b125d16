"""Item files: canonical JSON that people can read, review and write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from basicdb_mock.model import Item, Values
from basicdb_mock.storage.contract import StorageError


class Document(NamedTuple):
    """An item's file: name, number (``None`` if a person wrote the file without one) and attributes."""

    name: str
    entity: int | None
    item: Item


def written(value: Mapping[str, object]) -> bytes:
    """JSON in its canonical form."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def item_text(name: str, entity: int, item: Item) -> bytes:
    """The contents of an item's file."""
    return written({"item": name, "entity": entity, "attributes": item})


def parse_item(path: str, content: bytes) -> Document:
    """The item in a file.  Raises StorageError naming the file and the problem."""
    document = parse(path, content)
    name, entity, attributes = document.get("item"), document.get("entity"), document.get("attributes")
    if not isinstance(name, str) or not name:
        raise broken(path, '"item" must be the item\'s name')
    if entity is not None and (not isinstance(entity, int) or isinstance(entity, bool) or not 0 < entity < 1 << 53):
        raise broken(path, '"entity" must be a number of at least 1 and below 2**53, or left out')
    if not isinstance(attributes, dict) or not attributes:
        raise broken(path, '"attributes" must be an object with at least one attribute')
    unknown = document.keys() - {"item", "entity", "attributes"}
    if unknown:
        raise broken(path, f"there is no {min(unknown)!r} in an item")
    try:
        item = {attribute: _values(path, attribute, values) for attribute, values in attributes.items()}
        if b"\\u" in content:  # only an escape can contain a lone surrogate
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise broken(path, "it holds half a surrogate pair, which is no text") from None
    return Document(name, entity, item)


def _values(path: str, attribute: str, values: object) -> Values:
    texts = values if isinstance(values, list) else [values]
    if not attribute or not texts or not all(isinstance(text, str) for text in texts):
        raise broken(path, f"attribute {attribute!r} must have a text as its value, or a list of texts")
    unique = tuple(dict.fromkeys(texts))
    return unique[0] if len(unique) == 1 else unique


def parse(path: str, content: bytes) -> dict[str, object]:
    """The object in a JSON file.  Raises StorageError."""
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text)
        if isinstance(document, dict) and text.count(":") > _names_in(document):
            json.loads(text, object_pairs_hook=_once)  # slower, but finds names that occur twice
    except ValueError as problem:
        raise broken(path, str(problem)) from None
    except RecursionError:
        raise broken(path, "it is nested too deeply") from None
    if not isinstance(document, dict):
        raise broken(path, "it must be an object")
    return document


def _names_in(document: dict[str, object]) -> int:
    return len(document) + sum(len(part) for part in document.values() if isinstance(part, dict))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object.  Raises :class:`ValueError` if a name occurs twice, as after a merge, since one would be lost."""
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in made if names.count(name) > 1)!r} occurs twice")
    return made


def broken(path: str, why: str) -> StorageError:
    return StorageError(f"{path} is broken: {why}")
