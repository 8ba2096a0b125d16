"""One server for all workers of pytest-xdist: the controller starts it, and each worker has its own accounts on it.

Data, calls and faults belong to an account and so to one worker.  Storage, limits, lag and clock belong to the server
and so to all workers; only the command line and the ini file can set them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

import pytest

from basicdb_mock import seeding
from basicdb_mock.control_client import Control, RecordedCall
from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.intercept.seeding import seed
from basicdb_mock.journal import calls_of
from basicdb_mock.pytest_plugin.settings import as_asked, check_places, given_options
from basicdb_mock.regions import US_EAST_1
from basicdb_mock.rehearsal.faults_file import fault_as_plain, faults_of
from basicdb_mock.seeding import Source
from basicdb_mock.server.process import SimpleDBProcess
from basicdb_mock.server.running import client_at, environment_at

if TYPE_CHECKING:
    from mypy_boto3_sdb import SimpleDBClient

OF_A_TEST = frozenset({"region", "seed", "faults"})
"""The settings that a marker or ``simpledb_settings`` can change here."""
_OF_THE_SERVER = ("storage", "limits", "lag", "region")


class SharedServer:
    """The server process, started by the controller of a test session (without xdist, by the only process)."""

    def __init__(self, config: pytest.Config) -> None:
        given = given_options(config)
        settings = {name: given[name] for name in _OF_THE_SERVER if name in given}
        if isinstance(settings.get("storage"), str):
            check_places(settings["storage"], "tmp")
        self._directory = tempfile.TemporaryDirectory(prefix="basicdb-mock-", ignore_cleanup_errors=True)
        if isinstance(settings.get("storage"), str):
            settings["storage"] = settings["storage"].replace("{tmp}", self._directory.name)
        self._process = SimpleDBProcess(**settings)
        self._workers = 0
        try:
            self._process.start()
        except (RuntimeError, TimeoutError) as problem:
            self._directory.cleanup()
            raise pytest.UsageError(f"the shared server of SimpleDB: {problem}") from None

    def place(self) -> dict[str, Any]:
        """What the next worker needs: the server's URL, and a number for itself."""
        self._workers += 1
        return {"url": self._process.url, "worker": self._workers}

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self._process.stop()
        self._directory.cleanup()


class SharedCalls(Sequence[RecordedCall]):
    """The calls of one account since its test began, oldest first.  Each access asks the server."""

    def __init__(self, control: Control, account: str) -> None:
        self._control = control
        self._account = account
        self._after = 0
        self._ended = False

    def begin(self) -> None:
        """Forget the calls so far."""
        for call in self:
            self._after = call.number

    def end(self) -> None:
        """Stop asking: the server may be gone before the last report is written."""
        self._ended = True

    def __iter__(self) -> Iterator[RecordedCall]:
        return iter(() if self._ended else self._control.calls(account=self._account, after=self._after))

    @overload
    def __getitem__(self, at: int) -> RecordedCall: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RecordedCall]: ...
    def __getitem__(self, at: int | slice) -> RecordedCall | Sequence[RecordedCall]:
        return tuple(self)[at]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of(self, operation: str) -> list[RecordedCall]:
        """Return the calls of one operation, oldest first.

        Raises :class:`ValueError` if there is no such operation and no call named it.
        """
        return calls_of(self, operation)


class SharedSimpleDB:
    """An account of a shared server: the test has its own data, calls and faults."""

    def __init__(self, url: str, account: str, region: str) -> None:
        self.url = url
        self.account = account
        self.region = region
        self.control = Control(url)
        """The control API of the server.  Changes made here affect all workers."""
        self.calls = SharedCalls(self.control, account)
        self._faults: list[int] = []

    def __repr__(self) -> str:
        return f"<SimpleDB at {self.url}, account {self.account}>"

    @property
    def port(self) -> int:
        """The port the server listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS SDKs at this server and account: endpoint, credentials and region."""
        return environment_at(self.url, self.region, self.account)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """Return a new boto3 client of the account; ``settings`` are passed to boto3 unchanged."""
        return client_at(self.url, region or self.region, {"aws_access_key_id": self.account, **settings})

    def seed(self, source: Source, *, region: str | None = None) -> None:
        """Add data: a mapping of domains to items to attributes, a file or directory, or several of these."""
        seed(source, self.control, region=region or self.region, account=self.account)

    def contents(self, *, region: str | None = None) -> dict[str, Any]:
        """Return all data of a region, as a mapping of domains to items to attributes.

        A single value is a string, several values are a sorted list.
        """
        found = self.control.dump(account=self.account, region=region or self.region)
        return dict(found[0]["domains"]) if found else {}

    def items(self, domain: str, *, region: str | None = None) -> dict[str, dict[str, str | list[str]]]:
        """Return the items of a domain.  Raises :class:`LookupError` if there is no such domain."""
        contents = self.contents(region=region)
        if domain not in contents:
            there = ", ".join(contents) or "none"
            raise LookupError(f"no domain {domain!r} in {region or self.region}; its domains are: {there}")
        items: dict[str, dict[str, str | list[str]]] = contents[domain]
        return items

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return not seeding.differences(self.contents(), other)
        return self is other

    __hash__ = object.__hash__

    def add_fault(self, **fault: object) -> int:
        """Add a fault for this account, given as in a faults file, and return its number."""
        number = self.control.add_fault(**{**fault, "account": self.account})
        self._faults.append(number)
        return number

    def clear(self) -> None:
        """Delete the account's data in all regions, its calls and its faults.  Other accounts are not affected."""
        standing = {fault["number"] for fault in self.control.faults()}
        for number in standing.intersection(self._faults):
            self.control.remove_fault(number)
        self._faults.clear()
        for held in self.control.dump(account=self.account):
            if held["domains"]:
                client = self.client(held["region"])
                for domain in held["domains"]:
                    client.delete_domain(DomainName=domain)
        self.calls.begin()


@contextmanager
def sharing(place: Mapping[str, Any], scope: str, settings: Mapping[str, Any]) -> Iterator[SharedSimpleDB]:
    """An account for a worker, emptied before and after use; each fixture scope has its own."""
    number = ("function", "module", "session").index(scope)
    account = f"1{number:02}{place['worker']:09}"
    shared = SharedSimpleDB(place["url"], account, settings.get("region") or US_EAST_1)
    shared.clear()
    try:
        with as_asked():
            for fault in faults_of(settings.get("faults", ())):
                shared.add_fault(**fault_as_plain(fault))
            if settings.get("seed") is not None:
                shared.seed(settings["seed"])
        if REGISTRY.on_activation is not None:
            REGISTRY.on_activation(shared)
        yield shared
    finally:
        shared.clear()
        shared.calls.end()
