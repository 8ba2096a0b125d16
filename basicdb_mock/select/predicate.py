"""The predicate of a Select: an expression compiled to ``matches(item name, item)``.

Every storage yields exactly what this predicate accepts, however it found its candidates.  An expression is compiled to
closures once; evaluating them takes time linear in the values of the attributes that the expression mentions.

Multi-valued attributes (source: DG/RangeValueQueriesSelect):

- An item is selected if *any* value satisfies the predicate.  A predicate is the comparisons of one attribute that are
  joined by ``and`` and ``or``; a single value must satisfy it as a whole.
- ``every()`` requires that all values satisfy the comparison.
- ``!=`` and ``not like`` require a value that differs, so they do not select items without the attribute.
- ``not (...)`` is the complement over all items of the domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from basicdb_mock.model import Item
from basicdb_mock.select.expression import And, Comparison, Expression, ItemName, Not, Or, Subject

Matches: TypeAlias = Callable[[str, Item], bool]
ValueTest: TypeAlias = Callable[[str], bool]

_NULL_TESTS = ("is null", "is not null")


def compile_predicate(where: Expression | None) -> Matches:
    """``matches(item name, item)`` for a where clause; without a where clause everything matches."""
    if where is None:
        return lambda name, item: True
    return _compiled(where)


def single_subject(expression: Expression) -> Subject | None:
    """The subject of a *predicate*: comparisons of one attribute joined by and/or, each satisfied by any value.

    ``None`` for anything else: several attributes, ``every()``, null tests, ``not``, ``intersection``.
    """
    if isinstance(expression, Comparison):
        return None if expression.every or expression.operator in _NULL_TESTS else expression.subject
    if isinstance(expression, (And, Or)):
        subject = single_subject(expression.parts[0])
        if subject is not None and all(single_subject(part) == subject for part in expression.parts[1:]):
            return subject
    return None


def value_test(predicate: Expression) -> ValueTest:
    """The test of one value for a predicate on a single subject (see :func:`single_subject`)."""
    if isinstance(predicate, Comparison):
        return comparison_test(predicate)
    if isinstance(predicate, And):
        return _all_tests([value_test(part) for part in predicate.parts])
    if isinstance(predicate, Or):
        tests = [value_test(part) for part in predicate.parts]
        return lambda value: any(test(value) for test in tests)
    raise TypeError(f"no predicate on one attribute: {predicate}")


def conjuncts(part: And) -> list[Expression]:
    """The parts of an ``and``, with predicates on the same attribute joined into one."""
    groups: dict[object, list[Expression]] = {}
    for position, child in enumerate(part.parts):
        subject = single_subject(child)
        groups.setdefault(position if subject is None else ("subject", subject), []).append(child)
    return [group[0] if len(group) == 1 else And(tuple(group)) for group in groups.values()]


def comparison_test(comparison: Comparison) -> ValueTest:
    """The test of one value for one comparison."""
    operator, values = comparison.operator, comparison.values
    if operator == "=":
        (only,) = values
        return only.__eq__
    if operator == "in":
        return frozenset(values).__contains__
    if operator == "between":
        low, high = values
        return lambda value: low <= value <= high
    if operator in ("like", "not like"):
        test = like_test(values[0])
        return test if operator == "like" else lambda value: not test(value)
    (constant,) = values
    if operator == "!=":
        return constant.__ne__
    # The comparison methods of str have the constant on the left: 'a'.__lt__(value) is 'a' < value.
    return {">": constant.__lt__, ">=": constant.__le__, "<": constant.__gt__, "<=": constant.__ge__}[operator]


def like_pieces(pattern: str) -> list[str]:
    """A LIKE pattern split at its wildcards: ``'a%b'`` gives ``['a', 'b']``; ``\\%`` is a literal percent sign."""
    return [piece.replace("\\%", "%") for piece in re.split(r"(?<!\\)%", pattern)]


def like_test(pattern: str) -> ValueTest:
    """SimpleDB's LIKE: ``%`` stands for any text; everything else, ``_`` included, stands for itself."""
    pieces = like_pieces(pattern)
    if len(pieces) == 1:
        return pieces[0].__eq__
    first, *middle, last = pieces
    middle = [piece for piece in middle if piece]
    if not middle:
        if not last:
            return lambda value: value.startswith(first)
        if not first:
            return lambda value: value.endswith(last)
    elif len(middle) == 1 and not first and not last:
        (inner,) = middle
        return lambda value: inner in value
    shortest = len(first) + len(last)

    def test(value: str) -> bool:
        if len(value) < shortest or not value.startswith(first) or not value.endswith(last):
            return False
        start, end = len(first), len(value) - len(last)
        for piece in middle:  # the leftmost occurrence leaves the most room for the rest
            found = value.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return True

    return test


