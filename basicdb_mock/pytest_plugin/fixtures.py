"""The fixtures.  ``simpledb_settings`` decides, the others make; each is clean when a test gets it."""

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
    """What the SimpleDBs of tests are like: override it to return any of storage, limits, region, lag, faults, seed,
    direct.

    A marker on a test goes before it, the command line and the ini file after it.
    """
    return {}


@pytest.fixture
def simpledb(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """An empty SimpleDB in place of AWS's while the test runs: whatever in the process calls SimpleDB reaches it.

    ``simpledb.client()`` is a boto3 client of it, ``simpledb.calls`` what was called, ``simpledb == {...}`` what is in.
    """
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture(scope="module")
def simpledb_module(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """Like ``simpledb``, but one for all tests of a module: they see each other's data."""
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture(scope="session")
def simpledb_session(request: pytest.FixtureRequest, simpledb_settings: Mapping[str, Any]) -> Iterator[SimpleDB]:
    """Like ``simpledb``, but one for all tests of the session (of the worker, under xdist)."""
    with _activated(request, simpledb_settings) as active:
        yield active


@pytest.fixture
def simpledb_client(simpledb: SimpleDB) -> SimpleDBClient:
    """A boto3 client of ``simpledb``."""
    return simpledb.client()


@pytest.fixture
def simpledb_domain(simpledb_client: SimpleDBClient) -> str:
    """The name of a new, empty domain in ``simpledb``."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    simpledb_client.create_domain(DomainName=name)
    return name


@pytest.fixture(scope="session")
def simpledb_running_server() -> Iterator[RunningServer]:
    """The HTTP server of the session (of the worker, under xdist), on a free port; ``simpledb_server`` cleans it."""
    from basicdb_mock.server.running import RunningServer

    with RunningServer() as server:
        yield server


@pytest.fixture(scope="session")
def simpledb_shared_place(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Any] | None]:
    """Where the shared server is, and the number of this worker there; ``None`` without --simpledb-shared-server."""
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

    What ``simpledb`` offers to look at and to set, it offers too.  With --simpledb-shared-server it is an account of
    the one server of all workers.
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
    """A server of its own for all tests of a module: they see each other's data."""
    with _served(request, simpledb_settings, simpledb_shared_place) as served:
        yield served


@pytest.fixture(scope="session")
def simpledb_server_session(
    request: pytest.FixtureRequest,
    simpledb_settings: Mapping[str, Any],
    simpledb_shared_place: Mapping[str, Any] | None,
) -> Iterator[ServedSimpleDB]:
    """A server of its own for all tests of the session (of the worker, under xdist)."""
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
            simpledb.reset()  # a storage that keeps files may hold what an earlier test left
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
        yield cast("ServedSimpleDB", shared)  # as much of it as one account of many can offer


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
