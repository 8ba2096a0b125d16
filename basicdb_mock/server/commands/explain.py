"""Explain how a select expression is parsed and, given a storage with its domain, how it is executed.

  basicdb-mock explain "select * from books where color = 'red'"
  basicdb-mock explain --data DIR "select * from books where color = 'red'"
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.select import prepare
from basicdb_mock.select.explain import describe, explain
from basicdb_mock.select.rules import comparisons
from basicdb_mock.server.commands import add_place, add_tenant, opened, tenant_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="a select expression")
    add_place(parser, required=False)
    add_tenant(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        return _run(arguments)
    except SimpleDBError as refused:
        sys.stderr.write(f"{refused.code}: {refused.message}\n")
        place = getattr(refused.__cause__, "loc", None)
        if isinstance(place, int) and "\n" not in arguments.expression:
            sys.stderr.write(f"  {arguments.expression}\n  {' ' * place}^\n")
        return 1


def _run(arguments: argparse.Namespace) -> int:
    prepared = prepare(arguments.expression)
    statement = prepared.statement
    sys.stdout.write(f"parsed as:   {statement}\n")
    if arguments.data or arguments.storage:
        with closing(opened(arguments)) as storage:
            told = explain(storage.domain(tenant_of(arguments), statement.domain), statement)
        sys.stdout.write(f"{told}\n")
        return 0
    tests = [] if statement.where is None else [str(test) for test in comparisons(statement.where)]
    narrowing = prepared.plan.narrowing
    sys.stdout.write(f"predicates:  {', '.join(tests) or 'none'}\n")
    sys.stdout.write(f"narrowed to: {describe(narrowing) if narrowing is not None else 'nothing'}\n")
    return 0
