"""aiobotocore clients, of any age."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import aiobotocore.httpsession
import aiobotocore.session
import aiobotocore.signers
import pytest

from basicdb_mock import mock_simpledb
from tests.intercept.conftest import make_client

KEYS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "AKTESTING", "aws_secret_access_key": "s"}


async def story(client: Any) -> list[str]:
    await client.create_domain(DomainName="users")
    await client.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "age", "Value": "30"}])
    with pytest.raises(client.exceptions.NoSuchDomain):
        await client.domain_metadata(DomainName="none")
    pages = client.get_paginator("select").paginate(SelectExpression="select * from users")
    return [item["Name"] async for page in pages for item in page["Items"]]


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
    assert asyncio.iscoroutinefunction(vars(aiobotocore.signers.AioRequestSigner)["sign"])
