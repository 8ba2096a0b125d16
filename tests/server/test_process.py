"""``SimpleDBProcess``: a server in a process of its own, without a container engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import basicdb_mock
from basicdb_mock import SimpleDBProcess
from tests.exports.asking import needs_simpledbv2


@pytest.fixture(scope="module")
def shared() -> Iterator[SimpleDBProcess]:
    with SimpleDBProcess() as process:
        yield process


@pytest.fixture
def server(shared: SimpleDBProcess) -> SimpleDBProcess:
    shared.control.reset()
    return shared


def test_its_client_reaches_it_in_another_process(server: SimpleDBProcess) -> None:
    server.client().create_domain(DomainName="users")
    assert server.client().list_domains()["DomainNames"] == ["users"]
    assert server.pid != os.getpid()
    assert "CreateDomain users 200" in server.log


def test_its_environment_leads_the_clients_of_a_process_to_it(server: SimpleDBProcess) -> None:
    call_elsewhere(server, "boto3.client('sdb').create_domain(DomainName='fromafar')")
    assert server.client().list_domains()["DomainNames"] == ["fromafar"]


@needs_simpledbv2
def test_its_environment_leads_the_clients_of_exports_to_it(server: SimpleDBProcess) -> None:
    call_elsewhere(server, "boto3.client('simpledbv2').list_exports()")
    assert server.control.calls("ListExports")


def call_elsewhere(server: SimpleDBProcess, call: str) -> None:
    """Call with boto3 in a process that has the server's environment."""
    code = f"import boto3; {call}"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **server.environment}, check=True)


def test_its_control_api_seeds_and_tells_who_called(server: SimpleDBProcess) -> None:
    server.control.seed({"users": {"alice": {"age": "30"}}})
    server.client().get_attributes(DomainName="users", ItemName="alice")
    assert [call.operation for call in server.control.calls()] == ["GetAttributes"]


def test_a_client_may_be_of_another_region(server: SimpleDBProcess) -> None:
    server.client("eu-west-1").create_domain(DomainName="users")
    assert "DomainNames" not in server.client().list_domains()


def test_starting_what_runs_changes_nothing(server: SimpleDBProcess) -> None:
    before = server.pid
    assert server.start() is server
    assert server.pid == before
    assert repr(server) == f"<SimpleDBProcess at {server.url}>"


def test_all_settings_reach_the_server(tmp_path: Path) -> None:
    seed = tmp_path / "users.yaml"
    seed.write_text("users: {alice: {age: 30}}\n", encoding="utf-8")
    with SimpleDBProcess(
        storage=f"files:{tmp_path / 'kept'}", seed=seed, limits={"domains": 2}, lag=3, region="eu-west-1",
        options=["--quiet"],
    ) as server:
        config = server.control.config()
        client = server.client()
        found = client.get_attributes(DomainName="users", ItemName="alice", ConsistentRead=True)["Attributes"]
        assert found == [{"Name": "age", "Value": "30"}]
        assert (config["region"], config["limits"]["domains"], config["lag"]["seconds"]) == ("eu-west-1", 2, 3)
        assert "GetAttributes" not in server.log
    assert list((tmp_path / "kept").rglob("*"))


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    server = SimpleDBProcess(data=tmp_path)
    try:
        server.start().client().create_domain(DomainName="users")
        server.kill()
        assert not server.is_running
        assert server.start().client().list_domains()["DomainNames"] == ["users"]
    finally:
        server.stop()


def test_a_server_that_cannot_start_tells_why() -> None:
    server = SimpleDBProcess(storage="nonsense:")
    with pytest.raises(RuntimeError, match=r"the server exited with status 1: .*unknown storage 'nonsense'"):
        server.start()
    assert not server.is_running


def test_a_server_that_is_not_ready_in_time_is_ended() -> None:
    server = SimpleDBProcess(timeout=0.0)
    with pytest.raises(TimeoutError, match="the server was not ready within 0 seconds"):
        server.start()
    assert not server.is_running


def test_what_does_not_run_has_no_address() -> None:
    server = SimpleDBProcess(limits="RELAXED")
    server.stop()
    server.kill()
    assert (server.log, repr(server)) == ("", "<SimpleDBProcess, not running>")
    with pytest.raises(RuntimeError, match="not running: start"):
        _ = server.url
    with pytest.raises(RuntimeError, match="not running: start"):
        _ = server.pid


def test_it_ends_with_the_process_that_forgot_to_stop_it() -> None:
    code = "import basicdb_mock; s = basicdb_mock.SimpleDBProcess().start(); print(s.port, s.pid)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    pid = int(told.split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_package_has_it_without_importing_it() -> None:
    code = "import sys, basicdb_mock; print('subprocess' in sys.modules or 'flask' in sys.modules)"
    told = subprocess.run([sys.executable, "-S", "-E", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
                          capture_output=True, text=True, check=True).stdout
    assert told == "False\n"
    assert "SimpleDBProcess" in basicdb_mock.__all__
