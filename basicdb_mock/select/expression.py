"""Select expressions as data: what the grammar produces and all later steps work on.

The dataclasses print back to the language (``str(statement)``), in one canonical spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias


class ItemName(Enum):
    """``itemName()`` in the place of an attribute's name."""

    ITEM_NAME = "itemName()"

    def __str__(self) -> str:
        return self.value


ITEM_NAME: Final = ItemName.ITEM_NAME

Subject: TypeAlias = "str | ItemName"
"""The subject of a comparison or a sort: an attribute's name, or :data:`ITEM_NAME`."""

RESERVED_WORDS: Final = frozenset({
    "and", "asc", "between", "by", "desc", "every", "from", "in", "intersection", "is", "like", "limit", "not", "null",
    "or", "order", "select", "where",
})  # fmt: skip
"""Words that need backticks as names (source: DG/QuotingRulesSelect)."""

_BARE_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def quoted_name(name: str) -> str:
    """``name`` as written in the language: bare if allowed, else in backticks."""
    if _BARE_NAME.fullmatch(name) and name.lower() not in RESERVED_WORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def quoted_value(value: str) -> str:
    """``value`` as a literal of the language."""
    return "'" + value.replace("'", "''") + "'"


def _subject(subject: Subject) -> str:
    return quoted_name(subject) if isinstance(subject, str) else str(subject)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of an attribute's values, or of the item's name, with constants.

    ``operator`` is one of ``= != > >= < <= like``, ``not like``, ``between``, ``in``, ``is null``, ``is not null``;
    ``values`` holds two constants for ``between``, one or more for ``in``, none for the null tests, else one.
    With ``every``, all values of the attribute must satisfy it, and there must be at least one.
    """

    subject: Subject
    operator: str
    values: tuple[str, ...] = ()
    every: bool = False

    @property
    def tests(self) -> int:
        """How much it counts towards the limit on comparisons: each value of an IN list counts."""
        return max(1, len(self.values)) if self.operator == "in" else 1

    def __str__(self) -> str:
        subject = f"every({_subject(self.subject)})" if self.every else _subject(self.subject)
        constants = [quoted_value(value) for value in self.values]
        if self.operator == "between":
            return f"{subject} between {constants[0]} and {constants[1]}"
        if self.operator == "in":
            return f"{subject} in ({', '.join(constants)})"
        return " ".join([subject, self.operator, *constants])


@dataclass(frozen=True, slots=True)
class And:
    """Satisfied if all parts are; one value must meet all comparisons of its attribute (docs/assumptions.md)."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " and ".join(_part(part, Or, Intersection) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Satisfied if any part is."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " or ".join(_part(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Intersection:
    """The items that every part selects on its own."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " intersection ".join(_part(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The items of the domain that ``part`` does not select."""

    part: Expression

    def __str__(self) -> str:
        return f"not {_part(self.part, Or, Intersection, And)}"


Expression: TypeAlias = "Comparison | And | Or | Intersection | Not"


def _part(part: Expression, *looser: type) -> str:
    return f"({part})" if isinstance(part, looser) else str(part)


@dataclass(frozen=True, slots=True)
class Sort:
    """``order by``: one attribute or the item's name."""

    subject: Subject
    descending: bool = False

    def __str__(self) -> str:
        return f"order by {_subject(self.subject)} {'desc' if self.descending else 'asc'}"


class Output(Enum):
    """The output lists that are not lists of names."""

    ALL = "*"
    ITEM_NAME = "itemName()"
    COUNT = "count(*)"


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole select expression.  ``output`` is a tuple of names if the expression lists attributes."""

    output: Output | tuple[str, ...]
    domain: str
    where: Expression | None = None
    sort: Sort | None = None
    limit: int | None = None

    @property
    def condition(self) -> str:
        """The where clause and sort in canonical spelling, which bind a NextToken; empty for a whole-domain scan."""
        return " ".join(str(part) for part in (self.where, self.sort) if part is not None)

    def __str__(self) -> str:
        output = self.output.value if isinstance(self.output, Output) else ", ".join(map(quoted_name, self.output))
        words = ["select", output, "from", quoted_name(self.domain)]
        if self.where is not None:
            words += ["where", str(self.where)]
        if self.sort is not None:
            words.append(str(self.sort))
        if self.limit is not None:
            words += ["limit", str(self.limit)]
        return " ".join(words)
