"""``basicdb-mock serve`` as a process, on a free port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serve(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and the URL that its first line tells; it is killed at the end, if it has not ended."""
    command = [sys.executable, "-m", "basicdb_mock", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first.startswith("basicdb-mock listens on http://"), first + process.communicate()[1]
            yield process, first.split()[-1]
        finally:
            process.kill()
