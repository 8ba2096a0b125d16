"""The names of all operations, whatever version or API has them."""

from __future__ import annotations

from functools import cache


@cache
def operation_names() -> tuple[str, ...]:
    """The names of all operations: those of every version of SimpleDB, and those of the export API."""
    from basicdb_mock.exports.operations import OPERATIONS  # imports all of Select, so only when needed
    from basicdb_mock.operations import ACTIONS

    return tuple(sorted({*OPERATIONS, *(name for actions in ACTIONS.values() for name in actions)}))


def check_operation(name: str) -> None:
    """Raise :class:`ValueError` if no operation has this name."""
    if name not in operation_names():
        raise ValueError(f"unknown operation {name!r}; choose from: {', '.join(operation_names())}")
