"""What it costs to import the package and to load the plug-in, each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measuring import Figure, against_goal

_GOALS = (
    ("import basicdb_mock", "import basicdb_mock", "pass", 0.040),
    ("load the plug-in", "import basicdb_mock.pytest_plugin.plugin", "import pytest", 0.015),
)
_SCRIPT = """
import gc, time
{first}
gc.disable()
began = time.process_time()
{statement}
print(time.process_time() - began)
"""


def measure(section: str, *, rounds: int = 5) -> Iterator[Figure]:
    for name, statement, first, goal in _GOALS:
        yield against_goal(section, name, min(_seconds(statement, first) for _ in range(rounds)), goal)


def _seconds(statement: str, first: str) -> float:
    """CPU seconds of a statement after another; without the collector, whose turn may come just then."""
    script = _SCRIPT.format(first=first, statement=statement)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)
