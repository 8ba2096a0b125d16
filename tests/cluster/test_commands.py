"""``basicdb-mock cluster up``, ``status`` and ``down``."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from basicdb_mock.storage import open_storage
from basicdb_mock.storage.cluster import commands
from basicdb_mock.storage.cluster.local import LocalCluster, wait_for


def run(*words: object) -> int:
    parser = argparse.ArgumentParser("basicdb-mock cluster")
    commands.add_arguments(parser)
    return commands.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def directory(installed: str, tmp_path: Path) -> Iterator[Path]:
    with LocalCluster(tmp_path / "nodes").guarded():
        yield tmp_path / "nodes"


def test_a_cluster_comes_up_tells_its_state_and_goes_down(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up", "--directory", directory, "--nodes", 3, "--replicas", 0) == 0
    url = capsys.readouterr().out.split("'")[1]
    assert url.startswith("redis+cluster://127.0.0.1:")
    assert url.endswith("?replicas=0")
    open_storage(url).close()

    assert run("up", "--directory", directory) == 1
    assert capsys.readouterr().err == f"there is a cluster in {directory} already: take it down first\n"

    assert run("status", "--directory", directory, "--json") == 0
    nodes = json.loads(capsys.readouterr().out)["nodes"]
    assert [(node["role"], node["healthy"]) for node in nodes] == [("primary", True)] * 3
    assert sorted(slots for node in nodes for slots in node["slots"]) == ["0-5460", "10922-16383", "5461-10921"]

    first = LocalCluster(directory).nodes[0]
    first.signal(signal.SIGKILL)
    wait_for("the node to die", lambda: first.process is None)
    assert run("status", "--directory", directory) == 1
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in lines if "NOT HEALTHY" in line] == [f"127.0.0.1:{first.port}"]

    processes = [node.process for node in LocalCluster(directory).nodes]
    assert run("down", "--directory", directory) == 0
    assert capsys.readouterr().out == "stopped 3 nodes\n"
    assert processes[0] is None
    assert not directory.exists()


def test_without_a_cluster_there_is_nothing_to_tell_or_to_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status", "--directory", tmp_path / "none") == 1
    assert capsys.readouterr().err == "there is no cluster: basicdb-mock cluster up starts one\n"
    assert run("down", "--directory", tmp_path / "none") == 0
    assert capsys.readouterr().out == "there was no cluster\n"


def test_without_an_installed_server_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("up", "--directory", tmp_path / "none") == 1
    assert capsys.readouterr().err == (
        "neither valkey-server nor redis-server is installed (Debian: apt install redis-server)\n"
    )
    assert not (tmp_path / "none").exists()
