"""The server as its users start it: the command, in a process of its own, on a port of its own choosing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(directory: Path, *options: str) -> Iterator[str]:
    """The URL of a server started with ``basicdb-mock serve`` and ``options``; it is told to stop at the end."""
    port_file = directory / "port"
    process = subprocess.Popen(
        [sys.executable, "-m", "basicdb_mock", "serve", "--port", "0", "--port-file", str(port_file), *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", cwd=directory)
    assert process.stdout is not None
    told: list[str] = []
    try:
        for line in process.stdout:  # the greeting comes when the port is open and the file is there
            told.append(line)
            if port_file.exists():
                break
        else:
            raise AssertionError(f"the server did not start: {''.join(told)}")
        threading.Thread(target=told.extend, args=(process.stdout,), daemon=True).start()  # so that it never blocks
        yield f"http://127.0.0.1:{int(port_file.read_text())}"
    finally:
        process.terminate()
        status = process.wait(timeout=30)
        process.stdout.close()
    assert status == 0, f"the server ended with {status}: {''.join(told)}"
    assert "Traceback" not in "".join(told), "".join(told)
