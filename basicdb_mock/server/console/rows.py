"""Parses items in CSV or JSON lines into the parameters of one BatchPutAttributes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import count

_ITEM = "itemName()"


def batch_of(text: str, *, replace: bool) -> dict[str, str]:
    """The ``Item.N`` parameters of lines with one item each, in that order.

    A JSON line is like ``{"itemName()": "apple", "color": ["red", "green"]}``.  CSV names its columns in the first
    line, ``itemName()`` first; an empty cell is no value, and columns of the same name are several values.

    Raises :class:`ValueError` with the line of what is wrong.
    """
    text = text.replace("\r\n", "\n")
    rows = _json_lines(text) if text.lstrip().startswith("{") else _csv_lines(text)
    parameters: dict[str, str] = {}
    for number, (item, attributes) in enumerate(rows, 1):
        parameters[f"Item.{number}.ItemName"] = item
        for each, (name, value) in enumerate(attributes, 1):
            prefix = f"Item.{number}.Attribute.{each}"
            parameters[f"{prefix}.Name"] = name
            parameters[f"{prefix}.Value"] = value
            if replace:
                parameters[f"{prefix}.Replace"] = "true"
    if not parameters:
        raise ValueError("give at least one item")
    return parameters


def _json_lines(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for number, line in zip(count(1), text.split("\n"), strict=False):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise ValueError(f"line {number}: not JSON: {problem}") from None
        if not isinstance(row, dict) or not isinstance(row.get(_ITEM), str):
            raise ValueError(f'line {number}: write an item as {{"{_ITEM}": "its name", "attribute": "value"}}')
        item = row.pop(_ITEM)
        several = {name: value if isinstance(value, list) else [value] for name, value in row.items()}
        if not all(isinstance(value, str) for values in several.values() for value in values):
            raise ValueError(f"line {number}: a value must be a string or a list of strings")
        yield item, [(name, value) for name, values in several.items() for value in values]


def _csv_lines(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    lines = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    columns: list[str] = []
    try:
        for row in lines:
            if not row:
                continue
            if not columns:
                columns = row
                if columns[0] != _ITEM:
                    raise ValueError(f"line {lines.line_num}: the first column must be {_ITEM}")
            elif len(row) > len(columns):
                raise ValueError(f"line {lines.line_num}: {len(row)} cells, but there are {len(columns)} columns")
            else:
                yield row[0], [(name, value) for name, value in zip(columns[1:], row[1:], strict=False) if value]
    except csv.Error as problem:
        raise ValueError(f"line {lines.line_num}: {problem}") from None
