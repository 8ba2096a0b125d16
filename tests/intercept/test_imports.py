"""What is imported when; what it costs in milliseconds is measured by the benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("boto3", "botocore", "moto", "flask", "werkzeug", "pyparsing", "requests", "responses", "yaml", "redis")


def imported(statement: str) -> set[str]:
    """The modules a fresh interpreter has after ``statement`` that it had not before."""
    script = f"""
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_the_package_imports_next_to_nothing() -> None:
    assert {name for name in imported("import basicdb_mock") if name.startswith("basicdb_mock")} == {"basicdb_mock"}


@pytest.mark.parametrize("statement", [
    "import pytest; import basicdb_mock.pytest_plugin.plugin",
    "from basicdb_mock import mock_simpledb, SimpleDB, AWS, RELAXED, Limits, Lag, active_simpledb",
    "from basicdb_mock import SimpleDB; SimpleDB().seed({'users': {'alice': {'age': '30'}}})",
    "import basicdb_mock; basicdb_mock.moto.install()",
])
def test_nothing_heavy_is_imported(statement: str) -> None:
    assert not {name for name in imported(statement) if name.partition(".")[0] in HEAVY}


def test_the_plugin_imports_no_engine() -> None:
    ours = {name for name in imported("import pytest; import basicdb_mock.pytest_plugin.plugin")
            if name.startswith("basicdb_mock")}
    assert ours == {
        "basicdb_mock", "basicdb_mock.intercept", "basicdb_mock.intercept.registry", "basicdb_mock.intercept.seams",
        "basicdb_mock.intercept.surroundings", "basicdb_mock.pytest_plugin", "basicdb_mock.pytest_plugin.fixtures",
        "basicdb_mock.pytest_plugin.plugin", "basicdb_mock.pytest_plugin.report",
        "basicdb_mock.pytest_plugin.settings"}


def test_the_plugin_imports_little_that_pytest_has_not() -> None:
    theirs = {name.partition(".")[0] for name in imported("import pytest")}
    more = {name.partition(".")[0] for name in imported("import pytest; import basicdb_mock.pytest_plugin.plugin")}
    assert more - theirs - sys.stdlib_module_names == {"basicdb_mock"}


def test_the_package_imports_nothing_besides() -> None:
    assert imported("import importlib, typing; import basicdb_mock") - imported("import importlib, typing") == {
        "basicdb_mock"}


def test_pyparsing_is_imported_by_the_first_select() -> None:
    found = imported(
        "from basicdb_mock import SimpleDB; s = SimpleDB(); s.seed({'abc': {}})\n"
        "assert 'pyparsing' not in sys.modules; s.client().select(SelectExpression='select * from abc')")
    assert "pyparsing" in found


def test_public_names_are_there_and_others_are_not() -> None:
    import basicdb_mock

    for name in basicdb_mock.__all__:
        assert getattr(basicdb_mock, name) is not None
    assert set(basicdb_mock.__all__) <= set(dir(basicdb_mock))
    with pytest.raises(AttributeError, match="module 'basicdb_mock' has no attribute 'mock_dynamodb'"):
        _ = basicdb_mock.mock_dynamodb


def test_a_module_we_wait_for_has_its_own_loader() -> None:
    script = """
from basicdb_mock.intercept import seams
seams.listen()
import importlib.util, inspect
assert importlib.util.find_spec("botocore.handlers").loader.get_filename("botocore.handlers").endswith("handlers.py")
import botocore.handlers
from importlib.machinery import SourceFileLoader
assert type(botocore.handlers.__loader__) is type(botocore.handlers.__spec__.loader) is SourceFileLoader
assert inspect.getsource(botocore.handlers)
events = [entry[0] for entry in botocore.handlers.BUILTIN_HANDLERS[-4:]]
assert events == [f"before-{when}.{api}" for when in ("send", "call") for api in ("simpledb", "simpledbv2")]
import sys
seams.listen()
assert sum(isinstance(finder, seams._Watch) for finder in sys.meta_path) == 1
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_that_is_loaded_while_a_mock_is_active_is_intercepted_and_let_go() -> None:
    script = """
from basicdb_mock import mock_simpledb
import sys
assert "requests" not in sys.modules and "botocore" not in sys.modules
with mock_simpledb() as simpledb:
    import requests, boto3
    url = "https://sdb.amazonaws.com/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=A"
    assert requests.get(url).status_code == 200
    boto3.client("sdb", region_name="us-east-1").list_domains()
    assert len(simpledb.calls) == 2
assert not hasattr(requests.adapters.HTTPAdapter.send, "_basicdb_mock_stands_before")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
