"""The rows of ``storage_cluster``'s table, and what several of its parts do to get them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from basicdb_mock.model import Tenant
from basicdb_mock.select.plan import Plan
from basicdb_mock.storage.contract import Domain

TENANT = Tenant("benchmark", "us-east-1")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    figure: float
    unit: str
    beside: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def told(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} x {row.beside}"
    verdict = "" if row.met is None else f"{row.goal}: {'met' if row.met else 'MISSED'}"
    return f"{row.name:<58} {row.figure:>10,.1f} {row.unit:<12} {ratio:<30} {verdict}"


def page(domain: Domain, plan: Plan, number: int) -> None:
    found = 0
    for step in domain.search(plan):
        found += step.item is not None
        if found == number:
            return


def timed(call: Callable[[], object]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun
