"""Items written as lines, CSV or JSON, as the parameters of one BatchPutAttributes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import count

_ITEM = "itemName()"


def batch_of(text: str, *, replace: bool) -> dict[str, str]:
    """The ``Item.N`` parameters of lines: one item a line, in the order they stand.

    JSON lines are ``{"itemName()": "apple", "color": ["red", "green"]}`` each; CSV names its columns in the first line,
    ``itemName()`` before all others, and an empty cell is no value; several columns of a name are several values.

    Raises :class:`ValueError` telling the line.
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
        raise ValueError("there is no item in these lines")
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
            raise ValueError(f'line {number}: an item is written {{"{_ITEM}": "its name", "attribute": "value"}}')
        item = row.pop(_ITEM)
        several = {name: value if isinstance(value, list) else [value] for name, value in row.items()}
        if not all(isinstance(value, str) for values in several.values() for value in values):
            raise ValueError(f"line {number}: a value is a text, or a list of texts")
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
