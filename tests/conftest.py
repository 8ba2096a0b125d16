"""The doors: a test that asks for ``client``, ``simpledb_under_test`` or ``door`` runs through each of them.

In process and over HTTP on the memory storage; in process on the storages that keep files.  The engines and the server
live as long as the session; every test finds them empty.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import settings

from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.wire.message import Request, Response

pytest_plugins = ["pytester"]

# How long an example takes is the machine's matter: no deadlines, whatever else Hypothesis chooses for where it runs.
settings.register_profile("patient", settings(deadline=None))
settings.load_profile("patient")

DOORS = ("in-process", "in-process, direct", "http", "in-process, sqlite", "in-process, files")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "limits(**quotas): quotas of the SimpleDB under test that differ from AWS's")
    config.addinivalue_line("markers", "doors(*names): the doors of tests/conftest.py a test goes through, not all")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "door" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("doors")
        metafunc.parametrize("door", marker.args if marker else DOORS, indirect=True, scope="session")


class UnderTest(Protocol):
    """A SimpleDB behind a door."""

    @property
    def engine(self) -> Engine:
        """The SimpleDB."""

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


class Direct(InProcess):
    """The hook that answers calls before they are signed and sent.

    A raw request that could have been such a call is run through it first, on a copy; it must come to the same.
    """

    def client(self, region: str = "us-east-1", **settings: Any) -> Any:
        from basicdb_mock import SimpleDB

        simpledb = SimpleDB.of(self.engine)
        simpledb.direct = True
        return simpledb.client(region, **_with_credentials(settings))

    def send(self, request: Request) -> Response:
        with _one_at_a_time:
            before = self.engine.snapshot()
            direct = self._direct(request)
            self.engine.restore(before)
            response = super().send(request)
        if isinstance(direct, Response):
            assert (direct.status, _anonymous(direct.body)) == (response.status, _anonymous(response.body))
        elif direct is not None:
            assert direct[1] == _parsed(response, dict(parse_qsl(request.body.decode(), True))["Action"], direct[1])
        return response

    def _direct(self, request: Request) -> Any:
        from basicdb_mock import SimpleDB
        from basicdb_mock.intercept.direct import result_of

        try:
            given = dict(parse_qsl(request.body.decode(), True, errors="strict"))
        except ValueError:
            return None
        key = given.pop("AWSAccessKeyId", None)
        whole = given.get("Version") == "2009-04-15" and urlsplit(request.url)[2:] == ("/", "", "")
        if request.method != "POST" or key is None or not whole or self.engine.lag or self.engine.observers:
            return None
        twin = Engine(self.engine.storage, limits=self.engine.limits, clock=self.engine.clock)
        twin.rehearsal, twin.accounts = self.engine.rehearsal, self.engine.accounts
        call = {"method": "POST", "url": request.url, "body": given}
        return result_of(SimpleDB.of(twin), call, key, given.pop("SecurityToken", None))


_one_at_a_time = threading.Lock()


def _anonymous(body: bytes) -> bytes:
    return re.sub(rb"<RequestI[dD]>[^<]*<", b"<RequestId><", body)


def _parsed(response: Response, action: str, like: dict[str, Any]) -> dict[str, Any]:
    """What botocore makes of a response, with the request id and the headers of ``like``."""
    from botocore.parsers import create_parser

    told = {"status_code": response.status, "headers": {}, "body": response.body}
    parsed: dict[str, Any] = create_parser("query").parse(told, _model().operation_model(action).output_shape)
    same = {name: like["ResponseMetadata"][name] for name in ("RequestId", "HTTPHeaders", "RetryAttempts")}
    parsed["ResponseMetadata"].update(same)
    return parsed


@cache
def _model() -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("sdb")


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
    direct = storage == "direct"
    storage = "" if direct else storage
    engine = Engine(_storage_url(storage, tmp_path_factory.mktemp(storage or "memory")))
    yield Direct(engine) if direct else InProcess(engine)
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
