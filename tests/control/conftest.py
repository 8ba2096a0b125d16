"""A running server and its control API's client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from basicdb_mock.control_client import Control
from basicdb_mock.server import RunningServer


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RunningServer]:
    with RunningServer() as server:
        yield server


@pytest.fixture
def server(shared_server: RunningServer) -> Iterator[RunningServer]:
    yield shared_server
    control = Control(shared_server.url)
    control.reset()
    control.open_accounts()
    control.set_limits("AWS")
    for name in control.snapshots():
        control.forget_snapshot(name)


@pytest.fixture
def control(server: RunningServer) -> Control:
    return Control(server.url)
