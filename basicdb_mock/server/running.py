"""A server in a thread of this process, as the fixture ``simpledb_server`` and our own tests run it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from basicdb_mock.engine import Engine
from basicdb_mock.server.door import EngineDoor, OnDemand
from basicdb_mock.server.guard import Guard
from basicdb_mock.server.transport import TransportServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from mypy_boto3_sdb import SimpleDBClient
    from typing_extensions import Self


def client_at(url: str, region: str, settings: Mapping[str, Any]) -> SimpleDBClient:
    """A boto3 client of a server, with fake credentials unless ``settings`` has others."""
    import boto3
    from botocore.config import Config

    # The host of such a server does not name the region, so the user agent does.
    config = Config(user_agent_extra=f"region/{region}").merge(settings.get("config") or Config())
    chosen = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", **settings, "config": config}
    return boto3.Session(region_name=region).client("sdb", endpoint_url=url, **chosen)


def environment_at(url: str, region: str, access_key: str = "testing") -> dict[str, str]:
    """Environment variables that point the AWS SDKs of a process at a server, for exports too."""
    return {
        "AWS_ENDPOINT_URL_SIMPLEDB": url,
        "AWS_ENDPOINT_URL_SIMPLEDBV2": url,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": region,
    }


class RunningServer:
    """A SimpleDB server in a thread of this process.

    It runs from entering the ``with`` block (or :meth:`start`) until leaving it (or :meth:`stop`).

    ``engine`` is the SimpleDB that it serves (default: a new one in memory); ``host`` and ``port`` are where it
    listens, port 0 choosing a free one.  ``token`` is required by the control API and the console; if the server
    listens on more than the loopback interface and none is given, one is generated.  ``hosts`` are further host names
    that requests to the control API and the console may use.

    Raises :class:`OSError` if it cannot listen there.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        hosts: Iterable[str] = (),
    ) -> None:
        self.engine = engine or Engine()
        guard = Guard.listening_on(host, token, frozenset(name.lower() for name in hosts))
        self.token = guard.token
        try:
            self._transport = TransportServer(EngineDoor(self.engine, OnDemand(self._rest)), host, port)
        except OSError as problem:
            problem.filename = f"{host}:{port}"  # so that the error names the address
            raise
        self._guard = guard
        self._host = host
        self._thread = threading.Thread(
            target=self._transport.serve_forever, args=(0.05,), name="basicdb-mock server", daemon=True
        )

    def _rest(self) -> WSGIApplication:
        """The app below ``/_basicdb``.  Importing Flask is most of a server's start-up time, and many never need it."""
        from basicdb_mock.server.app import create_app

        return create_app(self.engine, self._guard)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._transport.port

    @property
    def url(self) -> str:
        """Its URL, for ``endpoint_url`` or ``AWS_ENDPOINT_URL_SIMPLEDB``."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def client(self, region: str = "us-east-1", **settings: Any) -> SimpleDBClient:
        """Return a boto3 client of this server; ``settings`` are passed to boto3.

        Its credentials are fake ones unless ``settings`` has others.
        """
        return client_at(self.url, region, settings)

    def start(self) -> Self:
        """Answer requests from now on.  A server can be started only once.  Returns this object."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and close every connection; the engine stays as it is."""
        self._transport.stop(grace=1.0)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
