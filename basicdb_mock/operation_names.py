"""The names of all operations, whatever version or API has them."""

from __future__ import annotations

from functools import cache


@cache
def operation_names() -> tuple[str, ...]:
    """All operations there are: those of SimpleDB in every version, and those of the export API."""
    from basicdb_mock.exports.operations import OPERATIONS  # with all of Select: imported when somebody asks
    from basicdb_mock.operations import ACTIONS

    return tuple(sorted({*OPERATIONS, *(name for actions in ACTIONS.values() for name in actions)}))


def check_operation(name: str) -> None:
    """Raise :class:`ValueError` for the name of no operation."""
    if name not in operation_names():
        raise ValueError(f"no operation {name!r}; there are: {', '.join(operation_names())}")
