"""Generated domains and conditions, to compare the planner's answers with the naive model's.

``python -m tests.memory.generated 1000000`` compares that many pairs of a domain and a condition.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import TypeAlias
from unittest.mock import patch

from basicdb_mock.changes import Change, Delete, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import pairs
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison, Expression, Intersection, Not, Or, Subject
from basicdb_mock.select.plan import Position, plan_search
from basicdb_mock.storage.contract import Counted, Found
from basicdb_mock.storage.memory import ALWAYS, LAZY, NEVER, Indexing, MemoryDomain, counting, index, planner, searching
from basicdb_mock.storage.testing.naive import NaiveDomain

NAMES = [f"{letter}{digit}" for letter in "abc" for digit in range(9)] + ["", "\xe9", "\uffff", "\U0001f600", "a\x00"]
ATTRIBUTES = ["x", "y", "z"]
VALUES = ["", "0", "1", "10", "2", "9", "a", "ab", "abc", "b", "ba", "A", "\xe9", "%", "a\x00", "\uffff", "\U0001f600"]
OPERATORS = ["=", "!=", ">", ">=", "<", "<=", "like", "not like", "between", "in", "is null", "is not null"]


def comparison(chance: Random) -> Comparison:
    operator = chance.choice(OPERATORS)
    subject: Subject = ITEM_NAME if chance.random() < 0.2 else chance.choice(ATTRIBUTES)
    constants = NAMES if subject is ITEM_NAME and chance.random() < 0.7 else VALUES
    if operator in ("like", "not like"):
        text = chance.choice(constants).replace("%", "\\%")
        pattern = chance.choice(["{}", "{}%", "{}%", "%{}%", "%{}", "{0}%{0}"])
        return Comparison(subject, operator, (pattern.format(text),))
    number = {"between": 2, "in": chance.randint(1, 5), "is null": 0, "is not null": 0}.get(operator, 1)
    every = chance.random() < 0.1 and number > 0
    return Comparison(subject, operator, tuple(chance.choice(constants) for _ in range(number)), every)


def expression(chance: Random, depth: int = 3) -> Expression:
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        return comparison(chance)
    if kind < 0.45:
        return Not(expression(chance, depth - 1))
    parts = tuple(expression(chance, depth - 1) for _ in range(chance.randint(2, 3)))
    if kind < 0.7:
        return And(parts)
    return Or(parts) if kind < 0.85 else Intersection(parts)


def order(chance: Random) -> tuple[Subject, bool] | None:
    if chance.random() < 0.4:
        return None
    return ITEM_NAME if chance.random() < 0.3 else chance.choice(ATTRIBUTES), chance.random() < 0.5


def change(chance: Random, name: str, single: bool) -> Change:
    if chance.random() < 0.25:
        gone = tuple((chance.choice(ATTRIBUTES), None) for _ in range(chance.randint(0, 2)))
        return Delete(name, gone)
    if single:
        return Put(name, tuple((attribute, chance.choice(VALUES)) for attribute in ATTRIBUTES), frozenset(ATTRIBUTES))
    written = tuple((chance.choice(ATTRIBUTES), chance.choice(VALUES)) for _ in range(chance.randint(1, 4)))
    return Put(name, written, frozenset(chance.sample(ATTRIBUTES, chance.randint(0, 2))))


def write(chance: Random, single: bool) -> Write:
    names = chance.sample(NAMES, chance.choice([1, 1, 2, 5]))
    return Write([change(chance, name, single) for name in names], AWS)


def indexing(chance: Random) -> Indexing:
    """One of the rules for indexes, or none: they come and go at random."""
    at_random = Indexing(
        lambda items, examined: chance.random() < 0.4,
        lambda entries, idle: chance.random() < 0.05,
    )
    return chance.choice([ALWAYS, ALWAYS, NEVER, LAZY, at_random, at_random])


Row: TypeAlias = "tuple[Position, str, list[tuple[str, str]]]"


def expected(model: NaiveDomain, where: Expression, sort: tuple[Subject, bool] | None) -> list[Row]:
    return [
        (Position(key, entity), name, model.items[name][1]) for key, entity, name in model.search(where, sort)
    ]


def seen(steps: Iterator[Found]) -> list[Row]:
    return [(step.place, step.name, list(pairs(step.item))) for step in steps if step.item is not None]


def compare(seed: int, conditions: int) -> None:
    """One domain and some conditions: the search, its pages, its count, and a search with writes in its midst."""
    chance = Random(seed)
    model, domain = NaiveDomain(0.0), MemoryDomain(0.0, indexing(chance))
    single = chance.random() < 0.3  # whether attributes have one value each

    def apply() -> None:
        written = write(chance, single)
        model.apply(written)
        domain.apply(written)

    for _ in range(chance.randint(1, 12)):
        apply()
    for _ in range(conditions):
        where, sort = expression(chance), order(chance)
        plan = plan_search(where, sort)
        wanted = expected(model, where, sort)
        told = f"seed {seed}: {where} order by {sort}"
        steps = domain.search(plan)
        first = list(islice(steps, chance.randint(0, 3)))
        for _ in range(chance.choice([0, 0, 1, 3])):
            apply()
        assert seen(iter(first)) + seen(steps) == wanted, told
        wanted = expected(model, where, sort)
        assert domain.count(plan, None, None, lambda: False) == Counted(len(wanted), None), told
        if wanted:
            at = chance.randrange(len(wanted))
            assert seen(domain.search(plan, wanted[at][0])) == wanted[at + 1 :], told


def compare_many(pairs_wanted: int, seed: int = 0) -> int:
    """Compare until so many pairs were; half of the domains with thresholds so low that every path is taken."""
    done = 0
    while done < pairs_wanted:
        seed += 1
        if seed % 2:
            compare(seed, 20)
        else:
            with (
                patch.object(index, "_DENSE_AT", 2),
                patch.object(planner, "FEW", 2),
                patch.object(searching, "FEW", 2),
                patch.object(counting, "FEW", 2),
                patch.object(searching, "_FIRST_BATCH", 2),
                patch.object(searching, "_SHORT", 0),
                patch.object(searching, "BREATH", 3),
            ):
                compare(seed, 20)
        done += 20
    return done


if __name__ == "__main__":
    wanted_pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    first_seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    compared = compare_many(wanted_pairs, first_seed)
    sys.stdout.write(f"{compared:,} pairs of a domain and a condition: planner and model agree\n")
