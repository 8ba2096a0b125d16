"""The developer guide's data and queries (documented.yaml), through every door and on every storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calling import Caller

BOOK: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("documented.yaml").read_text())


@pytest.fixture
def library(call: Caller) -> Caller:
    call.create("mydomain")
    for item, attributes in BOOK["items"].items():
        pairs = [
            (name, value)
            for name, values in attributes.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        assert call.put("mydomain", item, *pairs).status == 200
    return call


def text_of(query: dict[str, Any]) -> str:
    return query.get("select") or f"select itemName() from mydomain where {query['where']}"


@pytest.mark.parametrize("query", BOOK["queries"], ids=text_of)
def test_a_documented_query_gives_the_documented_result(library: Caller, query: dict[str, Any]) -> None:
    answer = library.select(text_of(query))
    assert answer.status == 200, answer.body
    if "counts" in query:
        assert answer.item_names == ["Domain"]
        assert answer.pairs == [("Count", query["counts"])]
    elif "sorted" in query:
        assert answer.item_names == query["sorted"]
    else:
        assert sorted(answer.item_names) == sorted(query["gives"])


@pytest.mark.parametrize("query", BOOK["refused"], ids=text_of)
def test_a_documented_mistake_is_refused(library: Caller, query: dict[str, Any]) -> None:
    answer = library.select(text_of(query))
    assert (answer.status, answer.code, answer.box_usage) == (400, query["code"], "0.0000137200")
