"""Reads seeds: a mapping, a file, a directory, an exported domain, or several of these.

- ``.yaml``, ``.yml``, ``.json``: domains, items, attributes (the seed format).  A scalar is taken as it is written:
  ``007`` stays ``007``.
- ``.csv``: one domain, named like the file.  The first column, ``itemName()``, is the item; every other column is an
  attribute.  An empty cell is no value.  For several values, repeat the item in several rows, or a column's name.
- a directory: all such files in it; or what exports of the simpledbv2 API wrote to a bucket, each found by its
  ``manifest-summary.json`` and checked against its manifest (:mod:`basicdb_mock.exports.reading`).
- a single data file of such an export: a JSON array of items.
"""

from __future__ import annotations

import csv
import json
import os
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from basicdb_mock.exports.reading import SUMMARY, read_export, read_items
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import Item, pairs, utf8_size
from basicdb_mock.seeding.contents import Contents, InOrder
from basicdb_mock.settings import Setting, parse_settings, setting_of

Part: TypeAlias = "Mapping[str, object] | str | os.PathLike[str]"
Source: TypeAlias = "Part | Iterable[Part]"
"""A mapping in the seed format, the path of a file or directory, or several of either."""

_ITEM_COLUMNS = ("itemName()", "itemName", "ItemName", "item")
_ENOUGH_TO_TELL = 4096
_LINES_ARE_FOUND_UP_TO = 4 * 1024 * 1024


def read_seed(source: Source, limits: Limits = AWS) -> Contents:
    """The contents of a source.

    Raises :class:`ValueError` with the place of what is wrong (file and line, or the path of keys in a mapping), and
    :class:`OSError` if a file cannot be read.
    """
    contents = _Gathering(limits)
    for part in source if isinstance(source, Iterable) and not isinstance(source, (Mapping, str)) else [source]:
        if isinstance(part, Mapping):
            contents.add_domains(_seen(part))
        elif isinstance(part, (str, os.PathLike)):
            _read_path(Path(part), contents)
        else:
            raise ValueError(f"a seed must be a mapping, a path, or several of them, not {part!r:.100}")
    return contents.sorted()


def _seen(mapping: Mapping[str, object]) -> Setting:
    return setting_of(_lists(mapping), "")


def _lists(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _lists(part) for name, part in value.items()}
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def _read_path(path: Path, contents: _Gathering) -> None:
    if path.is_dir():
        _read_directory(path, contents)
    elif path.suffix == ".csv":
        _read_csv(path, contents)
    elif path.suffix == ".json":
        _read_json(path, contents)
    elif path.suffix in (".yaml", ".yml"):
        contents.add_domains(parse_settings(_text(path), str(path)))
    else:
        raise ValueError(f"{path}: a seed must be a directory, or a file ending in .yaml, .yml, .json or .csv")


def _read_directory(directory: Path, contents: _Gathering) -> None:
    summaries = sorted(directory.rglob(SUMMARY))
    for summary in summaries:
        exported = read_export(summary.parent)
        contents.add_exported(exported.domain, exported, str(summary))
    if summaries:
        return
    files = sorted(path for path in directory.iterdir() if path.is_file() and not path.name.startswith("."))
    for path in files:
        _read_path(path, contents)


def _read_json(path: Path, contents: _Gathering) -> None:
    with path.open("rb") as file:
        if file.read(_ENOUGH_TO_TELL).removeprefix(BOM_UTF8).lstrip()[:1] == b"[":
            file.seek(0)
            named = path.parent.parent.name if path.parent.name == "data" else path.stem
            contents.add_exported(named, read_items(file, str(path)), str(path))
            return
    text = _text(path)
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as problem:
        raise ValueError(f"{path}, line {problem.lineno}: {problem.msg}") from None
    except RecursionError:
        raise ValueError(f"{path}: nested too deep") from None
    try:
        contents.add_domains(setting_of(value, str(path)))
    except ValueError:  # again with the slow parser, which knows lines
        if len(text) <= _LINES_ARE_FOUND_UP_TO:
            contents.add_domains(parse_settings(text, str(path)))
        raise


