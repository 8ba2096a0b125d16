"""Where the Pythons are that this package is for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def interpreter_of(version: str) -> str | None:
    """A Python of a version such as ``3.10``, on the path or among pyenv's; ``None`` where there is none."""
    return next(filter(None, map(_itself, _places(version))), None)


def _places(version: str) -> Iterator[str]:
    found = shutil.which(f"python{version}")
    if found is not None:
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python{version}"))


def _itself(command: str) -> str:
    """The interpreter that a command runs; nothing when it runs none, as pyenv's for a version not switched on."""
    asked = [command, "-c", "import sys, venv; print(sys.executable)"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
