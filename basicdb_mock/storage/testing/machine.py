"""A Hypothesis state machine that drives a storage and the naive model with the same steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from basicdb_mock.changes import Change, Delete, Expectation, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.select.expression import ITEM_NAME, And, Comparison, Expression, Intersection, Not, Or, Subject
from basicdb_mock.select.plan import Position, plan_search
from basicdb_mock.storage.contract import Counted, Storage
from basicdb_mock.storage.testing.naive import NaiveDomain, pairs_of

TENANTS = st.sampled_from([Tenant("alice", "us-east-1"), Tenant("bob", "eu-west-1")])
DOMAINS = st.sampled_from(["books", "Books", "films"])
ITEMS = st.sampled_from(["a", "A", "b", "ab", "\xe9", "\x00", "con", "a/b"])
ATTRIBUTES = st.sampled_from(["x", "y", "X"])
VALUES = st.sampled_from(
    ["", "0", "1", "10", "9", "a", "ab", "b", "A", "\xe9", "%", "\\%", "a\x00", "a\x00b", "\uffff", "\U0001f600"]
)
LIMITS = st.sampled_from(
    [AWS, AWS, AWS, replace(AWS, item_attributes=3), replace(AWS, domain_attributes=8), replace(AWS, domain_bytes=24)]
)
PATTERNS = st.lists(st.one_of(VALUES, st.just("%")), min_size=1, max_size=4).map("".join)
SUBJECTS: st.SearchStrategy[Subject] = st.one_of(ATTRIBUTES, ATTRIBUTES, st.just(ITEM_NAME))


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    operator = draw(
        st.sampled_from(
            ["=", "!=", ">", ">=", "<", "<=", "like", "not like", "between", "in", "is null", "is not null"]
        )
    )
    every = draw(st.integers(0, 9)) == 0 and not operator.startswith("is ")
    if operator in ("like", "not like"):
        constants = [draw(PATTERNS)]
    else:
        least, most = {"between": (2, 2), "in": (1, 4), "is null": (0, 0), "is not null": (0, 0)}.get(operator, (1, 1))
        constants = draw(st.lists(st.one_of(VALUES, ITEMS), min_size=least, max_size=most))
    return Comparison(draw(SUBJECTS), operator, tuple(constants), every)


def _joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(And), several.map(Or), several.map(Intersection), parts.map(Not))


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(comparisons(), _joined, max_leaves=5)
SEARCHES = st.tuples(
    st.one_of(st.none(), EXPRESSIONS, EXPRESSIONS, EXPRESSIONS),
    st.one_of(st.none(), st.tuples(SUBJECTS, st.booleans())),
)

PAIRS = st.lists(st.tuples(ATTRIBUTES, VALUES), min_size=1, max_size=4).map(tuple)
PUTS = st.builds(Put, ITEMS, PAIRS, st.frozensets(ATTRIBUTES, max_size=2))
DELETES = st.builds(
    Delete, ITEMS, st.lists(st.tuples(ATTRIBUTES, st.one_of(st.none(), VALUES)), max_size=3).map(tuple)
)
CHANGES: st.SearchStrategy[Change] = st.one_of(PUTS, PUTS, PUTS, DELETES)
BATCHES = st.lists(CHANGES, min_size=1, max_size=4, unique_by=lambda change: change.item)
EXPECTATIONS = st.builds(Expectation, ATTRIBUTES, st.one_of(st.none(), VALUES))


_Model: TypeAlias = dict[tuple[Tenant, str], NaiveDomain]
_Records: TypeAlias = dict[tuple[Tenant, str], int]


def outcome(call: Callable[[], object]) -> str:
    """The error that a call raises, if any."""
    try:
        call()
    except SimpleDBError as error:
        return str(error)
    return ""


class StorageMachine(RuleBasedStateMachine):
    """The steps; :func:`storage_machine` provides the storage."""

    open_storage: Callable[[], Storage]
    reopen: Callable[[Storage], Storage] | None

    def __init__(self) -> None:
        super().__init__()
        self.storage = type(self).open_storage()
        self.model: _Model = {}
        self.records: _Records = {}
        self.snapshots: list[tuple[object, Tenant | None, _Model, _Records]] = []

    def teardown(self) -> None:
        self.storage.close()

    @initialize(batch=BATCHES)
    def begin(self, batch: list[Change]) -> None:
        tenant = Tenant("alice", "us-east-1")
        self.create(tenant, "books", 3)
        self.write(tenant, "books", [batch], AWS)

    @rule(tenant=TENANTS, name=DOMAINS, at_most=st.integers(1, 3))
    def create(self, tenant: Tenant, name: str, at_most: int) -> None:
        owned = [domain for owner, domain in self.model if owner == tenant]
        now = float(len(self.model))
        answer = outcome(lambda: self.storage.create_domain(tenant, name, now=now, at_most=at_most))
        if name not in owned and len(owned) >= at_most:
            assert answer == "NumberDomainsExceeded: The domain limit was exceeded."
        else:
            assert answer == ""
            self.model.setdefault((tenant, name), NaiveDomain(now))

    @rule(tenant=TENANTS, name=DOMAINS, rarely=st.integers(0, 3))
    def drop(self, tenant: Tenant, name: str, rarely: int) -> None:
        if rarely == 0:
            self.storage.drop_domain(tenant, name)
            self.model.pop((tenant, name), None)

    @rule(tenant=TENANTS, name=DOMAINS, batches=st.lists(BATCHES, min_size=1, max_size=3), limits=LIMITS)
    def write(self, tenant: Tenant, name: str, batches: list[list[Change]], limits: object) -> None:
        for batch in batches:
            self._apply(tenant, name, Write(batch, limits))  # type: ignore[arg-type]

    @rule(tenant=TENANTS, name=DOMAINS, change=CHANGES, limits=LIMITS, expected=EXPECTATIONS)
    def write_on_condition(
        self, tenant: Tenant, name: str, change: Change, limits: object, expected: Expectation
    ) -> None:
        self._apply(tenant, name, Write([change], limits, expected))  # type: ignore[arg-type]

    def _apply(self, tenant: Tenant, name: str, write: Write) -> None:
        model = self.model.get((tenant, name))
        if model is None:
            answer = outcome(lambda: self.storage.domain(tenant, name))
            assert answer == "NoSuchDomain: The specified domain does not exist."
            return
        domain = self.storage.domain(tenant, name)
        assert outcome(lambda: domain.apply(write)) == outcome(lambda: model.apply(write))
        assert (domain.revision(), domain.statistics()) == (model.revision, model.statistics())
        for change in write.changes:
            assert pairs_of(domain.get(change.item)) == model.get(change.item)

    @rule(search=SEARCHES, page=st.integers(1, 3))
    def search(self, search: tuple[Expression | None, tuple[Subject, bool] | None], page: int) -> None:
        plan = plan_search(*search)
        for (tenant, name), model in self.model.items():
            domain = self.storage.domain(tenant, name)
            expected = [
                (Position(key, entity), item, model.get(item)) for key, entity, item in model.search(*search)
            ]
            after: Position | None = None
            seen: list[object] = []
            more = True
            while more:
                more, number = False, 0
                for step in domain.search(plan, after):
                    after = step.place
                    if step.item is None:
                        continue
                    seen.append((step.place, step.name, pairs_of(step.item)))
                    number += 1
                    if number == page:
                        more = True
                        break
            assert seen == expected

    @rule(search=SEARCHES, at_most=st.integers(1, 4))
    def count(self, search: tuple[Expression | None, tuple[Subject, bool] | None], at_most: int) -> None:
        plan = plan_search(*search)
        for (tenant, name), model in self.model.items():
            domain = self.storage.domain(tenant, name)
            total = len(model.search(*search))
            assert domain.count(plan, None, None, lambda: False) == Counted(total, None)
            first = domain.count(plan, None, at_most, lambda: False)
            assert first.number == min(total, at_most)
            if first.stopped is not None:
                rest = domain.count(plan, first.stopped, None, lambda: False)
                assert rest == Counted(total - at_most, None)

    @rule(tenant=TENANTS)
    def list_domains(self, tenant: Tenant) -> None:
        owned = sorted(name for owner, name in self.model if owner == tenant)
        assert list(self.storage.list_domains(tenant, "", 10)) == owned
        assert list(self.storage.list_domains(tenant, "books", 1)) == [name for name in owned if name > "books"][:1]
        assert list(self.storage.tenants()) == sorted({owner for owner, _ in self.model})

    @rule(tenant=TENANTS, record=ITEMS, number=st.one_of(st.none(), st.integers(0, 9)))
    def keep_record(self, tenant: Tenant, record: str, number: int | None) -> None:
        found = self.storage.records(tenant)
        assert found is not None
        assert {name: dict(kept) for name, kept in found.by_id.items()} == {
            name: {"n": kept} for (owner, name), kept in self.records.items() if owner == tenant
        }
        assert not self.storage.change_records(tenant, f"not {found.revision}", {record: {"n": 10}})
        changes = {record: None if number is None else {"n": number}}
        assert self.storage.change_records(tenant, found.revision, changes)
        self.records.pop((tenant, record), None)
        if number is not None:
            self.records[tenant, record] = number

    @rule(tenant=st.one_of(st.none(), TENANTS))
    def snapshot(self, tenant: Tenant | None) -> None:
        kept = {key: domain.copy() for key, domain in self.model.items() if tenant in (None, key[0])}
        records = {key: number for key, number in self.records.items() if tenant in (None, key[0])}
        self.snapshots.append((self.storage.snapshot(tenant), tenant, kept, records))

    @rule(which=st.integers(0, 9))
    def restore(self, which: int) -> None:
        if self.snapshots:
            snapshot, tenant, kept, records = self.snapshots[which % len(self.snapshots)]
            self.storage.restore(snapshot)
            others = {key: domain for key, domain in self.model.items() if tenant not in (None, key[0])}
            self.model = others | {key: domain.copy() for key, domain in kept.items()}
            self.records = self._records_of_others(tenant) | records

    @rule(tenant=st.one_of(st.none(), TENANTS), rarely=st.integers(0, 3))
    def clear(self, tenant: Tenant | None, rarely: int) -> None:
        if rarely == 0:
            self.storage.clear(tenant)
            self.model = {key: domain for key, domain in self.model.items() if tenant not in (None, key[0])}
            self.records = self._records_of_others(tenant)

    def _records_of_others(self, tenant: Tenant | None) -> _Records:
        return {key: number for key, number in self.records.items() if tenant not in (None, key[0])}

    @rule()
    def open_again(self) -> None:
        reopen = type(self).reopen
        if reopen is not None:
            self.snapshots.clear()
            self.storage = reopen(self.storage)


def storage_machine(
    open_storage: Callable[[], Storage], reopen: Callable[[Storage], Storage] | None = None
) -> type[RuleBasedStateMachine]:
    """A state machine (use its ``TestCase``); ``open_storage()`` returns a new, empty storage.

    ``reopen(storage)`` closes a storage and opens it again in the same place; without it storages are not reopened.
    """
    calls: dict[str, object] = {"open_storage": staticmethod(open_storage), "reopen": None}
    if reopen is not None:
        calls["reopen"] = staticmethod(reopen)
    return type("StorageMachine", (StorageMachine,), calls)
