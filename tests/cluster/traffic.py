"""Clients that put, increment and read through several servers, as SDKs do: retries keep the call's id."""

from __future__ import annotations

import http.client
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from tests.cluster.history import WHOLE, History

ACCESS_KEY = "faults"
COUNTERS = 4
"""Counters in each domain."""
_GIVE_UP = 25.0
"""Seconds after which a client gives a call up."""


@dataclass
class Server:
    """A process of ``basicdb-mock serve``."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def servers(number: int, storage: str) -> Iterator[list[Server]]:
    """Server processes on free ports that share a storage."""
    with ExitStack() as stack:
        yield [stack.enter_context(server_process(storage)) for _ in range(number)]


@contextmanager
def server_process(storage: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "basicdb_mock", "serve", "--quiet", "--port", "0", "--storage", storage]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the server did not start"
            yield Server(found[0], process)
        finally:
            process.kill()


class Client(threading.Thread):
    """One client: its own connection, its own items, counters it shares with the others."""

    def __init__(self, urls: Sequence[str], domains: Sequence[str], history: History, number: int) -> None:
        super().__init__(name=f"client {number}")
        self._urls = list(urls)
        self._domains = domains
        self._history = history
        self._number = number
        self._random = random.Random(number)
        self._turn = number
        self._connection: http.client.HTTPConnection | None = None
        self._mine: list[tuple[str, str, str]] = []
        self.stopped = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self._step()
        except BaseException as failure:  # noqa: BLE001  # told by whoever started us
            self.failure = failure
        finally:
            if self._connection:
                self._connection.close()

    def _step(self) -> None:
        choice = self._random.random()
        if choice < 0.45 or not self._mine:
            self._put()
        elif choice < 0.75:
            self._increment()
        elif choice < 0.92:
            self._read_own()
        else:
            self._select()
        with self._history.lock:
            self._history.operations += 1

    def _put(self) -> None:
        domain, value = self._random.choice(self._domains), uuid4().hex
        item = f"{self._number}-{len(self._mine)}-{value[:6]}"
        pairs = {f"Attribute.{place}.Name": name for place, name in enumerate(WHOLE, 1)}
        pairs |= {f"Attribute.{place}.Value": value for place, _ in enumerate(WHOLE, 1)}
        status, text = self.call("PutAttributes", DomainName=domain, ItemName=item, **pairs)
        if status == 200:
            self._history.acknowledged[domain, item] = value
            self._history.acks[domain].append(time.monotonic())
            self._mine.append((domain, item, value))
        else:
            assert status is None, text
            with self._history.lock:
                self._history.unknown_puts += 1

    def _increment(self) -> None:
        domain = self._random.choice(self._domains)
        item = f"counter-{self._random.randrange(COUNTERS)}"
        status, text = self.call("GetAttributes", DomainName=domain, ItemName=item, ConsistentRead="true")
        if status is None:
            return
        found = re.search(r"<Name>n</Name><Value>(\d+)</Value>", text)
        value = int(found[1]) if found else 0
        parameters = {"Attribute.1.Name": "n", "Attribute.1.Value": str(value + 1), "Attribute.1.Replace": "true"}
        parameters["Expected.Name"] = "n"
        parameters |= {"Expected.Value": str(value)} if found else {"Expected.Exists": "false"}
        status, text = self.call("PutAttributes", DomainName=domain, ItemName=item, **parameters)
        if status == 200:
            self._history.increments.append(((domain, item), value + 1))
            self._history.acks[domain].append(time.monotonic())
        elif status is None:
            self._history.unknown_increments.append(((domain, item), value + 1))
        else:
            assert status in (404, 409), text

    def _read_own(self) -> None:
        domain, item, value = self._random.choice(self._mine[-20:])
        status, text = self.call("GetAttributes", DomainName=domain, ItemName=item, ConsistentRead="true")
        if status is not None:
            values = re.findall(r"<Value>(\w+)</Value>", text)
            if not values:
                self._history.stale.append(("not found", domain, item))
            elif values != [value] * len(WHOLE):
                self._history.torn.append(("read", domain, item, values))

    def _select(self) -> None:
        domain, _, value = self._random.choice(self._mine[-20:])
        expression = f"select * from `{domain}` where a = '{value}'"
        status, text = self.call("Select", SelectExpression=expression)
        if status is not None:
            values = re.findall(r"<Value>(\w+)</Value>", text)
            if values not in ([], [value] * len(WHOLE)):
                self._history.torn.append(("select", domain, values))

    def call(self, action: str, **parameters: str) -> tuple[int | None, str]:
        """The answer to a call, tried again as SDKs do; ``None`` when its outcome stays unknown."""
        identity = {"AWSAccessKeyId": ACCESS_KEY, "SignatureVersion": "2", "Signature": "x"}
        body = urlencode({"Action": action, "Version": "2009-04-15", **identity, **parameters}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "amz-sdk-invocation-id": str(uuid4())}
        end = time.monotonic() + _GIVE_UP
        while time.monotonic() < end:
            try:
                status, text = self._attempt(body, headers)
            except (OSError, http.client.HTTPException) as failure:
                self._failed(type(failure).__name__)
                self._turn += 1
                continue
            if status < 500:
                return status, text
            self._failed(str(status))
            self.stopped.wait(0.05)
        return None, ""

    def _attempt(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        if self._connection is None:
            where = urlsplit(self._urls[self._turn % len(self._urls)])
            self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        try:
            self._connection.request("POST", "/", body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode()
        except BaseException:
            self._connection.close()
            self._connection = None
            raise

    def _failed(self, what: str) -> None:
        with self._history.lock:
            self._history.failed_attempts[what] += 1


@contextmanager
def traffic(urls: Sequence[str], domains: Sequence[str], number: int = 8) -> Iterator[History]:
    """Clients at work while the block runs; at its end they finish what they are doing."""
    history = History()
    clients = [Client(urls, domains, history, number) for number in range(number)]
    for client in clients:
        client.start()
    try:
        yield history
    finally:
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join()
    for client in clients:
        if client.failure is not None:
            raise client.failure
