"""What the documents say is so: their links lead somewhere, their tests are there, their examples run."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from basicdb_mock import __version__, errors
from tests.documents.reading import (
    DOCUMENTS,
    NAMED_TEST,
    ROOT,
    code_blocks,
    functions_of,
    headings,
    name,
    prose,
    table_rows,
)

ASSUMPTIONS = ROOT / "docs" / "assumptions.md"
INVARIANTS = ROOT / "docs" / "invariants.md"
README = ROOT / "README.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        if not there.exists() or (anchor and anchor not in headings(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_test_that_is_named_is_there(document: Path) -> None:
    missing = []
    for path, _, function in NAMED_TEST.findall(document.read_text(encoding="utf-8")):
        file = ROOT / path if path.startswith("tests/") else ROOT / "tests" / path
        if not file.exists() or function not in functions_of(file):
            missing.append(f"{path}::{function}")
    assert missing == []


def test_every_assumption_names_the_test_that_pins_it() -> None:
    rows = list(table_rows(ASSUMPTIONS))
    assert len(rows) > 30
    assert [row[0] for row in rows if len(row) != 4 or not NAMED_TEST.search(row[3])] == []


def test_every_invariant_names_what_enforces_it() -> None:
    rows = list(table_rows(INVARIANTS))
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert [row[1] for row in rows if not NAMED_TEST.search(row[2])] == []


def test_every_assumed_error_is_among_the_assumptions() -> None:
    told = ASSUMPTIONS.read_text(encoding="utf-8")
    pinning = "\n".join(
        (ROOT / "tests" / path.removeprefix("tests/")).read_text(encoding="utf-8")
        for path, _, _ in set(NAMED_TEST.findall(told)))
    assumed = [error for error in errors.CATALOGUE.values() if error.basis is errors.ASSUMED]
    assert [error.template for error in assumed if error.template not in pinning and error.code not in told] == []


@pytest.mark.parametrize("block", code_blocks(README, "python"))
def test_the_examples_of_the_readme_pass_as_tests(block: str, tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(block, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_example.py"], cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_readme_opens_with_a_test_of_about_ten_lines() -> None:
    first = code_blocks(README, "python")[0]
    assert "def test_" in first
    assert len([line for line in first.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_script_in_a_console_block_is_there_and_can_be_run(document: Path) -> None:
    for block in code_blocks(document, "console"):
        for line in block.splitlines():
            if line.startswith("$ ./"):
                script = ROOT / shlex.split(line[2:], comments=True)[0]
                assert script.is_file(), line
                assert os.access(script, os.X_OK), line


def test_the_scripts_are_shell_that_parses() -> None:
    for script in [*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci" / "run"]:
        first = script.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("#!"), script
        if first.endswith(("/sh", " bash")):
            subprocess.run([first.split("/")[-1].split()[-1], "-n", str(script)], check=True)


def test_the_changelog_tells_of_this_version_or_has_something_unreleased() -> None:
    told = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", told, re.MULTILINE)
    unreleased = told.partition("## [Unreleased]\n")[2].partition("\n## ")[0].strip()
    assert unreleased or released[:1] == [__version__]
    assert released == sorted(released, key=lambda version: tuple(map(int, version.split("."))), reverse=True)


def test_every_marker_of_the_tests_is_run_by_an_environment_of_tox() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    markers = re.findall(r"^(\w+):", parser["tool:pytest"]["markers"], re.MULTILINE)
    environments = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert [marker for marker in markers if marker not in environments] == []
