"""Where the Pythons are that this package is for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def interpreter_of(version: str) -> str | None:
    """A Python of a version such as ``3.10``, on the path or among pyenv's; ``None`` where there is none."""
    return next(filter(_runs, _places(version)), None)


def _places(version: str) -> Iterator[str]:
    found = shutil.which(f"python{version}")
    if found is not None:
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python{version}"))


def _runs(interpreter: str) -> bool:
    """Whether it does: what pyenv has on the path only runs when that version is switched on."""
    return subprocess.run([interpreter, "-c", "import venv"], capture_output=True, check=False).returncode == 0
