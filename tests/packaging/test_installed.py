"""The wheel in a clean virtual environment, as a stranger has it: nothing of ours on the path, no extra installed."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from basicdb_mock import __version__
from tests.packaging.conftest import run

pytestmark = pytest.mark.packaging
EXTRAS = ("moto", "aiobotocore", "redis", "hypothesis")
MADE_FOR = {
    "basicdb_mock.intercept.aiobotocore": "aiobotocore",
    "basicdb_mock.intercept.moto": "moto",
    "basicdb_mock.storage.cluster": "redis",
    "basicdb_mock.storage.testing": "hypothesis",
}
"""Modules (and what is below them) that may need one package which nothing else may."""

EVERY_MODULE = """
import importlib, json, pkgutil, sys, warnings
import basicdb_mock
warnings.simplefilter("error")
failed = {}
for found in pkgutil.walk_packages(basicdb_mock.__path__, "basicdb_mock."):
    if found.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(found.name)
    except Exception as problem:
        failed[found.name] = f"{type(problem).__name__}: {problem}"
print(json.dumps(failed))
"""

A_TEST = """
def test_in_process(simpledb):
    sdb = simpledb.client()
    sdb.create_domain(DomainName="books")
    assert sdb.list_domains()["DomainNames"] == ["books"]


def test_each_begins_with_nothing(simpledb):
    assert "DomainNames" not in simpledb.client().list_domains()


def test_over_http(simpledb_server):
    sdb = simpledb_server.client()
    sdb.create_domain(DomainName="books")
    assert sdb.list_domains()["DomainNames"] == ["books"]
"""


def test_the_environment_has_no_extra(clean_python: Path) -> None:
    listed = json.loads(run(clean_python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"))
    names = {package["name"].lower() for package in listed}
    assert "basicdb-mock" in names
    assert names.isdisjoint(EXTRAS)


def test_what_is_installed_fits_together(clean_python: Path) -> None:
    assert run(clean_python, "-m", "pip", "check", "--disable-pip-version-check").strip() == (
        "No broken requirements found.")


def test_the_command_and_the_module_tell_the_version(clean_python: Path, tmp_path: Path) -> None:
    expected = f"basicdb-mock {__version__}\n"
    assert run(clean_python, "-m", "basicdb_mock", "--version", cwd=tmp_path) == expected
    assert run(clean_python.parent / "basicdb-mock", "--version", cwd=tmp_path) == expected


def test_nothing_of_an_extra_is_needed(clean_python: Path, tmp_path: Path) -> None:
    """Every module can be imported without the extras, but for those that are made for one and miss that one."""
    failed: dict[str, str] = json.loads(run(clean_python, "-c", EVERY_MODULE, cwd=tmp_path))
    excused = {
        name: problem for name, problem in failed.items() for made, extra in MADE_FOR.items()
        if (name == made or name.startswith(made + "."))
        and problem.startswith(f"ModuleNotFoundError: No module named '{extra}")
    }
    assert failed == excused


def test_the_package_and_the_plugin_import_nothing_heavy(clean_python: Path, tmp_path: Path) -> None:
    heavy = ("boto3", "botocore", "flask", "pyparsing", "responses", "werkzeug", "yaml", "sqlite3")
    code = (
        "import sys, basicdb_mock, basicdb_mock.pytest_plugin.plugin;"
        f"print([name for name in {heavy} if name in sys.modules])")
    assert run(clean_python, "-c", code, cwd=tmp_path) == "[]\n"


def test_the_fixtures_are_there_after_the_installation_alone(clean_python: Path, tmp_path: Path) -> None:
    (tmp_path / "test_stranger.py").write_text(A_TEST, encoding="utf-8")
    told = run(clean_python, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "3 passed" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_server_starts_answers_and_ends_when_told(
    clean_python: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [clean_python.parent / "basicdb-mock", "serve", "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8",
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        with urlopen(f"{url}/_basicdb/health", timeout=30) as answer:
            assert answer.status == 200
        server.send_signal(number)
        told, _ = server.communicate(timeout=30)
    assert server.returncode == 0, told
    assert "Traceback" not in told


def test_the_recordings_come_with_it_and_verify_replays_them(clean_python: Path, tmp_path: Path) -> None:
    code = (
        "from basicdb_mock import SimpleDBProcess; from basicdb_mock.server.cli import main\n"
        "with SimpleDBProcess(options=['--quiet']) as server:\n"
        "    raise SystemExit(main(['verify', '--endpoint', server.url, '--trust', 'structure']))")
    told = run(clean_python, "-c", code, cwd=tmp_path)
    assert " passed, 0 failed, " in told


def test_a_storage_without_its_extra_tells_which_to_install(clean_python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [clean_python, "-m", "basicdb_mock", "serve", "--port", "0", "--storage", "redis+cluster://127.0.0.1:1"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 1
    assert "basicdb-mock[cluster]" in done.stderr
    assert "Traceback" not in done.stderr
