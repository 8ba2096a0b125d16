"""The section "SimpleDB calls" of a failing test's report: its last calls and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from basicdb_mock.intercept.registry import REGISTRY

if TYPE_CHECKING:
    from basicdb_mock.engine import Engine
    from basicdb_mock.journal import Call, Journal

_LEFT_OUT = frozenset({"Action", "Version", "SignatureMethod", "SignatureVersion", "Timestamp", "Expires"})
_LONGEST = 160


class CallsOfTest:
    """The calls since a test began, of every SimpleDB that was active in it."""

    def __init__(self) -> None:
        self._journals: list[tuple[Journal, int]] = []

    def begin(self) -> None:
        """Start a new test: forget all calls so far."""
        self._journals = []
        for simpledb in REGISTRY.active():
            self.note(simpledb)

    def note(self, simpledb: object) -> None:
        """Watch a SimpleDB from now on; its earlier calls are not this test's."""
        journal: Journal | None = getattr(simpledb, "calls", None)
        if journal is not None and all(journal is not known for known, _ in self._journals):
            self._journals.append((journal, max((call.number for call in journal), default=0)))

    def lines(self, most: int) -> Iterator[str]:
        """The last ``most`` calls in chronological order, one per line, preceded by the total if there are more."""
        calls = sorted(
            (call for journal, after in self._journals for call in journal if call.number > after),
            key=lambda call: (call.at, call.number))
        shown = calls[-most:] if most > 0 else []
        if shown and len(calls) > len(shown):
            yield f"the last {len(shown)} of {len(calls)} calls:"
        for call in shown:
            yield told(call)
        yield from dict.fromkeys(hint for call in shown if call.code == "NoSuchDomain" for hint in elsewhere(call))


def elsewhere(call: Call) -> Iterator[str]:
    """Where the domain is that a call did not find: it may exist in another region or account."""
    from basicdb_mock.seeding import domains_of

    for simpledb in REGISTRY.active():
        engine: Engine | None = getattr(simpledb, "engine", None)
        if engine is None:
            continue
        for tenant in engine.truth.tenants():
            if call.domain in set(domains_of(engine.truth, tenant)):
                wrong = [f"in {tenant.region}, not in {call.region}"] if tenant.region != call.region else []
                if tenant.account != call.account:
                    wrong.append(f"in the account {tenant.account}, not in {call.account}, whose key made the call")
                yield f"there is a domain {call.domain!r} {' and '.join(wrong)}"


def told(call: Call) -> str:
    """A call on one line: operation, parameters, outcome, duration."""
    parameters = " ".join(
        f"{name}={value!r}" for name, value in call.parameters.items() if name not in _LEFT_OUT)
    if len(parameters) > _LONGEST:
        parameters = f"{parameters[: _LONGEST - 3]}..."
    outcome = str(call.status) if call.code is None else f"{call.status} {call.code}: {call.message}"
    duration = f"{call.seconds * 1000:.1f} ms"
    return f"{call.operation or '(no operation)'} {parameters} -> {outcome} ({call.region}, {duration})"


def add_section(report: pytest.TestReport, calls: CallsOfTest, most: int) -> None:
    """Add the section to a failing report, if there were calls."""
    lines = list(calls.lines(most))
    if lines:
        report.sections.append(("SimpleDB calls", "\n".join(lines)))
