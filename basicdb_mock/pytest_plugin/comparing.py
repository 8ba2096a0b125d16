"""What pytest shows when ``assert simpledb == {...}`` fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_MOST = 50


def explain(left: object, right: object) -> list[str] | None:
    """The differences between a SimpleDB and a mapping; ``None`` for anything else."""
    from basicdb_mock.seeding import differences

    simpledb, expected = (left, right) if isinstance(right, Mapping) else (right, left)
    contents: Callable[[], Mapping[str, object]] | None = getattr(simpledb, "contents", None)
    if contents is None or not isinstance(expected, Mapping):
        return None
    lines = differences(contents(), expected)
    more = [f"... and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return ["the contents of SimpleDB are not as expected", *lines[:_MOST], *more]
