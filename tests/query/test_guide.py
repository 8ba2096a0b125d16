"""The guide's queries find what the guide prints, and so do those that settle what it leaves open."""

from __future__ import annotations

from typing import Any

import pytest

from tests.query.asking import Asker, told

QUERIES = told("guide.yaml")["queries"] + told("evaluation.yaml")["queries"]


@pytest.fixture(scope="module")
def books() -> Asker:
    asker = Asker()
    asker.fill("books", told("guide.yaml")["domain"])
    return asker


def in_its_order(names: list[str], query: dict[str, Any]) -> list[str]:
    return names if query.get("sorted") else sorted(names)


@pytest.mark.parametrize("query", QUERIES, ids=[query["query"] for query in QUERIES])
def test_query_finds_the_items(books: Asker, query: dict[str, Any]) -> None:
    answer = books.ask("Query", DomainName="books", QueryExpression=query["query"])
    assert answer.status == 200
    assert in_its_order(answer.texts("ItemName"), query) == in_its_order(query["items"], query)


@pytest.mark.parametrize("query", QUERIES, ids=[query["query"] for query in QUERIES])
def test_pages_of_one_item_give_the_same_items(books: Asker, query: dict[str, Any]) -> None:
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = books.ask(
            "Query", DomainName="books", QueryExpression=query["query"], MaxNumberOfItems=1, **token)
        page = answer.texts("ItemName")
        assert len(page) <= 1
        names += page
        if not answer.texts("NextToken"):
            break
        token = {"NextToken": answer.text("NextToken")}
    assert in_its_order(names, query) == in_its_order(query["items"], query)
