"""The journal: what was called, bounded in number and bytes."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar, overload

from basicdb_mock.operation_names import check_operation
from basicdb_mock.wire.message import Request, Response
from basicdb_mock.wire.query_protocol import read_again

_SECRET = frozenset({
    "Signature", "AWSAccessKeyId", "SecurityToken", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature",
})  # fmt: skip


class Named(Protocol):
    """A call, as far as its operation goes."""

    @property
    def operation(self) -> str: ...


AnyCall = TypeVar("AnyCall", bound=Named)


def calls_of(calls: Iterable[AnyCall], operation: str) -> list[AnyCall]:
    """Those of one operation.

    Raises :class:`ValueError` for an operation that there is not: that a misspelt one was never called proves nothing.
    """
    found = [call for call in calls if call.operation == operation]
    if not found:
        check_operation(operation)
    return found


class Call(NamedTuple):
    """One request and its answer.

    ``at`` is epoch seconds of the engine's clock, ``seconds`` how long it took; ``code`` is the error's, ``None`` for a
    success; ``operation`` is empty when the request named none; ``domain`` is told of a Select too.  ``kept`` is what
    was asked where the request cannot tell it (again); ``size`` is bytes of request and response.
    """

    number: int
    at: float
    seconds: float
    account: str
    region: str
    operation: str
    domain: str | None
    kept: Mapping[str, str] | None
    status: int
    code: str | None
    message: str | None
    box_usage: int | None
    request: Request
    response: Response
    size: int

    def __repr__(self) -> str:
        """Short: a failing assertion shows some of them, and requests are pages long."""
        outcome = self.status if self.code is None else f"{self.status} {self.code}"
        return f"<call {self.number}: {self.operation or '(no operation)'} {self.domain or '-'} {outcome}>"

    @property
    def given(self) -> Mapping[str, str]:
        """All parameters, read from the request again.

        A thousand calls' parameters as strings of their own are most of a test's memory, and cold to every call after.
        """
        return read_again(self.request) if self.kept is None else self.kept

    @property
    def parameters(self) -> dict[str, str]:
        """The operation's parameters: without credentials and signature."""
        return {name: value for name, value in self.given.items() if name not in _SECRET}


class Journal(Sequence[Call]):
    """The last calls, oldest first; at most ``most`` of them and ``most_bytes`` bytes of requests and responses."""

    def __init__(self, most: int = 1000, most_bytes: int = 16 * 1024 * 1024) -> None:
        self.numbers = itertools.count(1)
        """The numbers of calls to come."""
        self._calls: deque[Call] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.RLock()
        self._added = threading.Condition(self._lock)
        self._waiting = 0

    def add(self, call: Call) -> None:
        with self._lock:
            calls = self._calls
            calls.append(call)
            self._bytes += call.size
            while len(calls) > self._most or (self._bytes > self._most_bytes and len(calls) > 1):
                self._bytes -= calls.popleft().size
            if self._waiting:
                self._added.notify_all()

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, at: int) -> Call: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Call]: ...
    def __getitem__(self, at: int | slice) -> Call | Sequence[Call]:
        with self._lock:
            return self._calls[at] if isinstance(at, int) else tuple(self._calls)[at]

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(tuple(self._calls))

    def of(self, operation: str) -> list[Call]:
        """The calls of one operation.  Raises :class:`ValueError` for one that there is not and that nobody tried."""
        return calls_of(self, operation)

    def wait_after(self, number: int, seconds: float) -> list[Call]:
        """The calls with a greater number; waits up to ``seconds`` for one."""
        with self._lock:
            self._waiting += 1
            try:
                self._added.wait_for(lambda: bool(self._calls) and self._calls[-1].number > number, seconds)
            finally:
                self._waiting -= 1
            return [call for call in self._calls if call.number > number]