def _read_csv(path: Path, contents: _Gathering) -> None:
    rows = csv.reader(_text(path).splitlines(keepends=True), strict=True)
    domain: dict[str, dict[str, list[str]]] = {}
    names: list[str] = []
    try:
        for row in rows:
            place = Setting(None, f"{path}, line {rows.line_num}")
            if not names:
                names = row
                if not row or row[0] not in _ITEM_COLUMNS:
                    raise place.wrong(f"the first column must be {_ITEM_COLUMNS[0]}")
                domain = contents.domain(path.stem, place)
            elif len(row) > len(names):
                raise place.wrong(f"{len(row)} cells, but there are {len(names)} columns")
            elif row:
                contents.add_item(domain, row[0], _cells(names, row), place)
    except csv.Error as problem:
        raise ValueError(f"{path}, line {rows.line_num}: {problem}") from None
    if not names:
        raise ValueError(f"{path}, line 1: the first line must name the columns")


def _cells(names: list[str], row: list[str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in zip(names[1:], row[1:], strict=False) if value)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise ValueError(f"{path}, line {line}: not UTF-8") from None


class _Gathering:
    """Collects contents and checks them against the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._domains: dict[str, dict[str, dict[str, list[str]]]] = {}
        self._exported: set[str] = set()

    def sorted(self) -> Contents:
        return {
            domain: (InOrder if domain in self._exported else dict)({
                item: {name: tuple(sorted(values)) for name, values in attributes.items()}
                for item, attributes in items.items()
            })
            for domain, items in self._domains.items()
        }

    def domain(self, name: str, place: Setting) -> dict[str, dict[str, list[str]]]:
        if not self._limits.is_domain_name(name):
            raise place.wrong(
                f"{name!r} is not a valid domain name: use 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'")
        return self._domains.setdefault(name, {})

    def add_domains(self, seed: Setting) -> None:
        for name, items in _named(seed, "a seed", "domains").items():
            domain = self.domain(name, items)
            for item, attributes in _named(items, f"domain {name!r}", "items").items():
                given = _named(attributes, f"item {item!r}", "attributes")
                told = ((key, value, part) for key, several in given.items() for value, part in _texts(several))
                self._add(domain, item, told, attributes)

    def add_exported(self, name: str, items: Iterable[tuple[str, Item]], source: str) -> None:
        domain = self.domain(name, Setting(None, source))
        self._exported.add(name)
        for item, held in items:
            place = Setting(None, f"{source}, item {item!r:.100}")
            self._add(domain, item, ((attribute, value, place) for attribute, value in pairs(held)), place)

    def add_item(
        self, domain: dict[str, dict[str, list[str]]], item: str, told: Iterable[tuple[str, str]], place: Setting
    ) -> None:
        self._add(domain, item, ((name, value, place) for name, value in told), place)

    def _add(
        self,
        domain: dict[str, dict[str, list[str]]],
        item: str,
        told: Iterable[tuple[str, str, Setting]],
        place: Setting,
    ) -> None:
        self._check("an item's name", item, place)
        attributes: dict[str, list[str]] = domain.get(item, {})
        for name, value, where in told:
            self._check("an attribute's name", name, where)
            self._check("a value", value, where, may_be_empty=True)
            values = attributes.setdefault(name, [])
            if value not in values:
                values.append(value)
        if not attributes:
            raise place.wrong(f"item {item!r} has no attributes; SimpleDB does not keep items without attributes")
        number = sum(map(len, attributes.values()))
        if number > self._limits.item_attributes:
            raise place.wrong(f"item {item!r} has {number} values; the limit is {self._limits.item_attributes}")
        domain[item] = attributes

    def _check(self, what: str, text: str, place: Setting, *, may_be_empty: bool = False) -> None:
        try:
            size = utf8_size(text)
        except UnicodeEncodeError:
            raise place.wrong(f"{what} has half a surrogate pair in it") from None
        if not text and not may_be_empty:
            raise place.wrong(f"{what} may not be empty")
        if size > self._limits.name_bytes:
            raise place.wrong(f"{what} has {size} bytes; the limit is {self._limits.name_bytes}")


def _named(setting: Setting, what: str, of: str) -> dict[str, Setting]:
    if setting.value is None:
        return {}
    if not isinstance(setting.value, dict):
        raise setting.wrong(f"{what} must be a mapping of {of}")
    return dict(setting.value)


def _texts(setting: Setting) -> Iterator[tuple[str, Setting]]:
    for part in setting.value if isinstance(setting.value, list) else [setting]:
        if isinstance(part.value, str):
            yield part.value, part
        elif part.written is not None and part.value is not None:
            yield part.written, part
        else:
            raise part.wrong("a value must be a string; SimpleDB has no other type")
