"""The journal: what was called, bounded in number and bytes."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import ItemsView, Iterator, Mapping
from typing import NamedTuple

from basicdb_mock.limits import Limits
from basicdb_mock.wire.message import Request, Response
from basicdb_mock.wire.query_protocol import read_parameters

_SECRET = frozenset({
    "Signature", "AWSAccessKeyId", "SecurityToken", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature",
})  # fmt: skip


class Call(NamedTuple):
    """One request and its answer.

    ``at`` is epoch seconds of the engine's clock, ``seconds`` how long it took; ``code`` is the error's, ``None`` for a
    success; ``operation`` is empty when the request named none; ``domain`` is told
    of a Select too.
    """

    number: int
    at: float
    seconds: float
    account: str
    region: str
    operation: str
    domain: str | None
    given: Mapping[str, str]
    status: int
    code: str | None
    message: str | None
    box_usage: int | None
    request: Request
    response: Response

    @property
    def parameters(self) -> dict[str, str]:
        """The operation's parameters: without credentials and signature."""
        return {name: value for name, value in self.given.items() if name not in _SECRET}

    @property
    def size(self) -> int:
        return len(self.request.body) + len(self.request.url) + len(self.response.body)


class ReadAgain(Mapping[str, str]):
    """The parameters of a large request, read from its body whenever someone looks.

    A thousand calls' parameters as strings of their own would be most of a test's memory, and cold to every call after.
    """

    __slots__ = ("_limits", "_request")

    def __init__(self, request: Request, limits: Limits) -> None:
        self._request = request
        self._limits = limits

    def __getitem__(self, name: str) -> str:
        return read_parameters(self._request, self._limits)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(read_parameters(self._request, self._limits))

    def __len__(self) -> int:
        return len(read_parameters(self._request, self._limits))

    def items(self) -> ItemsView[str, str]:
        return read_parameters(self._request, self._limits).items()


class Journal:
    """The last calls, oldest first; at most ``most`` of them and ``most_bytes`` bytes of requests and responses."""

    def __init__(self, most: int = 1000, most_bytes: int = 16 * 1024 * 1024) -> None:
        self._calls: deque[Call] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    def next_number(self) -> int:
        return next(self._numbers)

    def add(self, call: Call) -> None:
        with self._changed:
            self._calls.append(call)
            self._bytes += call.size
            while len(self._calls) > self._most or (self._bytes > self._most_bytes and len(self._calls) > 1):
                self._bytes -= self._calls.popleft().size
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._calls.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        with self._changed:
            return iter(tuple(self._calls))

    def of(self, operation: str) -> list[Call]:
        """The calls of one operation."""
        return [call for call in self if call.operation == operation]

    def wait_after(self, number: int, seconds: float) -> list[Call]:
        """The calls with a greater number; waits up to ``seconds`` for one."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._calls) and self._calls[-1].number > number, seconds)
            return [call for call in self._calls if call.number > number]
