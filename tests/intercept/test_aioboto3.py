"""aioboto3 sessions, which pin releases of aiobotocore and boto3 older than the newest (`scripts/async-tests`)."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import aioboto3
import pytest

from basicdb_mock import mock_simpledb
from basicdb_mock.rehearsal import Faults
from tests.intercept.async_story import KEYS, story


async def told() -> list[str]:
    async with aioboto3.Session().client("sdb", **KEYS) as client:
        return await story(client)


@pytest.mark.parametrize("direct", [False, True], ids=["sent", "direct"])
def test_a_session_s_client_is_answered(direct: bool) -> None:
    with mock_simpledb(direct=direct) as simpledb:
        assert asyncio.run(told()) == ["alice"]
        assert simpledb.items("users") == {"alice": {"age": "30"}}
        assert [call.operation for call in simpledb.calls] == [
            "CreateDomain", "PutAttributes", "DomainMetadata", "Select"]


def test_a_delay_that_is_rehearsed_is_waited_for() -> None:
    waited: list[float] = []
    with mock_simpledb() as simpledb:
        simpledb.engine.rehearsal = Faults(simpledb.clock, sleep=waited.append)
        simpledb.faults.delay("CreateDomain", 3)
        assert asyncio.run(told()) == ["alice"]
    assert waited == [3.0]


def test_a_session_of_before_the_import_is_answered() -> None:
    script = f"""
import asyncio, aioboto3
async def run():
    async with aioboto3.Session().client("sdb", **{KEYS!r}) as client:
        from basicdb_mock import mock_simpledb
        with mock_simpledb() as simpledb:
            await client.create_domain(DomainName="users")
            assert simpledb == {{"users": {{}}}}
asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
