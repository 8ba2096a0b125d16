"""The predicate for many items at once, attribute by attribute, as used to scan a large domain.

It gives the same results as :func:`basicdb_mock.select.predicate.compile_predicate`, by the same tests of the same
values.  It saves a call per item and, above all, waiting for memory: the interpreter's own loops read the values of one
attribute of a thousand items while the processor already fetches the next ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress, repeat
from operator import and_, itemgetter, not_, or_
from typing import TypeAlias

from basicdb_mock.model import Item, Values
from basicdb_mock.select.expression import And, Comparison, Expression, Intersection, ItemName, Not, Or, Subject
from basicdb_mock.select.predicate import (
    Matches,
    ValueTest,
    compile_predicate,
    conjuncts,
    like_pieces,
    single_subject,
    value_test,
)

Marks: TypeAlias = Sequence[int]
"""A truth value for each of some items; empty if it is false for all of them."""

Matching: TypeAlias = Callable[[Sequence[str], Sequence[Item]], Marks]
"""Which of some items match, given their names and the items."""

TextTests: TypeAlias = Callable[[Sequence[str]], Marks]

_ONLY_TEXTS = {str}
_MANY = 64
"""From this number of matches in a thousand items on, testing each item costs less than searching for matches."""


def compile_columns(where: Expression | None) -> Matching:
    """The predicate of a where clause for many items at a time; without a where clause everything matches."""
    if where is None:
        return lambda names, items: [True] * len(items)
    return _compiled(where)


def _compiled(where: Expression) -> Matching:
    subject = single_subject(where)
    if subject is not None:
        return _any_value(subject, where)
    if isinstance(where, Comparison):
        return _one_by_one(compile_predicate(where))
    if isinstance(where, Not):
        return _none_of(_compiled(where.part))
    if isinstance(where, Or):
        return _any_of([_compiled(part) for part in where.parts])
    first, *others = conjuncts(where) if isinstance(where, And) else where.parts
    if not others:
        return _compiled(first)
    rest = others[0] if len(others) == 1 else Intersection(tuple(others))
    return _all_of(_compiled(first), _compiled(rest), compile_predicate(rest))


def _one_by_one(matches: Matches) -> Matching:
    return lambda names, items: list(map(matches, names, items))


def _none_of(inner: Matching) -> Matching:
    def matching(names: Sequence[str], items: Sequence[Item]) -> Marks:
        found = inner(names, items)
        return list(map(not_, found)) if found else [True] * len(items)

    return matching


def _any_of(parts: list[Matching]) -> Matching:
    def matching(names: Sequence[str], items: Sequence[Item]) -> Marks:
        found: Marks = ()
        for part in parts:
            more = part(names, items)
            found = list(map(or_, found, more)) if found and more else found or more
        return found

    return matching


def _all_of(first: Matching, others: Matching, others_of_one: Matches) -> Matching:
    """A conjunction: all items are tested for the other parts only if many passed the first."""

    def matching(names: Sequence[str], items: Sequence[Item]) -> Marks:
        found = first(names, items)
        passed = sum(found)
        if not passed:
            return ()
        if passed > _MANY:
            more = others(names, items)
            return list(map(and_, found, more)) if more else ()
        marks = bytearray(len(items))
        for at in compress(range(len(items)), found):
            marks[at] = others_of_one(names[at], items[at])
        return marks

    return matching


def _any_value(subject: Subject, predicate: Expression) -> Matching:
    test = value_test(predicate)
    if isinstance(subject, ItemName):
        return lambda names, items: list(map(test, names))
    attribute, of_texts = subject, _tests_of_texts(predicate, test)
    value_of = itemgetter(attribute)

    def matching(names: Sequence[str], items: Sequence[Item]) -> Marks:
        values: list[Values | None]
        try:
            values = list(map(value_of, items))
        except KeyError:
            values = list(map(dict.get, items, repeat(attribute)))  # type: ignore[arg-type]  # items are dicts
        if set(map(type, values)) == _ONLY_TEXTS:  # which also brings all values into the cache
            return of_texts(values)  # type: ignore[arg-type]  # they are
        return [
            test(value) if isinstance(value, str) else value is not None and any(map(test, value)) for value in values
        ]

    return matching


def _tests_of_texts(predicate: Expression, test: ValueTest) -> TextTests:
    """The test for many texts; the most common comparisons need no call per text."""
    if isinstance(predicate, Comparison):
        constant = predicate.values[0]
        pieces = like_pieces(constant) if predicate.operator == "like" else []
        if predicate.operator == "=" or len(pieces) == 1:
            only = pieces[0] if pieces else constant
            return lambda values: [value == only for value in values] if only in values else ()
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            inner = pieces[1]
            return lambda values: _holding(inner, values)
    return lambda values: list(map(test, values))


def _holding(inner: str, values: Sequence[str]) -> Marks:
    """Which of some texts contain another, by one search through all of them."""
    every = "\0".join(values)
    at = every.find(inner)
    if at < 0:
        return ()
    if "\0" in inner or every.count("\0") >= len(values):  # the separator may occur in a text
        return [inner in value for value in values]
    marks = bytearray(len(values))
    number = found = end = 0
    while at >= 0:
        number += every.count("\0", end, at)
        marks[number] = 1
        found += 1
        if found > _MANY:
            return [inner in value for value in values]
        end = every.find("\0", at)
        at = every.find(inner, end) if end >= 0 else -1
    return marks
