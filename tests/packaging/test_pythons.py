"""The wheel, installed from nothing, on each Python that it says it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from basicdb_mock import __version__
from tests.packaging.conftest import ROOT, Built, run
from tests.packaging.interpreters import interpreter_of

pytestmark = pytest.mark.packaging
PYTHONS = re.findall(r"Python :: (3\.\d+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)

A_TEST = """
def test_in_process(simpledb):
    simpledb.client().create_domain(DomainName="books")
    assert simpledb == {"books": {}}


def test_over_http(simpledb_server):
    simpledb_server.client().create_domain(DomainName="books")
    assert simpledb_server.contents() == {"books": {}}
"""


def test_the_pythons_it_is_for_are_known() -> None:
    assert PYTHONS == ["3.10", "3.11", "3.12", "3.13"]


@pytest.mark.parametrize("version", PYTHONS)
def test_it_installs_and_works_on(version: str, built: Built, tmp_path: Path) -> None:
    interpreter = interpreter_of(version)
    if interpreter is None:
        pytest.skip(f"there is no Python {version} here")
    run(interpreter, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", built.wheel)
    assert run(python, "-m", "basicdb_mock", "--version", cwd=tmp_path) == f"basicdb-mock {__version__}\n"
    (tmp_path / "test_stranger.py").write_text(A_TEST, encoding="utf-8")
    told = run(python, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_stranger.py", cwd=tmp_path)
    assert "2 passed" in told
