"""aiobotocore clients, of any age."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import Any

import aiobotocore.endpoint
import aiobotocore.httpsession
import aiobotocore.session
import aiobotocore.signers
import pytest

from basicdb_mock import mock_simpledb
from basicdb_mock.rehearsal import Faults
from tests.intercept.async_story import KEYS, story
from tests.intercept.conftest import make_client


@mock_simpledb
async def tell() -> list[str]:
    async with aiobotocore.session.get_session().create_client("sdb", **KEYS) as client:
        return await story(client)


def test_an_async_client_is_answered() -> None:
    assert asyncio.run(tell()) == ["alice"]


def test_async_and_sync_clients_see_the_same_data() -> None:
    with mock_simpledb() as simpledb:
        async def create() -> None:
            async with aiobotocore.session.get_session().create_client("sdb", **KEYS) as client:
                await client.create_domain(DomainName="users")

        asyncio.run(create())
        assert make_client().list_domains()["DomainNames"] == ["users"]
        assert [call.operation for call in simpledb.calls] == ["CreateDomain", "ListDomains"]


def test_direct_answers_reach_async_clients() -> None:
    async def run() -> list[str]:
        async with aiobotocore.session.get_session().create_client("sdb", **KEYS) as client:
            return await story(client)

    with mock_simpledb(direct=True) as simpledb:
        assert asyncio.run(run()) == ["alice"]
        assert "Signature" not in simpledb.calls.of("CreateDomain")[0].given


def test_a_delay_that_is_rehearsed_leaves_the_loop_running() -> None:
    begun, let_go = threading.Event(), threading.Event()
    waited = []

    def wait_for_the_loop(seconds: float) -> None:
        begun.set()
        waited.append((seconds, let_go.wait(30)))

    async def run() -> None:
        async with aiobotocore.session.get_session().create_client("sdb", **KEYS) as client:
            late = asyncio.ensure_future(client.create_domain(DomainName="users"))
            assert await asyncio.to_thread(begun.wait, 30)
            let_go.set()
            assert (await late)["ResponseMetadata"]["HTTPStatusCode"] == 200

    with mock_simpledb() as simpledb:
        simpledb.engine.rehearsal = Faults(simpledb.clock, sleep=wait_for_the_loop)
        simpledb.faults.delay("CreateDomain", 3)
        asyncio.run(run())
        assert waited == [(3.0, True)]
        assert len(simpledb.calls) == 1
        assert simpledb == {"users": {}}


def test_errors_and_dropped_connections_that_are_rehearsed_reach_async_clients() -> None:
    async def run() -> int:
        async with aiobotocore.session.get_session().create_client("sdb", **KEYS) as client:
            return (await client.create_domain(DomainName="users"))["ResponseMetadata"]["RetryAttempts"]  # type: ignore[no-any-return]

    with mock_simpledb() as simpledb:
        simpledb.faults.drop("CreateDomain", times=1)
        assert asyncio.run(run()) == 1
        assert len(simpledb.calls) == 2


@pytest.mark.parametrize("early", [False, True], ids=["client of now", "client of before the import"])
def test_an_answer_that_is_later_than_the_read_timeout_is_an_error(early: bool) -> None:
    script = f"""
import asyncio
import aiobotocore.session
from aiobotocore.config import AioConfig
from botocore.exceptions import ReadTimeoutError
{"" if early else "import basicdb_mock.intercept.simpledb"}
async def run():
    config = AioConfig(read_timeout=0.01, retries={{"total_max_attempts": 1}})
    async with aiobotocore.session.get_session().create_client("sdb", config=config, **{KEYS!r}) as client:
        from basicdb_mock import mock_simpledb
        with mock_simpledb() as simpledb:
            simpledb.faults.delay("CreateDomain", 3600)
            try:
                await client.create_domain(DomainName="users")
            except ReadTimeoutError:
                assert simpledb == {{"users": {{}}}}, simpledb.contents()
            else:
                raise AssertionError("it was in time")
asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("keys", [KEYS, {"region_name": "us-east-1"}], ids=["with credentials", "without"])
def test_a_client_of_before_the_import_is_answered(keys: dict[str, Any]) -> None:
    script = f"""
import asyncio
import aiobotocore.session
async def run():
    async with aiobotocore.session.get_session().create_client("sdb", **{keys!r}) as client:
        from basicdb_mock import mock_simpledb
        with mock_simpledb() as simpledb:
            await client.create_domain(DomainName="users")
            assert [call.operation for call in simpledb.calls] == ["CreateDomain"]
asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_canary_what_we_stand_before_is_there() -> None:
    assert asyncio.iscoroutinefunction(vars(aiobotocore.httpsession.AIOHTTPSession)["send"])
    assert asyncio.iscoroutinefunction(vars(aiobotocore.endpoint.AioEndpoint)["create_request"])
    assert asyncio.iscoroutinefunction(vars(aiobotocore.signers.AioRequestSigner)["sign"])
