"""Expressions that several threads parse at once, as the first ones of a process."""

from __future__ import annotations

import subprocess
import sys

_FIRST_AT_ONCE = """
import sys, threading
from basicdb_mock.select import parse

sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
wrong = []

def first():
    together.wait()
    try:
        parse("select * from books where a = '1' and b in ('2', '3') order by a limit 5")
    except Exception as problem:
        wrong.append(problem)

threads = [threading.Thread(target=first) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(str(wrong[0]) if wrong else 0)
"""


def test_the_first_expressions_of_a_process_may_come_at_once() -> None:
    for _ in range(2):  # a race: without care, it is lost five times of six
        first = subprocess.run([sys.executable, "-c", _FIRST_AT_ONCE], capture_output=True, text=True, check=False)
        assert (first.returncode, first.stderr) == (0, "")
