"""The examples of docs/exports.md do what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.exports.asking import Asker, needs_simpledbv2

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@needs_simpledbv2
@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asker = Asker(tmp_path / "exports" / "my-exports")
    asker.fill()
    asker.start()
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[number], str(PAGE), "exec"), {})
    assert capsys.readouterr().out == ("books 2\n" if "print(" in EXAMPLES[number] else "")
