"""The fixtures.  ``simpledb_settings`` configures the others; each is empty when a test gets it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from basicdb_mock.pytest_plugin.settings import as_asked, of_worker, option, settings_for, settings_for_shared

if TYPE_CHECKING:
    from mypy_boto3_sdb import SimpleDBClient

    from basicdb_mock.intercept.simpledb import SimpleDB
    from basicdb_mock.pytest_plugin.served import ServedSimpleDB
    from basicdb_mock.server.running import RunningServer


@pytest.fixture(scope="session")
def simpledb_settings() -> Mapping[str, Any]:
    """The settings of all SimpleDBs.  Override it to return a mapping with any of storage, limits, region, lag, faults,
    seed and direct.

    A marker takes precedence over it; it takes precedence over the command line and the ini file.
    """
    return {}


@pytest.fixture
def simpledb(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """An empty SimpleDB that answers all calls to Amazon SimpleDB in this process while the test runs.

    ``simpledb.client()`` returns a boto3 client, ``simpledb.calls`` lists the calls, and ``simpledb == {...}`` compares
    its contents.
    """
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture(scope="module")
def simpledb_module(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """Like ``simpledb``, but shared by the tests of a module, which see each other's data."""
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture(scope="session")
def simpledb_session(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """Like ``simpledb``, but shared by the tests of the session (with pytest-xdist: of the worker)."""
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture
def simpledb_client(simpledb: SimpleDB) -> SimpleDBClient:
    """A boto3 client of ``simpledb``."""
    return simpledb.client()


@pytest.fixture
def simpledb_domain(simpledb_client: SimpleDBClient) -> str:
    """The name of a new, empty domain created in ``simpledb``."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    simpledb_client.create_domain(DomainName=name)
    return name


@pytest.fixture(scope="session")
def simpledb_running_server() -> Iterator[RunningServer]:
    """The HTTP server behind ``simpledb_server``, on a free port: one for the session (with xdist: for the worker)."""
    from basicdb_mock.server.running import RunningServer

    with RunningServer() as server:
        yield server


@pytest.fixture(scope="session")
def simpledb_shared_place(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Any] | None]:
    """The URL of the shared server and this worker's number there; ``None`` without --simpledb-shared-server."""
    if not option(request.config, "shared_server"):
        yield None
    elif hasattr(request.config, "workerinput"):
        yield request.config.workerinput["simpledb_shared_server"]
    else:
        from basicdb_mock.pytest_plugin.shared import SharedServer

        with as_asked():
            server = SharedServer(request.config)
        yield server.place()
        server.stop()


@pytest.fixture
def simpledb_server(
    request: pytest.FixtureRequest,
    simpledb_settings: Mapping[str, Any],
    simpledb_shared_place: Mapping[str, Any] | None,
) -> Iterator[ServedSimpleDB]:
    """A running HTTP server with an empty SimpleDB: ``.url``, ``.port``, ``.environment``, ``.client()``.

    It also has what ``simpledb`` has, such as ``.calls`` and ``.seed()``.  With --simpledb-shared-server it is an
    account of one server that all workers share.
    """
    if simpledb_shared_place is not None:
        with _shared(request, simpledb_settings, simpledb_shared_place) as shared:
            yield shared
        return
    from basicdb_mock.pytest_plugin.served import serving

    running: RunningServer = request.getfixturevalue("simpledb_running_server")
    with serving(running, _made(request, simpledb_settings)) as served:
        yield served


@pytest.fixture(scope="module")
def simpledb_server_module(
    request: pytest.FixtureRequest,
    simpledb_settings: Mapping[str, Any],
    simpledb_shared_place: Mapping[str, Any] | None,
) -> Iterator[ServedSimpleDB]:
    """Like ``simpledb_server``, but a separate server shared by the tests of a module, which see each other's data."""
    with _served(request, simpledb_settings, simpledb_shared_place) as served:
        yield served


@pytest.fixture(scope="session")
def simpledb_server_session(
    request: pytest.FixtureRequest,
    simpledb_settings: Mapping[str, Any],
    simpledb_shared_place: Mapping[str, Any] | None,
) -> Iterator[ServedSimpleDB]:
    """Like ``simpledb_server``, but a separate server shared by all tests of the session (with xdist: the worker)."""
    with _served(request, simpledb_settings, simpledb_shared_place) as served:
        yield served


@contextmanager
def _activated(request: pytest.FixtureRequest, overridden: Mapping[str, Any]) -> Iterator[SimpleDB]:
    from basicdb_mock.intercept.mock import mock_simpledb
    from basicdb_mock.rehearsal.faults_file import faults_of

    settings = _made(request, overridden)
    seed = settings.pop("seed", None)
    with ExitStack() as entered:
        with as_asked():
            faults = faults_of(settings.pop("faults", ()))
            simpledb = entered.enter_context(mock_simpledb(**settings))
            simpledb.reset()  # a storage with files may still have the data of an earlier test
            for fault in faults:
                simpledb.faults.add(fault)
            if seed is not None:
                simpledb.seed(seed)
        yield simpledb


@contextmanager
def _shared(
    request: pytest.FixtureRequest, overridden: Mapping[str, Any], place: Mapping[str, Any]
) -> Iterator[ServedSimpleDB]:
    from basicdb_mock.pytest_plugin.shared import sharing

    with as_asked():
        settings = settings_for_shared(request, overridden)
    with sharing(place, request.scope, settings) as shared:
        yield cast("ServedSimpleDB", shared)  # it has the part of it that makes sense for one account of many


@contextmanager
def _served(
    request: pytest.FixtureRequest, overridden: Mapping[str, Any], place: Mapping[str, Any] | None
) -> Iterator[ServedSimpleDB]:
    if place is not None:
        with _shared(request, overridden, place) as shared:
            yield shared
        return
    from basicdb_mock.pytest_plugin.served import serving
    from basicdb_mock.server.running import RunningServer

    with RunningServer() as server, serving(server, _made(request, overridden)) as served:
        yield served


def _made(request: pytest.FixtureRequest, overridden: Mapping[str, Any]) -> dict[str, Any]:
    with as_asked():
        settings = settings_for(request, overridden)
    storage = settings.get("storage")
    if isinstance(storage, str):
        with as_asked():
            storage = of_worker(request.config, storage)
        if "{tmp}" in storage:
            factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
            storage = storage.replace("{tmp}", str(factory.mktemp("simpledb")))
        settings["storage"] = storage
    return settings
