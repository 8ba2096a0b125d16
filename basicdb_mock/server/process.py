"""A server in a process of its own, for tests: what testcontainers would give, without a container engine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from basicdb_mock.control_client import Control
from basicdb_mock.server.running import client_at, environment_at

if TYPE_CHECKING:
    from mypy_boto3_sdb import SimpleDBClient
    from typing_extensions import Self


class SimpleDBProcess:
    """``basicdb-mock serve`` as a process, from entering the context (or :meth:`start`) to leaving it (:meth:`stop`).

    ``storage`` is a URL, ``data`` a directory that is kept between starts, ``seed`` files or directories to begin with,
    ``limits`` ``"AWS"``, ``"RELAXED"`` or single quotas by name, ``lag`` seconds, ``port`` 0 for a free one.
    ``options`` are further words of ``basicdb-mock serve``.  ``environment`` is what the process gets (default: that
    of this one), ``timeout`` the seconds it has to be ready, and later to end.

    The process ends with this one, but for one killed by SIGKILL.
    """

    def __init__(
        self,
        *,
        storage: str | None = None,
        data: str | os.PathLike[str] | None = None,
        seed: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        limits: str | Mapping[str, float | str] | None = None,
        lag: float | str | None = None,
        region: str = "us-east-1",
        port: int = 0,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.region = region
        self._timeout = timeout
        self._variables = environment
        self._words = ["--region", region, "--port", str(port)]
        for name, value in (("storage", storage), ("data", data), ("lag", lag)):
            if value is not None:
                self._words += [f"--{name}", os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        for path in [seed] if isinstance(seed, (str, os.PathLike)) else seed:
            self._words += ["--seed", os.fspath(path)]
        if isinstance(limits, str):
            self._words += ["--limits", limits]
        else:
            for name, value in (limits or {}).items():
                self._words += ["--limit", f"{name}={value}"]
        self._words += options
        self._process: subprocess.Popen[bytes] | None = None
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._port = 0

    def __repr__(self) -> str:
        return f"<SimpleDBProcess at {self.url}>" if self.is_running else "<SimpleDBProcess, not running>"

    # -- its life ------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it and wait until it listens; one that is running stays as it is.

        Raises :class:`RuntimeError` with what it wrote when it ends at once, :class:`TimeoutError` when it is not ready
        in time.
        """
        if self.is_running:
            return self
        self._cleared()
        self._place = tempfile.TemporaryDirectory(prefix="basicdb-mock-", ignore_cleanup_errors=True)
        port_file = Path(self._place.name, "port")
        command = [sys.executable, "-m", "basicdb_mock", "serve", "--port-file", str(port_file), *self._words]
        with Path(self._place.name, "log").open("wb") as written:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT, env=self._variables
            )
        self._end = weakref.finalize(self, _terminate, self._process, self._timeout)
        self._port = self._awaited(port_file)
        return self

    def stop(self) -> None:
        """Tell it to end and wait until it has; one that is not running is not missed."""
        if self._process is not None:
            _terminate(self._process, self._timeout)
            self._cleared()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL): what was acknowledged in ``data`` is there after :meth:`start`."""
        if self._process is not None:
            self._process.kill()
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- what tests need of it -----------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def port(self) -> int:
        """The port it listens on.  Raises :class:`RuntimeError` when it is not running."""
        if not self.is_running:
            raise RuntimeError("the server is not running: start() it, or use it in a with statement")
        return self._port

    @property
    def url(self) -> str:
        """Where it listens: what ``endpoint_url`` and ``AWS_ENDPOINT_URL_SIMPLEDB`` take."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of the process.  Raises :class:`RuntimeError` when it is not running."""
        if self._process is None or not self.is_running:
            raise RuntimeError("the server is not running: start() it, or use it in a with statement")
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead SDKs of a process here: for ``subprocess.run(env=...)`` or ``monkeypatch.setenv``."""
        return environment_at(self.url, self.region)

    @property
    def log(self) -> str:
        """What it wrote so far: a line for each request.  Empty when it was stopped."""
        place = self._place
        return Path(place.name, "log").read_text(encoding="utf-8", errors="replace") if place is not None else ""

    @property
    def control(self) -> Control:
        """Its control API: reset, seed, faults, clock, calls."""
        return Control(self.url)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """A boto3 client of it, with credentials of its own unless ``settings`` bring others."""
        return client_at(self.url, region or self.region, settings)

    # -- shared --------------------------------------------------------------------------------------------------------

    def _awaited(self, port_file: Path) -> int:
        process, late = self._process, time.monotonic() + self._timeout
        assert process is not None
        while not port_file.exists():
            if process.poll() is not None:
                told = self.log.strip()
                self._cleared()
                raise RuntimeError(f"the server ended with status {process.returncode}: {told}")
            if time.monotonic() > late:
                told = self.log.strip()
                self.kill()
                raise TimeoutError(f"the server was not ready in {self._timeout:g} seconds: {told}")
            time.sleep(0.01)
        return int(port_file.read_text(encoding="ascii"))

    def _cleared(self) -> None:
        if self._process is not None:
            self._end.detach()
        if self._place is not None:
            self._place.cleanup()
        self._process = self._place = None


def _terminate(process: subprocess.Popen[bytes], timeout: float) -> None:
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
