"""Small charts of the journal as SVG: requests, errors and BoxUsage over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from basicdb_mock.journal import Call

_WIDTH, _HEIGHT, _BARS = 240, 48, 40


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the oldest call to the newest; each bar is (x, y, width, height) in a box of 240 by 48."""

    title: str
    total: str
    bars: Sequence[tuple[float, float, float, float]]
    span: str


def charts(calls: Sequence[Call]) -> list[Chart]:
    """Requests, errors and BoxUsage of calls that are in order of time."""
    if not calls:
        return []
    first, last = calls[0].at, calls[-1].at
    step = max(last - first, 1.0) / _BARS
    requests, failures, usage = [0.0] * _BARS, [0.0] * _BARS, [0.0] * _BARS
    for call in calls:
        slot = max(0, min(int((call.at - first) / step), _BARS - 1))
        requests[slot] += 1
        failures[slot] += call.status >= 400
        usage[slot] += (call.box_usage or 0) / 1e10
    span = f"{last - first:.0f} s"
    return [
        _chart("Requests", f"{len(calls)}", requests, span),
        _chart("Errors", f"{sum(failures):.0f}", failures, span),
        _chart("BoxUsage", f"{sum(usage):.10f}", usage, span),
    ]


def _chart(title: str, total: str, heights: Sequence[float], span: str) -> Chart:
    highest = max(heights) or 1.0
    width = _WIDTH / _BARS
    bars = [
        (
            round(slot * width, 2),
            round(_HEIGHT * (1 - height / highest), 2),
            round(width - 1, 2),
            round(_HEIGHT * height / highest, 2),
        )
        for slot, height in enumerate(heights)
        if height
    ]
    return Chart(title, total, bars, span)
