"""The User-Agent of a call inside a mock is the very one that botocore makes for it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from basicdb_mock import SimpleDB, mock_simpledb
from tests.intercept.conftest import make_client


def told(simpledb: SimpleDB) -> list[set[str]]:
    """The parts of the User-Agent of each call; features in any order, as botocore tells them."""
    headers = [call.request.headers["user-agent"].replace("/", ",") for call in simpledb.calls]
    return [set(header.replace(" ", ",").split(",")) for header in headers]


def calls_of(client: Any) -> None:
    client.list_domains()
    list(client.get_paginator("list_domains").paginate())
    client.list_domains()


@pytest.mark.parametrize("settings", [
    {}, {"config": Config(user_agent_extra="extra/1")}, {"config": Config(user_agent="mine/2")},
])
def test_it_is_what_botocore_makes_without_us(settings: dict[str, Any]) -> None:
    ours, botocores = SimpleDB(), SimpleDB()
    with mock_simpledb(simpledb=ours):
        calls_of(make_client(**settings))
    # Nothing of botocore is replaced for a client of a SimpleDB's own.
    calls_of(botocores.client(aws_access_key_id="A", aws_secret_access_key="B", **settings))
    assert told(ours) == told(botocores)
    assert len(told(ours)) == 3


def test_each_client_has_its_own() -> None:
    clients = [make_client(config=Config(user_agent_extra=extra)) for extra in ("one/1", "two/2")]
    with mock_simpledb() as simpledb:
        for client in (*clients, *clients):
            client.list_domains()
        ends = [call.request.headers["user-agent"].rpartition(" ")[2] for call in simpledb.calls]
    assert ends == ["one/1", "two/2"] * 2
