"""Every example of the documents runs, or is at least what it claims to be."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from basicdb_mock.engine import Engine
from basicdb_mock.model import Tenant
from basicdb_mock.seeding import Contents, seed
from basicdb_mock.server.cli import COMMANDS, parser_of
from basicdb_mock.server.running import RunningServer
from tests.documents.reading import DOCUMENTS, ROOT, code_blocks, commands, fences, is_as_shown, name, named_files
from tests.exports.asking import Asker, needs_simpledbv2

TUTORIAL = ROOT / "docs" / "tutorial.md"
LANGUAGES = {"python", "py", "console", "shell", "yaml", "toml", "json", "text", "js", "java", "ruby", "php", "go", ""}
NOT_OURS = {
    ".", ".ci/run", "apt", "aws", "curl", "docker", "export", "git", "pip", "pre-commit", "pytest", "python3", "tox",
}
"""Commands of others, which are not run here."""

IMPORTS = "import os, subprocess, sys, unittest\nimport basicdb_mock, pytest\nfrom basicdb_mock import mock_simpledb\n"
PROGRAM = """\
import boto3
sdb = boto3.client("sdb")
sdb.create_domain(DomainName="users")
sdb.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "age", "Value": "30"}])
"""
USERS = "users:\n  alice: {age: 30}\n"
BOOKS: Contents = {
    "books": {"b1": {"Year": ("1999",), "Keyword": ("Book",)}, "b2": {"Year": ("1974",), "Keyword": ("Book",)}},
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the files that examples speak of."""
    (tmp_path / "app.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "tests" / "seeds").mkdir(parents=True)
    for path in ("tests/users.yaml", "tests/seeds/users.yaml", "users.yaml"):
        (tmp_path / path).write_text(USERS, encoding="utf-8")
    asker = Asker(tmp_path / "exports")
    asker.fill()
    assert asker.ask("StartDomainExport", domainName="books", s3Bucket="my-exports").status == 200
    asker.engine.close()
    return tmp_path


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """What stands for the servers at the addresses that examples have."""
    engine = Engine()
    domains: Contents = {**BOOKS, "users": {"alice": {"age": ("30",)}}}
    with RunningServer(engine) as running:
        for key in ("test", "testing"):
            seed(engine, domains, Tenant(engine.accounts.account_of(key), "us-east-1"))
        yield running


def module(document: Path, block: str, url: str) -> str:
    """A block as a test module, with what it takes for granted."""
    given = IMPORTS
    if "simpledbv2" in block and needs_simpledbv2.args[0]:
        given += f"pytest.skip({needs_simpledbv2.kwargs['reason']!r}, allow_module_level=True)\n"
    if document.name == "storages.md":
        given += "from basicdb_mock.storage import open_storage\ndef open_mine(url): return open_storage('memory:')\n"
    return given + re.sub(r"http://127\.0\.0\.1:80[08]0", url, block)


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    told = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_", "BASICDB_"))}
    environment = {**told, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_every_example_in_python_runs(place: Path, server: RunningServer) -> None:
    """Each block by itself, as a test module: what is at its top runs, and so do the tests in it."""
    written = 0
    for document in DOCUMENTS:
        if document == TUTORIAL:  # walked through below
            continue
        for number, block in enumerate(code_blocks(document, "python"), 1):
            path = f"test_{re.sub('[^A-Za-z0-9]', '_', name(document)[:-3])}_{number}.py"
            (place / path).write_text(module(document, block, server.url), encoding="utf-8")
            written += 1
    done = run(
        sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio",
        "-p", "no:randomly", *sorted(path.name for path in place.glob("test_*.py")), cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert written > 20
    assert re.search(r"\d\d passed", done.stdout)


def test_the_tutorial_shows_what_is_seen(tmp_path: Path) -> None:
    for path, text in named_files(TUTORIAL):
        (tmp_path / path).write_text(text, encoding="utf-8")
    seen = 0
    for words, shown in commands(TUTORIAL):
        if words[0] in NOT_OURS:
            continue
        own = [sys.executable, "-m", "basicdb_mock"] if words[0] == "basicdb-mock" else [sys.executable]
        options = ["-p", "no:cacheprovider", "-p", "no:asyncio"] if "pytest" in words else []
        done = run(*own, *words[1:], *options, cwd=tmp_path)
        assert is_as_shown(done.stdout, shown), f"{words}\n{done.stdout}{done.stderr}"
        seen += 1
    assert seen == 4


def test_the_commands_on_data_run_one_after_the_other(place: Path, server: RunningServer) -> None:
    """All that is not for the real service: on a server, then on what the command before left."""
    ran = []
    for words, _ in commands(ROOT / "docs" / "howto" / "recordings.md"):
        if words[0] == "basicdb-mock" and "aws" not in words:
            ours = [word.replace("http://127.0.0.1:8080", server.url) for word in words[1:]]
            done = run(sys.executable, "-m", "basicdb_mock", *ours, cwd=place)
            assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
            ran.append(words[1])
    assert ran == ["verify", "dump", "seed", "check", "explain"]
    assert "passed" in (place / "report.md").read_text(encoding="utf-8")
    assert yaml.safe_load((place / "users.yaml").read_text(encoding="utf-8"))["users"] == {"alice": {"age": "30"}}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_block_says_what_it_is_in(document: Path) -> None:
    assert {language for language, _ in fences(document)} <= LANGUAGES


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_of_ours_is_one_and_takes_what_it_is_given(document: Path) -> None:
    shell = [line.split("  ")[0].split() for block in code_blocks(document, "shell") for line in block.splitlines()]
    for told in [*(words for words, _ in commands(document)), *(words for words in shell if words)]:
        words = [word.strip("'") for word in told if not re.match(r"[A-Z_]+=", word)]
        if words[0] == "basicdb-mock":
            if words[1:] != ["--version"]:
                assert words[1] in COMMANDS, words
                parser_of(words[1]).parse_args([word for word in words[2:] if word != "&"])  # ends the test otherwise
        elif words[:2] == ["python", "-m"]:
            assert words[2] == "pytest" or importlib.util.find_spec(words[2]) is not None, words
        elif words[0].startswith(("./scripts/", "scripts/")):
            assert os.access(ROOT / words[0], os.X_OK), words
        else:
            assert words[0] in NOT_OURS, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_example_in_yaml_or_for_boto_2_can_be_read(document: Path) -> None:
    for block in code_blocks(document, "yaml"):
        assert yaml.safe_load(block)
    for block in code_blocks(document, "py"):
        compile(block, name(document), "exec")


def test_the_pipelines_run_what_there_is() -> None:
    """The options of ours that the pipelines give are known."""
    ours: list[str] = []
    for block in code_blocks(ROOT / "docs" / "howto" / "ci.md", "yaml"):
        for line in re.findall(r"basicdb-mock (\w+ [^&\n]*)", json.dumps(yaml.safe_load(block)).replace("\\n", "\n")):
            command, *words = line.split()
            parser_of(command).parse_args(words)
            ours.append(command)
        for option in re.findall(r"--simpledb-[\w-]+", block):
            ours.append(option)
            assert f"`{option}`" in (ROOT / "docs" / "reference" / "pytest.md").read_text(encoding="utf-8")
    assert {"--simpledb-strict", "serve"} <= set(ours)
