"""Measure, print the table, and write the figures and the chart.

Every figure is a ratio to its floor or peer within this run, or a time with its goal.  Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import console, in_process, language, over_http, peers, report, selects
from benchmarks.measuring import Figure

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (10, 1_000, 20_000)
PARTS = ("in-process", "http", "language", "select", "console")


def figures(parts: list[str], sizes: tuple[int, ...], *, quick: bool) -> Iterator[Figure]:
    rounds = 5 if quick else 15
    if "in-process" in parts:
        yield from in_process.measure(rounds=rounds, calls=0.2 if quick else 1.0)
    if "http" in parts:
        yield from over_http.measure(rounds=3 if quick else 9, seconds=1 if quick else 5)
    if "language" in parts:
        yield from language.measure(rounds=3 if quick else 9)
    if "select" in parts:
        for size in sizes:
            yield from selects.measure(size, peer=size <= 100_000 or not quick)
    if "console" in parts:
        yield from console.measure(rounds=5 if quick else 9, quick=quick)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds and small domains: under two minutes")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part (may be given again)")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="ITEMS", help="sizes of domains for Select")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the chart of growth")
    parser.add_argument("--strict", action="store_true", help="fail when a goal was missed")
    chosen = parser.parse_args()
    sizes = tuple(chosen.sizes) if chosen.sizes else QUICK_SIZES if chosen.quick else SIZES
    found: list[Figure] = []
    for figure in figures(chosen.only or list(PARTS), sizes, quick=chosen.quick):
        found.append(figure)
        sys.stderr.write(f"{figure.section}: {figure.name}: {report.amount(figure.value, figure.unit)}\n")
    sys.stdout.write(report.table(found) + "\n")
    sys.stdout.write("\n" + ", ".join(f"{name} {told}" for name, told in report.machine().items()) + "\n")
    if not peers.has_moto():
        sys.stdout.write("moto is not installed: its figures are left out\n")
    for file in filter(None, (chosen.json, chosen.svg)):
        file.parent.mkdir(parents=True, exist_ok=True)
    if chosen.json:
        report.write_json(found, chosen.json)
    if chosen.svg:
        chosen.svg.write_text(report.growth(found), encoding="utf-8")
    return 1 if chosen.strict and any(figure.met is False for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main())
