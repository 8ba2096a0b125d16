"""A server in a process of its own, and the clients, installed once into pytest's cache directory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.serving import served

PYTHON_CLIENTS = ["awscli>=1.32", "boto==2.49.0", "six>=1.16"]
NODE_CLIENT = "aws-sdk@^2.1400.0"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    with served(tmp_path_factory.mktemp("server")) as url:
        yield url


def installed(directory: Path, wanted: str, *commands: list[str]) -> Path:
    """``directory`` after the commands have run in it; they run again when what is wanted changes."""
    stamp = directory / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        for command in commands:
            done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command} failed: {done.stdout}{done.stderr}"
        stamp.write_text(wanted)
    return directory


@pytest.fixture(scope="session")
def python_clients(pytestconfig: pytest.Config) -> Path:
    """The programs of a virtual environment that has the AWS CLI and boto 2: they pin what our own tests must not."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    directory = pytestconfig.cache.mkdir(f"clients-python-{version}")
    environment = directory / "environment"
    programs = environment / "bin"
    installed(
        directory, "\n".join(PYTHON_CLIENTS),
        [sys.executable, "-m", "venv", "--clear", str(environment)],
        [str(programs / "python"), "-m", "pip", "install", "--quiet", *PYTHON_CLIENTS])
    return programs


@pytest.fixture(scope="session")
def node_client(pytestconfig: pytest.Config) -> Path:
    """A directory with Node's aws-sdk in its ``node_modules``; skips where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    directory = pytestconfig.cache.mkdir("clients-node")
    return installed(
        directory, NODE_CLIENT,
        [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(directory), NODE_CLIENT])
