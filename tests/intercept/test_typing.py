"""A user's typed test file is clean under mypy and pyright; a wrong call is not."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SAMPLE = Path(__file__).with_name("typing_sample.py")
CHECKERS = [name for name, module in (("mypy", "mypy"), ("pyright", "pyright")) if find_spec(module)]
WRONG = {
    "decorated(1)": {"mypy": "arg-type", "pyright": "reportArgumentType"},
    "mock_simpledb(limit=3)": {"mypy": "call-overload", "pyright": "reportCallIssue"},
}


def check(checker: str, *files: Path) -> subprocess.CompletedProcess[str]:
    options = {
        "mypy": ["--strict", "--no-incremental"],
        "pyright": ["--pythonversion", "3.10", "--pythonpath", sys.executable],
    }[checker]
    return subprocess.run(
        [sys.executable, "-m", checker, *options, *map(str, files)],
        capture_output=True, text=True, check=False, cwd=SAMPLE.parents[2])


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_user_s_file_is_clean(checker: str) -> None:
    done = check(checker, SAMPLE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_wrong_calls_are_found(checker: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(SAMPLE.read_text() + "\n".join(f"\n{call}" for call in WRONG) + "\n")
    done = check(checker, wrong)
    assert done.returncode == 1, done.stdout + done.stderr
    for codes in WRONG.values():
        assert codes[checker] in done.stdout, done.stdout
