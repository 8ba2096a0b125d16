"""What the rehearsals share: a SimpleDB, its boto3 clients in process and over HTTP, and no real waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.config import Config

from basicdb_mock.engine import Engine
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.server import RunningServer


@pytest.fixture
def retry_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long botocore wanted to wait between its attempts; it does not wait."""
    waits: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=waits.append))
    return waits


@pytest.fixture
def simpledb(retry_waits: list[float]) -> Iterator[SimpleDB]:
    simpledb = SimpleDB.of(Engine())
    simpledb.faults._sleep = retry_waits.append
    yield simpledb
    simpledb.close()


Connect = Callable[..., Any]


@pytest.fixture(params=["in process", "over HTTP"])
def connect(request: pytest.FixtureRequest, simpledb: SimpleDB) -> Iterator[Connect]:
    """Makes a client that retries in a mode so many times: through either door the same happens."""

    def config(mode: str, attempts: int) -> Config:
        return Config(retries={"mode": mode, "total_max_attempts": attempts})  # type: ignore[arg-type]

    if request.param == "in process":
        yield lambda mode="standard", attempts=1: simpledb.client(config=config(mode, attempts))
        return
    with RunningServer(simpledb.engine) as server:
        yield lambda mode="standard", attempts=1: server.client(config=config(mode, attempts))
