"""A server in a separate process, for tests: like testcontainers, without a container engine."""

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
    """Runs ``basicdb-mock serve`` in a separate process.

    The process runs from entering the ``with`` block (or :meth:`start`) until leaving it (or :meth:`stop`).  It also
    ends when the process that started it exits, unless that one is killed with SIGKILL.

    ``storage`` is a storage's URL; ``data`` a directory that is kept between starts; ``seed`` the files or directories
    to load at each start; ``limits`` ``"AWS"``, ``"RELAXED"`` or single quotas by name; ``lag`` how many seconds reads
    without ConsistentRead are behind; ``region`` the default region; ``port`` the port, 0 for a free one.  ``options``
    are further command-line options of ``basicdb-mock serve``.  ``environment`` is the environment of the process
    (default: that of the current one).  ``timeout`` is how many seconds it may take to start, and to stop.
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
        """Start the process and wait until it listens; does nothing if it is running.  Returns this object.

        Raises :class:`RuntimeError` with the process's output if it exits at once, and :class:`TimeoutError` if it is
        not ready within ``timeout`` seconds.
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
        """Stop the process and wait until it has ended; does nothing if it is not running."""
        if self._process is not None:
            _terminate(self._process, self._timeout)
            self._cleared()

    def kill(self) -> None:
        """Kill the process (SIGKILL), as a power cut would.

        Writes to ``data`` that were acknowledged are there after the next :meth:`start`.
        """
        if self._process is not None:
            self._process.kill()
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- for tests -----------------------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    @property
    def port(self) -> int:
        """The port it listens on.  Raises :class:`RuntimeError` if the process is not running."""
        if not self.is_running:
            raise RuntimeError("the server is not running: start() it, or use it in a with statement")
        return self._port

    @property
    def url(self) -> str:
        """Its URL, for ``endpoint_url`` or ``AWS_ENDPOINT_URL_SIMPLEDB``.  Raises as :attr:`port` does."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process ID.  Raises :class:`RuntimeError` if the process is not running."""
        if self._process is None or not self.is_running:
            raise RuntimeError("the server is not running: start() it, or use it in a with statement")
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS SDKs at this server; pass them to ``subprocess.run(env=...)``.

        They set the endpoint, fake credentials and the region.  Raises as :attr:`port` does.
        """
        return environment_at(self.url, self.region)

    @property
    def log(self) -> str:
        """The output of the process so far, with a line for each request.  Empty after :meth:`stop`."""
        place = self._place
        return Path(place.name, "log").read_text(encoding="utf-8", errors="replace") if place is not None else ""

    @property
    def control(self) -> Control:
        """A client of its control API: reset, seed, faults, clock, calls.  Raises as :attr:`port` does."""
        return Control(self.url)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """Return a boto3 client of this server; ``settings`` are passed to boto3.

        Its credentials are fake ones unless ``settings`` has others.  ``region`` defaults to that of the server.
        """
        return client_at(self.url, region or self.region, settings)

    # -- shared --------------------------------------------------------------------------------------------------------

    def _awaited(self, port_file: Path) -> int:
        process, late = self._process, time.monotonic() + self._timeout
        assert process is not None
        while not port_file.exists():
            if process.poll() is not None:
                told = self.log.strip()
                self._cleared()
                raise RuntimeError(f"the server exited with status {process.returncode}: {told}")
            if time.monotonic() > late:
                told = self.log.strip()
                self.kill()
                raise TimeoutError(f"the server was not ready within {self._timeout:g} seconds: {told}")
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
