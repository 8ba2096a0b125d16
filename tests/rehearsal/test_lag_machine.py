"""Whatever is written, a read that is a second behind sees what there was a second ago: all of it, in order.

The model keeps a snapshot of the truth after each step; the past is the last snapshot old enough.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from basicdb_mock.changes import Change, Write
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.rehearsal import Lag, LaggingStorage
from basicdb_mock.select.expression import Comparison, Expression, Subject
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Storage, open_storage
from basicdb_mock.storage.testing.machine import BATCHES, SEARCHES
from basicdb_mock.storage.testing.naive import pairs_of

ALICE = Tenant("alice", "us-east-1")
DOMAINS = st.sampled_from(["books", "books", "books", "Books", "films"])
STEPS = st.sampled_from([0.0, 0.25, 0.5, 1.0])
LAG = 1.0


Search: TypeAlias = "tuple[Expression | None, tuple[Subject, bool] | None]"


def answer(storage: Storage, name: str, search: Search, consistent: bool = False) -> object:
    """All that a storage tells of a domain, or the error's code."""
    try:
        domain = storage.domain(ALICE, name, consistent=consistent)
        plan = plan_search(*search)
        found = [(step.place, step.name, pairs_of(step.item)) for step in domain.search(plan) if step.item is not None]
        count = domain.count(plan, None, None, lambda: False).number
        single = [pairs_of(domain.get(item)) for item in ("a", "A", "b", "con")]
        return found, count, single, domain.revision(), domain.statistics(), domain.created
    except SimpleDBError as refused:
        return refused.code


def assert_same(lagging: Storage, past: Storage, name: str, search: Search, page: int = 1) -> None:
    assert answer(lagging, name, search) == answer(past, name, search)
    whole = answer(past, name, search)
    if isinstance(whole, tuple) and len(whole[0]) > page:
        domain = lagging.domain(ALICE, name, consistent=False)
        places = [place for place, _, _ in whole[0]]
        rest = [step.place for step in domain.search(plan_search(*search), places[page - 1])]
        assert rest == places[page:]


class LagMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = AdjustableClock()
        self.clock.freeze(100.0)
        self.truth = open_storage("memory:")
        self.lagging = LaggingStorage(self.truth, self.clock, Lag.of(LAG))
        self.snapshots: list[tuple[float, object]] = []
        self.keep()

    def keep(self) -> None:
        self.snapshots.append((self.clock.now(), self.truth.snapshot()))

    def past(self) -> Storage:
        """The truth of a second ago."""
        moment = self.clock.now() - LAG
        known = [snapshot for at, snapshot in self.snapshots if at <= moment]
        storage = open_storage("memory:")
        if known:
            storage.restore(known[-1])
        return storage

    @initialize()
    def begin(self) -> None:
        self.create("books")
        self.clock.tick(0.5)

    @rule(seconds=STEPS)
    def tick(self, seconds: float) -> None:
        self.clock.tick(seconds)

    @rule(name=DOMAINS)
    def create(self, name: str) -> None:
        self.lagging.create_domain(ALICE, name, now=self.clock.now(), at_most=10)
        self.keep()

    @rule(name=DOMAINS, rarely=st.integers(0, 3))
    def drop(self, name: str, rarely: int) -> None:
        if rarely == 0:
            self.lagging.drop_domain(ALICE, name)
            self.keep()

    @rule(name=DOMAINS, batch=BATCHES, stale=st.booleans())
    def write(self, name: str, batch: list[Change], stale: bool) -> None:
        with suppress(SimpleDBError):  # there may be no such domain
            self.lagging.domain(ALICE, name, consistent=not stale).apply(Write(batch, AWS))
        self.keep()

    @rule(name=DOMAINS, search=SEARCHES, page=st.integers(1, 4))
    def search(self, name: str, search: Search, page: int) -> None:
        assert_same(self.lagging, self.past(), name, search, page)

    @rule(after=st.sampled_from(["", "Books", "books"]), at_most=st.integers(1, 4))
    def list_domains(self, after: str, at_most: int) -> None:
        assert list(self.lagging.list_domains(ALICE, after, at_most)) == list(
            self.past().list_domains(ALICE, after, at_most)
        )

    @invariant()
    def a_stale_read_sees_the_past(self) -> None:
        past = self.past()
        for name in ("books", "Books", "films"):
            assert_same(self.lagging, past, name, (None, None))
            assert_same(self.lagging, past, name, (Comparison("x", "is not null"), ("x", True)))

    @invariant()
    def a_consistent_read_sees_the_truth(self) -> None:
        for name in ("books", "Books", "films"):
            assert answer(self.lagging, name, (None, None), True) == answer(self.truth, name, (None, None), True)

    @invariant()
    def nothing_is_remembered_for_long(self) -> None:
        oldest = self.clock.now() - LAG
        self.lagging.create_domain(Tenant("x", "x"), "touch", now=0, at_most=10)
        self.lagging.drop_domain(Tenant("x", "x"), "touch")
        assert all(one.at > oldest for one in self.lagging._remembered)
        if not self.lagging._remembered:
            assert not self.lagging._lives


LagMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLag = LagMachine.TestCase
