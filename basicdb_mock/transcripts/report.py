"""Reports of replays: a table by operation and trust, Markdown, JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from basicdb_mock.transcripts.replay import Outcome
from basicdb_mock.transcripts.transcript import TRUST_NAMES


class Tally(NamedTuple):
    """How many exchanges passed, failed, and did not apply or were not reached."""

    passed: int = 0
    failed: int = 0
    not_applicable: int = 0

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        if not any(self):
            return "–"
        text = str(self.passed)
        if self.failed:
            text += f", {self.failed} failed"
        if self.not_applicable:
            text += f", {self.not_applicable} n.a."
        return text


def tallies(outcomes: Iterable[Outcome]) -> dict[str, dict[str, Tally]]:
    """Exchanges by operation, then by trust."""
    table: dict[str, dict[str, Tally]] = {}
    for outcome in outcomes:
        passed = Counter({verdict.exchange.id: verdict.passed for verdict in outcome.verdicts})
        for exchange in outcome.transcript.exchanges:
            verdict = passed.get(exchange.id)
            if verdict is None:  # a set-up that broke fails what was to come after it
                tally = Tally(failed=1) if outcome.broken else Tally(not_applicable=1)
            else:
                tally = Tally(passed=1) if verdict else Tally(failed=1)
            row = table.setdefault(exchange.call.action or "(no action)", {})
            trust = outcome.transcript.trust.value
            row[trust] = row.get(trust, Tally()) + tally
    return table


def rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """The table as texts: a heading, a row an operation, the sum."""
    table = tallies(outcomes)
    heading = ["operation", *TRUST_NAMES, "all"]
    made = [heading]
    total: dict[str, Tally] = {}
    for operation in sorted(table):
        row = table[operation]
        made.append([operation, *(str(row.get(trust, Tally())) for trust in TRUST_NAMES), str(_sum(row.values()))])
        for trust, tally in row.items():
            total[trust] = total.get(trust, Tally()) + tally
    made.append(["all", *(str(total.get(trust, Tally())) for trust in TRUST_NAMES), str(_sum(total.values()))])
    return made


def _sum(parts: Iterable[Tally]) -> Tally:
    return sum(parts, Tally())


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line: how many transcripts passed, failed, did not apply."""
    idle = sum(1 for outcome in outcomes if outcome.not_applicable)
    failed = sum(1 for outcome in outcomes if not outcome.passed)
    passed = len(outcomes) - idle - failed
    exchanges = sum(len(outcome.verdicts) for outcome in outcomes)
    total = f"{len(outcomes)} transcripts ({exchanges} exchanges)"
    return f"{passed} passed, {failed} failed, {idle} not applicable, of {total}"


def as_text(outcomes: Sequence[Outcome]) -> str:
    """The table and the summary, for a terminal."""
    table = rows(outcomes)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*told, "", summary(outcomes)]) + "\n"


def as_markdown(outcomes: Sequence[Outcome], place: str) -> str:
    """The table, what did not apply and what failed, as Markdown."""
    table = rows(outcomes)
    told = [f"# SimpleDB transcripts against {place}", "", summary(outcomes), ""]
    told += [f"| {' | '.join(table[0])} |", f"|{'---|' * len(table[0])}"]
    told += [f"| {' | '.join(row)} |" for row in table[1:]]
    idle = [outcome for outcome in outcomes if outcome.not_applicable]
    if idle:
        told += ["", "## Not applicable", ""]
        told += [f"- {outcome.transcript.name}: {outcome.not_applicable}" for outcome in idle]
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if failed:
        told += ["", "## Failed"]
    for outcome in failed:
        told += ["", f"### {outcome.transcript.name}", "", "````", outcome.explanation(), "````"]
    return "\n".join(told) + "\n"


def as_junit(outcomes: Sequence[Outcome], place: str) -> str:
    """JUnit XML: a test case per transcript, a suite per folder."""
    root = ET.Element("testsuites", name=f"SimpleDB transcripts against {place}")
    suites: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        suites.setdefault(outcome.transcript.name.rpartition("/")[0] or "transcripts", []).append(outcome)
    for name, members in suites.items():
        failed = sum(1 for outcome in members if not outcome.passed)
        skipped = sum(1 for outcome in members if outcome.not_applicable)
        suite = ET.SubElement(
            root, "testsuite", name=name, tests=str(len(members)), failures=str(failed), errors="0",
            skipped=str(skipped), time=f"{sum(outcome.seconds for outcome in members):.3f}",
        )  # fmt: skip
        for outcome in members:
            title = outcome.transcript.name.rpartition("/")[2]
            case = ET.SubElement(suite, "testcase", classname=name, name=title, time=f"{outcome.seconds:.3f}")
            if outcome.not_applicable:
                ET.SubElement(case, "skipped", message=outcome.not_applicable)
            elif not outcome.passed:
                failure = ET.SubElement(case, "failure", message=outcome.transcript.title)
                failure.text = _fit_for_xml(outcome.explanation())
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _fit_for_xml(text: str) -> str:
    return "".join(letter if letter >= " " or letter in "\t\n" else "�" for letter in text)
