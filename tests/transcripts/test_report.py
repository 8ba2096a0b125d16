"""Outcomes told as a table, as Markdown and as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from basicdb_mock.transcripts.replay import Outcome, Verdict
from basicdb_mock.transcripts.report import as_junit, as_markdown, as_text, summary, tallies

from .recordings import all_transcripts

ONE_ITEM = next(transcript for transcript in all_transcripts() if transcript.name == "php-sdb2/one-item")
LIST = next(transcript for transcript in all_transcripts() if transcript.name == "php-sdb2/list-domains")
FIRST, SECOND = ONE_ITEM.exchanges[:2]
PASSED = Outcome(ONE_ITEM, "here", tuple(Verdict(exchange) for exchange in ONE_ITEM.exchanges), seconds=0.5)
FAILED = Outcome(ONE_ITEM, "here", (Verdict(FIRST), Verdict(SECOND, "It differs \x01<so>")), seconds=1.0)
IDLE = Outcome(LIST, "here", not_applicable="needs alone")
BROKEN = Outcome(LIST, "here", broken="nobody there")


def test_exchanges_are_counted_by_operation_and_trust() -> None:
    counted = tallies([FAILED, IDLE, BROKEN])

    assert counted["CreateDomain"]["bytes"] == (1, 0, 0)
    assert counted["DomainMetadata"]["bytes"] == (0, 1, 0)
    assert counted["ListDomains"]["bytes"] == (0, 1, 1)


def test_the_table_has_a_row_an_operation_and_a_sum() -> None:
    lines = as_text([PASSED, IDLE]).split("\n")

    assert lines[0].split() == ["operation", "bytes", "structure", "behaviour", "documented", "all"]
    assert next(line for line in lines if line.startswith("ListDomains")).endswith("0, 1 n.a.")
    assert lines[-2] == f"1 passed, 0 failed, 1 not applicable, of 2 transcripts ({len(ONE_ITEM.exchanges)} exchanges)"


def test_a_broken_set_up_counts_as_failed() -> None:
    assert summary([BROKEN]) == "0 passed, 1 failed, 0 not applicable, of 1 transcripts (0 exchanges)"


def test_markdown_tells_what_failed_and_what_did_not_apply() -> None:
    text = as_markdown([FAILED, IDLE], "http://here")

    assert text.startswith("# SimpleDB transcripts against http://here\n\n0 passed, 1 failed, 1 not applicable")
    assert "- php-sdb2/list-domains: needs alone" in text
    assert "### php-sdb2/one-item\n\n````\nIt differs \x01<so>\n````" in text


def test_junit_has_a_case_a_transcript() -> None:
    root = ET.fromstring(as_junit([PASSED, FAILED, IDLE, BROKEN], "http://here"))
    (suite,) = root
    cases = list(suite)

    assert dict(suite.items()) == {
        "name": "php-sdb2", "tests": "4", "failures": "2", "errors": "0", "skipped": "1", "time": "1.500",
    }  # fmt: skip
    assert [case.get("name") for case in cases] == ["one-item", "one-item", "list-domains", "list-domains"]
    assert [[part.tag for part in case] for case in cases] == [[], ["failure"], ["skipped"], ["failure"]]
    assert cases[1][0].text == "It differs �<so>"
