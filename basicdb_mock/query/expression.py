"""Query expressions of the 2007 language as data; they print back to the language."""

from __future__ import annotations

from dataclasses import dataclass


def quoted(text: str) -> str:
    """``text`` as written in the language: in single quotes, with quotes and backslashes escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True, slots=True)
class ValueTest:
    """One comparison inside brackets; ``joiner`` is the ``and`` or ``or`` before it, empty for the first.

    ``operator`` is one of ``= != < <= > >=``, ``starts-with`` and ``does-not-start-with``.
    """

    joiner: str
    attribute: str
    operator: str
    value: str

    def __str__(self) -> str:
        test = f"{quoted(self.attribute)} {self.operator} {quoted(self.value)}"
        return f"{self.joiner} {test}" if self.joiner else test


@dataclass(frozen=True, slots=True)
class Predicate:
    """Brackets; ``joiner`` is the ``intersection`` or ``union`` before them, empty for the first."""

    joiner: str
    negated: bool
    tests: tuple[ValueTest, ...]

    def __str__(self) -> str:
        words = [self.joiner] if self.joiner else []
        if self.negated:
            words.append("not")
        words.append(f"[{' '.join(map(str, self.tests))}]")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Sort:
    """``sort``: always by one attribute."""

    attribute: str
    descending: bool = False

    def __str__(self) -> str:
        return f"sort {quoted(self.attribute)} {'desc' if self.descending else 'asc'}"


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query expression."""

    predicates: tuple[Predicate, ...]
    sort: Sort | None = None

    def __str__(self) -> str:
        return " ".join(str(part) for part in (*self.predicates, self.sort) if part is not None)
