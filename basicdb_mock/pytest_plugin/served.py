"""A SimpleDB behind a running HTTP server, as tests use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from basicdb_mock.intercept.clients import account_of_key
from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.pytest_plugin.settings import as_asked
from basicdb_mock.rehearsal.faults_file import faults_of
from basicdb_mock.server.running import RunningServer, environment_at
from basicdb_mock.storage import open_storage

if TYPE_CHECKING:
    import boto3.session
    from mypy_boto3_sdb import SimpleDBClient


class ServedSimpleDB(SimpleDB):
    """A :class:`SimpleDB` that is reached over HTTP at :attr:`url`."""

    def __init__(self, server: RunningServer, region: str) -> None:  # wraps the server's engine, makes none
        self._server = server
        self.engine = server.engine
        self.region = region
        self.direct = False

    def __repr__(self) -> str:
        return f"<SimpleDB at {self.url}, {len(self.calls)} calls>"

    @property
    def url(self) -> str:
        """The server's URL, for ``endpoint_url``."""
        return self._server.url

    @property
    def account(self) -> str:
        """The account number of :meth:`client` and of :attr:`environment`."""
        return account_of_key(self.engine.accounts, "testing")

    @property
    def port(self) -> int:
        """The port the server listens on."""
        return self._server.port

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS SDKs at this server: endpoint, fake credentials and region.

        Pass them to ``subprocess.run(env=...)`` or ``monkeypatch.setenv``.
        """
        return environment_at(self.url, self.region)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """Return a new boto3 client of the server; ``settings`` are passed to boto3 unchanged."""
        return self._server.client(region or self.region, **settings)

    def session(self, region: str | None = None) -> boto3.session.Session:
        """Return a new boto3 session.  Its clients need ``endpoint_url=server.url``."""
        import boto3

        return boto3.Session("testing", "testing", region_name=region or self.region)


@contextmanager
def serving(server: RunningServer, settings: Mapping[str, Any]) -> Iterator[ServedSimpleDB]:
    """The server's SimpleDB, empty and with these settings, which are undone afterwards."""
    engine = server.engine
    own = engine.storage, engine.limits, engine.region
    served = ServedSimpleDB(server, settings.get("region") or engine.region)
    storage = settings.get("storage")
    with as_asked():
        kept = engine.storage if storage is None else open_storage(storage)
    try:
        with as_asked():
            engine.storage = kept
            engine.reset()
            engine.region = served.region
            served.limits = settings.get("limits")
            served.lag = settings.get("lag")
            for fault in faults_of(settings.get("faults", ())):
                served.faults.add(fault)
            if settings.get("seed") is not None:
                served.seed(settings["seed"])
        if REGISTRY.on_activation is not None:
            REGISTRY.on_activation(served)
        yield served
    finally:
        engine.reset()
        if isinstance(storage, str):
            kept.close()
        engine.storage, engine.limits, engine.region = own
