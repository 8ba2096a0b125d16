"""The wheel and the sdist, built once from what is in the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from basicdb_mock import __version__

ROOT = Path(__file__).parents[2]
NOT_SOURCES = {"__pycache__", "build", "dist", "site"}


class Built(NamedTuple):
    """Where the two distributions are, and the sources they were built from, relative to their root."""

    wheel: Path
    sdist: Path
    sources: set[str]


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """What a command prints; it must succeed."""
    told = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**told, **environment}, capture_output=True, encoding="utf-8",
        check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def sources() -> set[str]:
    """The files of the checkout that are the project's: those git knows or would take, or all of an unpacked sdist."""
    if (ROOT / ".git").exists():
        listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
        return {path for path in listed if (ROOT / path).is_file()}
    return {
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
        if path.is_file() and not NOT_SOURCES & set(path.parts) and ".egg-info" not in str(path)
    }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both distributions, the wheel from the sdist, as a release is made."""
    directory = tmp_path_factory.mktemp("built")
    checkout = directory / "checkout"
    files = sources()
    for path in files:
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, checkout / path)
    run(sys.executable, "-m", "build", "--outdir", directory / "dist", checkout)
    return Built(
        directory / "dist" / f"basicdb_mock-{__version__}-py3-none-any.whl",
        directory / "dist" / f"basicdb_mock-{__version__}.tar.gz",
        files,
    )


@pytest.fixture(scope="session")
def clean_python(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new virtual environment with the wheel and what it requires, and nothing else."""
    environment = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", built.wheel)
    return python
