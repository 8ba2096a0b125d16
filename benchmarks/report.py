"""The figures as a table, as JSON, and as a chart of how cost grows with the domain."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import Figure

PACKAGES = ("boto3", "botocore", "moto", "pyparsing", "Flask")


def amount(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:,.0f} {unit}"
    if value < 0.001:
        return f"{value * 1e6:.1f} us"
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.2f} s"


def table(figures: Sequence[Figure]) -> str:
    rows: list[tuple[str, ...]] = [("what", "size", "value", "against", "ratio", "goal", "met")]
    section = ""
    for figure in figures:
        if figure.section != section:
            section = figure.section
            rows.append((section.upper(), *[""] * 6))
        rows.append(
            (
                f"  {figure.name}",
                "" if figure.size is None else f"{figure.size:,}",
                amount(figure.value, figure.unit),
                figure.peer,
                "" if figure.ratio is None else f"{figure.ratio:.2f}",
                figure.goal,
                {None: "", True: "yes", False: "NO"}[figure.met],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    right = (1, 2, 4)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    told = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    return told | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_json(figures: Sequence[Figure], path: Path) -> None:
    content = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


# -- the chart ---------------------------------------------------------------------------------------------------------
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 900, 520, 90, 270, 40, 60
_COLOURS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e"]
CURVES = (
    "page: equality, selective",
    "page: equality of two attributes",
    "page: in, 20 values",
    "page: range, order by, limit 100",
    "page: itemName() prefix",
    "deep page, order by",
    "count: intersection",
    "count: range over half the values",
    "scan: like, infix",
)


def growth(figures: Sequence[Figure]) -> str:
    """An SVG of milliseconds by number of items, both logarithmic."""
    curves = {
        name: sorted((f.size, f.value * 1000) for f in figures if f.name == name and f.size and f.unit == "s")
        for name in CURVES
    }
    points = [point for curve in curves.values() for point in curve]
    if not points:
        return ""
    least, most = (math.log10(bound(size for size, _ in points)) for bound in (min, max))
    low = math.floor(math.log10(max(1e-3, min(value for _, value in points))))
    high = math.ceil(math.log10(max(value for _, value in points)))

    def x(size: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log10(size) - least) / max(1e-9, most - least)

    def y(value: float) -> float:
        share = (math.log10(max(value, 10**low)) - low) / max(1, high - low)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="16">Select in memory: milliseconds by items in the domain</text>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        lines.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
        lines.append(f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:g} ms</text>')
    lines += [
        f'<text x="{x(size):.1f}" y="{_HEIGHT - _BOTTOM + 22}" text-anchor="middle">{size:,}</text>'
        for size in sorted({size for size, _ in points})
    ]
    for curve, colour in zip(curves.values(), _COLOURS, strict=True):
        if not curve:
            continue
        path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in curve)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>' for size, value in curve]
    for at, (name, colour) in enumerate(zip(curves, _COLOURS, strict=True)):
        below = _TOP + 20 + at * 24
        lines.append(f'<rect x="{_WIDTH - _RIGHT + 18}" y="{below - 10}" width="12" height="12" fill="{colour}"/>')
        lines.append(f'<text x="{_WIDTH - _RIGHT + 36}" y="{below}">{escape(name)}</text>')
    return "\n".join([*lines, "</svg>", ""])
