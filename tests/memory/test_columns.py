"""The predicate over many items at once says of each what it says of it alone."""

from __future__ import annotations

import pytest

from basicdb_mock.model import Item
from basicdb_mock.select import columns, prepare

ITEMS: list[tuple[str, Item]] = [
    (f"i{at:03}", {"text": f"n{at * 37 % 100:02}", "half": "x"} if at % 2 else {"text": f"n{at:02}", "nul": "a\0b"})
    for at in range(200)
]
SEVERAL: list[tuple[str, Item]] = [*ITEMS[:50], ("many", {"text": ("n07", "n12"), "half": ("x", "y")}), *ITEMS[50:]]
CONDITIONS = [
    "text = 'n12'",
    "text = 'none'",
    "text like '%7%'",
    "text like '%33%'",
    "text like '%'",
    "text like '%%'",
    "text like 'n1%'",
    "nul like '%b%'",
    "nul like '%\0b%'",
    "half = 'x'",
    "half like '%none%'",
    "text like '%33%' and half = 'x'",
    "text like '%3%' and half = 'x'",
    "text > 'n9' and text < 'n95' and half = 'x'",
    "text = 'n12' or half = 'x' or text = 'none'",
    "text = 'none' or text = 'nothing' or half = 'z'",
    "not (text like '%3%' or half = 'x')",
    "not half = 'z'",
    "every(text) > 'n07'",
    "half is null intersection text in ('n12', 'n33')",
    "itemName() like 'i1%' and text != 'n12'",
]


@pytest.mark.parametrize("many", [0, 64])
@pytest.mark.parametrize("rows", [ITEMS, SEVERAL, SEVERAL[50:51], []], ids=["single", "several", "one", "none"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_many_items_are_judged_as_each_alone(
    condition: str, rows: list[tuple[str, Item]], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_MANY", many)
    plan = prepare(f"select * from d where {condition}").plan
    names, items = [name for name, _ in rows], [item for _, item in rows]
    marks = plan.matching(names, items) or [0] * len(rows)
    assert list(map(bool, marks)) == [plan.matches(*row) for row in rows]
