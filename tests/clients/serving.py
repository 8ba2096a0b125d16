"""The server as its users start it: the command, in a process of its own, on a port of its own choosing."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(directory: Path, *options: str) -> Iterator[str]:
    """The URL of a server started with ``basicdb-mock serve`` and ``options``; it is told to stop at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "basicdb_mock", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", cwd=directory)
    assert process.stdout is not None
    told: list[str] = []
    drain: threading.Thread | None = None
    try:
        greeting = process.stdout.readline()  # comes when the port is open
        told.append(greeting)
        url = re.search(r"http://\S+", greeting)
        assert url is not None, f"the server did not start: {greeting}{process.stdout.read()}"
        drain = threading.Thread(target=told.extend, args=(process.stdout,), daemon=True)
        drain.start()  # a full pipe would stop the server
        yield url[0]
    finally:
        process.terminate()
        status = process.wait(timeout=30)
        if drain is not None:
            drain.join()
        process.stdout.close()
    assert status == 0, f"the server ended with {status}: {''.join(told)}"
    assert "Traceback" not in "".join(told), "".join(told)
