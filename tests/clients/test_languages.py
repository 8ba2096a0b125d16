"""The examples of docs/howto/languages.md, run as they stand: afterwards the domain that each makes is there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.documents.reading import ROOT, code_blocks

pytestmark = pytest.mark.clients
PAGE = ROOT / "docs" / "howto" / "languages.md"


@pytest.fixture
def sdb(server: str) -> Any:
    """A client that sees what the examples' access key sees; no domain is there before an example runs."""
    client = boto3.client(
        "sdb", endpoint_url=server, region_name="us-east-1", aws_access_key_id="testing",
        aws_secret_access_key="testing")
    client.delete_domain(DomainName="books")
    return client


def example(language: str, wanted: str, server: str) -> str:
    """The one block of a language that has ``wanted`` in it, for a server at another port."""
    found = [block for block in code_blocks(PAGE, language) if wanted in block]
    assert len(found) == 1, wanted
    return found[0].replace("8080", server.rpartition(":")[2])


def run(*words: str | Path, cwd: Path, **environment: str) -> None:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def domains(sdb: Any) -> list[str]:
    found: list[str] = sdb.list_domains().get("DomainNames", [])
    return found


def shell(block: str) -> str:
    """The commands of a console block as a script that stops at the first that fails."""
    return "set -e\n" + "\n".join(line[2:] for line in block.splitlines() if line.startswith("$ "))


def test_the_example_of_the_aws_cli(server: str, sdb: Any, python_clients: Path, tmp_path: Path) -> None:
    script = shell(example("console", "export", server) + example("console", "aws sdb", server))
    run("bash", "-c", script, cwd=tmp_path, HOME=str(tmp_path), PATH=f"{python_clients}:{os.environ['PATH']}",
        AWS_CONFIG_FILE=str(tmp_path / "config"))
    assert domains(sdb) == ["books"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 cannot load boto 2 as it is")
def test_the_example_of_boto_2(server: str, sdb: Any, python_clients: Path, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(example("py", "SDBConnection", server), encoding="utf-8")
    run(python_clients / "python", "-W", "ignore", "example.py", cwd=tmp_path)
    assert domains(sdb) == ["books"]


def test_the_example_of_node(server: str, sdb: Any, node_client: Path, tmp_path: Path) -> None:
    (tmp_path / "example.js").write_text(example("js", "aws-sdk", server), encoding="utf-8")
    run("node", "example.js", cwd=tmp_path, NODE_PATH=str(node_client / "node_modules"))
    assert domains(sdb) == ["books"]


def test_the_example_of_ruby(server: str, sdb: Any, ruby_client: list[str], tmp_path: Path) -> None:
    (tmp_path / "example.rb").write_text(example("ruby", "aws-sdk-v1", server), encoding="utf-8")
    run(*ruby_client, "example.rb", cwd=tmp_path)
    assert domains(sdb) == ["books"]


def test_the_example_of_go(server: str, sdb: Any, go_build: Callable[[Path], Path], tmp_path: Path) -> None:
    (tmp_path / "example.go").write_text(example("go", "package main", server), encoding="utf-8")
    run(go_build(tmp_path / "example.go"), cwd=tmp_path)
    assert domains(sdb) == ["books"]


def test_the_example_of_curl(server: str, sdb: Any, tmp_path: Path) -> None:
    run("bash", "-c", shell(example("console", "curl", server)), cwd=tmp_path)
    assert domains(sdb) == ["books"]