def _all_tests(tests: list[ValueTest]) -> ValueTest:
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) and second(value)
    return lambda value: all(test(value) for test in tests)


def _compiled(expression: Expression) -> Matches:
    subject = single_subject(expression)
    if subject is not None:
        if isinstance(expression, Comparison) and isinstance(subject, str):
            direct = _any_value_directly(subject, expression)
            if direct is not None:
                return direct
        return _any_value(subject, value_test(expression))
    if isinstance(expression, Comparison):
        return _item_comparison(expression)
    if isinstance(expression, Not):
        inner = _compiled(expression.part)
        return lambda name, item: not inner(name, item)
    if isinstance(expression, Or):
        choices = [_compiled(part) for part in expression.parts]
        return lambda name, item: any(matches(name, item) for matches in choices)
    parts = conjuncts(expression) if isinstance(expression, And) else expression.parts
    return _all_of([_compiled(part) for part in parts])


def _all_of(parts: list[Matches]) -> Matches:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        first, second = parts
        return lambda name, item: first(name, item) and second(name, item)
    return lambda name, item: all(matches(name, item) for matches in parts)


def _any_value(subject: Subject, test: ValueTest) -> Matches:
    if isinstance(subject, ItemName):
        return lambda name, item: test(name)
    return _values(subject, test, any)


def _values(attribute: str, test: ValueTest, of: Callable[[Iterable[bool]], bool]) -> Matches:
    """Whether ``any`` or ``all`` of an attribute's values pass; false for both if there are none."""

    def matches(name: str, item: Item) -> bool:
        values = item.get(attribute)
        if values is None:
            return False
        if values.__class__ is str:
            return test(values)
        return of(map(test, values))

    return matches


def _any_value_directly(attribute: str, comparison: Comparison) -> Matches | None:
    """The most common comparisons without a call per value, for scans of large domains."""
    constant = comparison.values[0]
    if comparison.operator == "like":
        pieces = like_pieces(constant)
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            return _any_value_holding(attribute, pieces[1])
        if len(pieces) > 1:
            return None
        constant = pieces[0]
    elif comparison.operator != "=":
        return None

    def matches(name: str, item: Item) -> bool:
        values = item.get(attribute)
        return values == constant if values.__class__ is str else values is not None and constant in values

    return matches


def _any_value_holding(attribute: str, inner: str) -> Matches:
    def matches(name: str, item: Item) -> bool:
        values = item.get(attribute)
        if values.__class__ is str:
            return inner in values
        return values is not None and any(inner in value for value in values)

    return matches


def _item_comparison(comparison: Comparison) -> Matches:
    """``every()`` and the null tests: comparisons of all of an attribute's values at once."""
    subject = comparison.subject
    if isinstance(subject, ItemName):  # an item has exactly one name, never null
        if comparison.operator in _NULL_TESTS:
            answer = comparison.operator == "is not null"
            return lambda name, item: answer
        named = comparison_test(comparison)
        return lambda name, item: named(name)
    attribute = subject
    if comparison.operator == "is null":
        return lambda name, item: attribute not in item
    if comparison.operator == "is not null":
        return lambda name, item: attribute in item
    return _values(attribute, comparison_test(comparison), all)
