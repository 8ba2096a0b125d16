"""Select for the control API and the console: results as plain values and CSV, the place of an error, the plan."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from time import perf_counter
from typing import Any

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.model import Tenant
from basicdb_mock.select import parse, prepare
from basicdb_mock.select.explain import explain
from basicdb_mock.select.expression import Output
from basicdb_mock.select.rules import comparisons
from basicdb_mock.server.asking import Answer, Row, ask, columns_of, rows_of


def selected(engine: Engine, tenant: Tenant, expression: str, token: str) -> dict[str, Any]:
    """One page of an expression, read consistently: rows, columns, NextToken, the error if there is one."""
    parameters = {"SelectExpression": expression, "ConsistentRead": "true"}
    if token:
        parameters["NextToken"] = token
    answer = ask(engine, tenant, "Select", parameters)
    rows = rows_of(answer)
    return {
        **tenant._asdict(),
        "expression": expression,
        "rows": [_row(row) for row in rows],
        "columns": columns_of(rows),
        "next_token": answer.next_token,
        **_outcome(answer),
    }


def as_csv(told: dict[str, Any]) -> str:
    """The result of :func:`selected` as CSV: an item per row, several values of an attribute on lines in its cell."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["itemName()", *told["columns"]])
    for row in told["rows"]:
        values = (row["attributes"].get(name, []) for name in told["columns"])
        rows.writerow([row["name"]["text"], *("\n".join(cell["text"] for cell in cells) for cells in values)])
    return out.getvalue()


def error_place(engine: Engine, expression: str) -> int | None:
    """The offset at which the parser failed."""
    try:
        parse(expression, engine.limits)
    except SimpleDBError as error:
        place = getattr(error.__cause__, "loc", None)
        return place if isinstance(place, int) else None
    return None


def explained(engine: Engine, tenant: Tenant, expression: str) -> dict[str, Any]:
    """The plan of an expression, which is run again to see what it examines; ``ms`` is in milliseconds."""
    statement = prepare(expression, engine.limits).statement
    started = perf_counter()
    explanation = explain(
        engine.truth.domain(tenant, statement.domain), statement, engine.limits.default_page_items
    )
    tests = [] if statement.where is None else [str(test) for test in comparisons(statement.where)]
    return {
        **asdict(explanation),
        "read_as": str(statement),
        "domain": statement.domain if statement.output is not Output.COUNT else None,
        "predicates": tests,
        "ms": round((perf_counter() - started) * 1000, 3),
    }


def _outcome(answer: Answer) -> dict[str, Any]:
    return {
        "number": answer.number,
        "whole": answer.root.tag != "Nothing",
        "status": answer.status,
        "code": answer.code,
        "message": answer.message,
        "box_usage": answer.box_usage,
        "body": answer.body,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": asdict(row.name),
        "attributes": {name: [asdict(cell) for cell in cells] for name, cells in row.attributes.items()},
    }
