"""The examples of docs/rehearsal.md do what they say."""

from __future__ import annotations

import pytest

from basicdb_mock.rehearsal.faults_file import parse_faults
from tests.documents.reading import ROOT, code_blocks

DOCUMENT = ROOT / "docs" / "rehearsal.md"


@pytest.mark.parametrize("block", code_blocks(DOCUMENT, "python"))
def test_an_example_in_python_runs(block: str, retry_waits: list[float]) -> None:
    exec(compile(block, str(DOCUMENT), "exec"), {})


@pytest.mark.parametrize("block", code_blocks(DOCUMENT, "yaml"))
def test_an_example_of_a_faults_file_is_one(block: str) -> None:
    assert len(parse_faults(block)) == 3
