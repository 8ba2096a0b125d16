"""A naive model of the storage contract: lists, loops, and an independent reading of the documentation.

It is not fast, and it shares nothing with the storages it is compared to: writes, the evaluation of expressions,
sorting and statistics are all implemented a second time, in the simplest way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from basicdb_mock import errors
from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.model import DomainStatistics, Item, pairs
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison, Expression, Intersection, Not, Or, Subject

Pairs = list[tuple[str, str]]
"""An item as its name-value pairs, in order."""


def pairs_of(item: Item | None) -> Pairs | None:
    """A storage's item, in the model's form."""
    return None if item is None else list(pairs(item))


# -- expressions -------------------------------------------------------------------------------------------------------
def holds(comparison: Comparison, value: str) -> bool:
    """Whether a value satisfies a comparison; texts compare by their UTF-8 bytes."""
    given = value.encode()
    constants = [constant.encode() for constant in comparison.values]
    match comparison.operator:
        case "=" | "in":
            return given in constants
        case "!=":
            return given != constants[0]
        case ">":
            return given > constants[0]
        case ">=":
            return given >= constants[0]
        case "<":
            return given < constants[0]
        case "<=":
            return given <= constants[0]
        case "between":
            return constants[0] <= given <= constants[1]
        case "like":
            return is_like(value, comparison.values[0])
        case "not like":
            return not is_like(value, comparison.values[0])
    raise AssertionError(comparison.operator)


def is_like(value: str, pattern: str) -> bool:
    wildcard = re.compile(r"\\%|%|.", re.DOTALL)
    meaning = {"%": ".*", "\\%": "%"}
    written = "".join(meaning.get(piece, re.escape(piece)) for piece in wildcard.findall(pattern))
    return re.fullmatch(written, value, re.DOTALL) is not None


def leaves(expression: Expression) -> list[Comparison]:
    if isinstance(expression, Comparison):
        return [expression]
    parts = (expression.part,) if isinstance(expression, Not) else expression.parts
    return [leaf for part in parts for leaf in leaves(part)]


def is_predicate(expression: Expression) -> bool:
    """Whether an expression is comparisons of one attribute joined by and/or, which one value must satisfy."""
    if isinstance(expression, (Not, Intersection)):
        return False
    if isinstance(expression, (And, Or)) and not all(is_predicate(part) for part in expression.parts):
        return False
    found = leaves(expression)
    return len({leaf.subject for leaf in found}) == 1 and not any(
        leaf.every or leaf.operator.startswith("is ") for leaf in found
    )


def one_value(expression: Expression, value: str) -> bool:
    if isinstance(expression, Comparison):
        return holds(expression, value)
    assert isinstance(expression, (And, Or))
    answers = [one_value(part, value) for part in expression.parts]
    return all(answers) if isinstance(expression, And) else any(answers)


def values(subject: Subject, name: str, item: Pairs) -> list[str]:
    return [name] if subject is ITEM_NAME else [value for attribute, value in item if attribute == subject]


def selects(expression: Expression, name: str, item: Pairs) -> bool:
    if is_predicate(expression):
        subject = leaves(expression)[0].subject
        return any(one_value(expression, value) for value in values(subject, name, item))
    if isinstance(expression, Comparison):
        given = values(expression.subject, name, item)
        if expression.operator == "is null":
            return not given
        return bool(given) and (
            expression.operator == "is not null" or all(holds(expression, value) for value in given)
        )
    if isinstance(expression, Not):
        return not selects(expression.part, name, item)
    if isinstance(expression, And):
        return all(selects(part, name, item) for part in joined(expression))
    answers = [selects(part, name, item) for part in expression.parts]
    return any(answers) if isinstance(expression, Or) else all(answers)


def joined(expression: And) -> list[Expression]:
    """The parts of an ``and``, with predicates on the same attribute joined into one."""
    found: list[Expression] = []
    for part in expression.parts:
        if is_predicate(part):
            subject = leaves(part)[0].subject
            same = [other for other in expression.parts if is_predicate(other) and leaves(other)[0].subject == subject]
            if same[0] is part:
                found.append(And(tuple(same)) if len(same) > 1 else part)
        else:
            found.append(part)
    return found


# -- order -------------------------------------------------------------------------------------------------------------
def sorting_predicate(where: Expression | None, attribute: str) -> Expression | None:
    """The first predicate on an attribute that all matches satisfy."""
    if where is None:
        return None
    if is_predicate(where):
        return where if leaves(where)[0].subject == attribute else None
    if isinstance(where, (And, Intersection)):
        for part in joined(where) if isinstance(where, And) else where.parts:
            found = sorting_predicate(part, attribute)
            if found is not None:
                return found
    return None


def sort_value(where: Expression | None, subject: Subject, descending: bool, name: str, item: Pairs) -> str | None:
    given = values(subject, name, item)
    if not given:
        return None
    predicate = sorting_predicate(where, subject) if isinstance(subject, str) else None
    chosen = [value for value in given if predicate is None or one_value(predicate, value)] or given
    return (max if descending else min)(chosen, key=str.encode)


# -- the model ---------------------------------------------------------------------------------------------------------
@dataclass
class NaiveDomain:
    """Items by name, each with its number in creation order."""

    created: float
    items: dict[str, tuple[int, Pairs]] = field(default_factory=dict)
    last_entity: int = 0
    revision: int = 0

    def get(self, name: str) -> Pairs | None:
        return list(self.items[name][1]) if name in self.items else None

    def statistics(self, items: dict[str, tuple[int, Pairs]] | None = None) -> DomainStatistics:
        given = self.items if items is None else items
        every = [pair for _, item in given.values() for pair in item]
        names = {name for name, _ in every}
        return DomainStatistics(
            len(given), size(given), len(names), size(names), len(every), size(value for _, value in every)
        )

    def apply(self, write: Write) -> None:
        after = dict(self.items)
        if write.expected is not None:
            held = [value for name, value in self.get(write.changes[0].item) or () if name == write.expected.name]
            refuse_unexpected(write.expected.name, write.expected.value, held)
        last = self.last_entity
        for change in sorted(write.changes, key=lambda change: change.item.encode()):
            result = changed(change, self.get(change.item) or [])
            if isinstance(change, Put) and len(result) > write.limits.item_attributes:
                raise errors.NUMBER_ITEM_ATTRIBUTES_EXCEEDED()
            if not result:
                after.pop(change.item, None)
            elif change.item in after:
                after[change.item] = (after[change.item][0], result)
            else:
                last += 1
                after[change.item] = (last, result)
        before, then = self.statistics(), self.statistics(after)
        if then.attribute_value_count > max(write.limits.domain_attributes, before.attribute_value_count):
            raise errors.NUMBER_DOMAIN_ATTRIBUTES_EXCEEDED()
        if then.size > max(write.limits.domain_bytes, before.size):
            raise errors.NUMBER_DOMAIN_BYTES_EXCEEDED()
        self.items, self.last_entity, self.revision = after, last, self.revision + 1

    def search(self, where: Expression | None, sort: tuple[Subject, bool] | None) -> list[tuple[str | None, int, str]]:
        """The key, number and name of each match, in order."""
        subject: Subject | None = None
        descending = False
        if sort is not None:
            subject, descending = sort
        elif where is not None and is_predicate(where):
            subject = leaves(where)[0].subject
        found = []
        for name, (entity, item) in self.items.items():
            if where is None or selects(where, name, item):
                key = None if subject is None else sort_value(where, subject, descending, name, item)
                found.append((key, entity, name))
        found.sort(key=lambda one: (b"" if one[0] is None else b"+" + one[0].encode(), one[1]), reverse=descending)
        return found

    def copy(self) -> NaiveDomain:
        return NaiveDomain(self.created, dict(self.items), self.last_entity, self.revision)


def size(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def refuse_unexpected(name: str, value: str | None, held: list[str]) -> None:
    if value is None:
        if held:
            raise errors.VALUE_EXISTS(name=name)
    elif not held:
        raise errors.ATTRIBUTE_DOES_NOT_EXIST(name=name)
    elif len(held) > 1:
        raise errors.MULTI_VALUED_ATTRIBUTE(name=name)
    elif held != [value]:
        raise errors.WRONG_VALUE(name=name, value=held[0], expected=value)


def changed(change: Put | Delete, before: Pairs) -> Pairs:
    """The pairs of an item after a change; names keep the order of their first insertion."""
    if isinstance(change, Delete):
        if not change.attributes:
            return []
        gone = set(change.attributes)
        return [(name, value) for name, value in before if not {(name, None), (name, value)} & gone]
    written = {name for name, _ in change.pairs}
    order = list(dict.fromkeys([name for name, _ in before] + [name for name, _ in change.pairs]))
    kept = [pair for pair in before if not (pair[0] in change.replaced and pair[0] in written)]
    every = list(dict.fromkeys([*kept, *change.pairs]))
    return [pair for name in order for pair in every if pair[0] == name]
