"""A server in a process of its own, and the clients, installed once into pytest's cache directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.serving import served
from tests.cluster.conftest import PATIENT
from tests.needs import missing

PYTHON_CLIENTS = ["awscli>=1.32", "boto==2.49.0", "six>=1.16"]
NODE_CLIENT = "aws-sdk@^2.1400.0"
GO_PATH = Path("/usr/share/gocode")
"""Where Debian's package golang-github-aws-aws-sdk-go-dev puts the SDK, for whoever has no GOPATH with it."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    with served(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="module", params=["memory", "sqlite", "files", "cluster"])
def server_on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server, on each storage in turn."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "cluster":
        with on_cluster(directory) as url, served(directory, "--storage", url) as server:
            yield server
        return
    places = {"memory": "memory:", "sqlite": f"sqlite:{directory}/", "files": f"files:{directory}/items"}
    with served(directory, "--storage", places[request.param]) as server:
        yield server


@contextmanager
def on_cluster(directory: Path) -> Iterator[str]:
    """The storage URL of a Redis cluster of six nodes; skips where there is no Redis."""
    from basicdb_mock.storage.cluster.local import ClusterError, LocalCluster, server_program

    try:
        server_program()
    except ClusterError as problem:
        missing(str(problem))
    cluster = LocalCluster(directory / "nodes", appendonly=False)
    with cluster.guarded():
        cluster.up(primaries=3, replicas=1)
        yield f"{cluster.url}?{PATIENT}"


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
        missing("npm is not installed")
    directory = pytestconfig.cache.mkdir("clients-node")
    return installed(
        directory, NODE_CLIENT,
        [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(directory), NODE_CLIENT])


@pytest.fixture(scope="session")
def ruby_client() -> list[str]:
    """What runs a program with version 1 of Ruby's SDK; skips where it is not installed (Debian's ruby-aws-sdk)."""
    ruby = shutil.which("ruby")
    load = ["-e", 'require "aws-sdk-v1"']
    if ruby is None or subprocess.run([ruby, *load], capture_output=True, check=False).returncode != 0:
        missing("Ruby's aws-sdk-v1 is not installed")
    return [ruby]


@pytest.fixture(scope="session")
def go_build(pytestconfig: pytest.Config) -> Callable[[Path], Path]:
    """Builds a Go program with version 1 of Go's SDK; skips where either is not installed."""
    go, sdk = shutil.which("go"), GO_PATH / "src" / "github.com" / "aws" / "aws-sdk-go" / "service" / "simpledb"
    if go is None or not sdk.is_dir():
        missing("Go or its aws-sdk-go is not installed")
    directory = pytestconfig.cache.mkdir("clients-go")

    def build(source: Path) -> Path:
        program = directory / source.stem
        environment = {
            **os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(directory / "cache"),
            "GOFLAGS": "", "CGO_ENABLED": "0"}
        done = subprocess.run(
            [go, "build", "-o", str(program), str(source)], env=environment, capture_output=True, text=True,
            check=False)
        assert done.returncode == 0, done.stderr
        return program

    return build
