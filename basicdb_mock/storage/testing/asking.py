"""The calls and values that the contract's tests use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import Tenant
from basicdb_mock.select.expression import Comparison, Expression, Subject
from basicdb_mock.select.plan import Position, plan_search
from basicdb_mock.storage.contract import Counted, Domain, Found, Storage
from basicdb_mock.storage.testing.naive import pairs_of

ALICE = Tenant("alice", "us-east-1")
BOB = Tenant("bob", "us-east-1")
ALICE_IN_EUROPE = Tenant("alice", "eu-west-1")

AWKWARD_NAMES = tuple(sorted([
    " ", " lead", "%", "%41", "*?", "-", ".", "..", "...", "/", "/etc/passwd", "A", "CON", "a", "a/../b", "a:b", "a\\b",
    "aux.txt", "con", "e\u0301", "nul", "tail ", "tail.", "~", "\x00", "\x00\x01", "\x7f", "\xe9", "\u2028", "\ufffd",
    "\uffff", "\U0001f600", "\U0010ffff",
    "n" * 255, "n" * 256, "n" * 1024, "N" * 1024, "\xe9" * 512, "\U0001f600" * 256, "/" * 1024, "\x00" * 1024,
], key=str.encode))
"""Names and values that file systems, C strings and careless sorting handle wrongly, sorted by their bytes."""


def put(domain: Domain, item: str, *given: tuple[str, str], replaced: Iterable[str] = (), limits: Limits = AWS) -> None:
    """Put one item without a condition."""
    domain.apply(Write([Put(item, given, frozenset(replaced))], limits))


def delete(domain: Domain, item: str, *attributes: tuple[str, str | None]) -> None:
    """Delete an item, or attributes of it, without a condition."""
    domain.apply(Write([Delete(item, attributes)], AWS))


def found(
    domain: Domain,
    where: Expression | None = None,
    sort: tuple[Subject, bool] | None = None,
    after: Position | None = None,
) -> list[Found]:
    """The matches of a search, without steps that have no item."""
    return [step for step in domain.search(plan_search(where, sort), after) if step.item is not None]


def names(
    domain: Domain,
    where: Expression | None = None,
    sort: tuple[Subject, bool] | None = None,
    after: Position | None = None,
) -> list[str]:
    return [step.name for step in found(domain, where, sort, after)]


def count(domain: Domain, where: Expression | None = None) -> Counted:
    return domain.count(plan_search(where), None, None, lambda: False)


def refused(call: Callable[[], object]) -> str:
    """The code and message of the error that a call raises."""
    with pytest.raises(SimpleDBError) as refusal:
        call()
    return str(refusal.value)


def compare(subject: Subject, operator: str, *constants: str, every: bool = False) -> Comparison:
    return Comparison(subject, operator, constants, every)


def create(
    storage: Storage, name: str = "books", tenant: Tenant = ALICE, now: float = 0.0, at_most: int = 100
) -> Domain:
    """Create a domain and return it."""
    storage.create_domain(tenant, name, now=now, at_most=at_most)
    return storage.domain(tenant, name)


def state(domain: Domain) -> object:
    """The complete state of a domain, for comparisons."""
    return (
        domain.revision(),
        domain.statistics(),
        [(step.place, step.name, pairs_of(step.item)) for step in found(domain)],
    )
