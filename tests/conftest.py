"""The doors: a test that asks for ``client``, ``simpledb_under_test`` or ``door`` runs through each of them.

In process and over HTTP on the memory storage; in process on the storages that keep files.  The engines and the server
live as long as the session; every test finds them empty.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.wire.message import Request, Response

pytest_plugins = ["pytester"]

_FILES = ("in-process, files",) if find_spec("basicdb_mock.storage.files") else ()
DOORS = ("in-process", "http", "in-process, sqlite", *_FILES)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "limits(**quotas): quotas of the SimpleDB under test that differ from AWS's")
    config.addinivalue_line("markers", "doors(*names): the doors of tests/conftest.py a test goes through, not all")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "door" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("doors")
        metafunc.parametrize("door", marker.args if marker else DOORS, indirect=True, scope="session")


class UnderTest(Protocol):
    """A SimpleDB behind a door."""

    engine: Engine

    def client(self, region: str = "us-east-1", **settings: Any) -> Any:
        """A boto3 client that goes through the door."""

    def send(self, request: Request) -> Response:
        """One HTTP request through the door, as it is."""


@dataclass
class InProcess:
    """The hook in botocore."""

    engine: Engine

    def client(self, region: str = "us-east-1", **settings: Any) -> Any:
        from basicdb_mock import SimpleDB

        return SimpleDB.of(self.engine).client(region, **_with_credentials(settings))

    def send(self, request: Request) -> Response:
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session

        from basicdb_mock import SimpleDB, mock_simpledb

        prepared = AWSRequest(request.method, request.url, dict(request.headers), request.body).prepare()
        prepared.url = request.url
        with mock_simpledb(simpledb=SimpleDB.of(self.engine)):
            answer = URLLib3Session().send(prepared)
        return Response(answer.status_code, dict(answer.headers), answer.content)


@dataclass
class OverHTTP:
    """A running server."""

    server: Any

    @property
    def engine(self) -> Engine:
        engine: Engine = self.server.engine
        return engine

    def client(self, region: str = "us-east-1", **settings: Any) -> Any:
        return self.server.client(region, **_with_credentials(settings))

    def send(self, request: Request) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        parts = urlsplit(request.url)
        target = request.url[request.url.index(parts.netloc) + len(parts.netloc) :] if parts.netloc else request.url
        headers = {"host": parts.netloc, **request.headers} if parts.netloc else dict(request.headers)
        try:
            connection.putrequest(request.method, target or "/", skip_host="host" in headers, skip_accept_encoding=True)
            if request.body and "content-length" not in headers:
                headers["content-length"] = str(len(request.body))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            answer = connection.getresponse()
            return Response(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


def _with_credentials(settings: dict[str, Any]) -> dict[str, Any]:
    return {"aws_access_key_id": "AKTESTING", "aws_secret_access_key": "secret", **settings}


@pytest.fixture(scope="session")
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnderTest]:
    """One door and what is behind it; named by :data:`DOORS`."""
    way, _, storage = request.param.partition(", ")
    if way == "http":
        from basicdb_mock.server.running import RunningServer

        with RunningServer() as server:
            yield OverHTTP(server)
        return
    engine = Engine(_storage_url(storage, tmp_path_factory.mktemp(storage or "memory")))
    yield InProcess(engine)
    engine.close()


def _storage_url(storage: str, directory: Path) -> str:
    return {"": "memory:", "sqlite": f"sqlite:{directory / 'simple.db'}", "files": f"files:{directory}"}[storage]


@pytest.fixture
def simpledb_under_test(door: UnderTest, request: pytest.FixtureRequest) -> Iterator[UnderTest]:
    """The SimpleDB behind a door, empty; ``.engine``, ``.client(region)`` and ``.send(Request)``.

    ``@pytest.mark.limits(domains=3)`` changes quotas.
    """
    marker = request.node.get_closest_marker("limits")
    door.engine.reset()
    door.engine.limits = replace(AWS, **marker.kwargs) if marker else AWS
    yield door
    door.engine.reset()
    door.engine.limits = AWS


@pytest.fixture
def client(simpledb_under_test: UnderTest) -> Any:
    """A boto3 client in us-east-1 that goes through a door."""
    return simpledb_under_test.client()
