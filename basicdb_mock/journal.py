"""The journal: the last calls, bounded in number and bytes."""

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

    Raises :class:`ValueError` for an unknown operation that was not called: an empty list would hide the misspelling.
    """
    found = [call for call in calls if call.operation == operation]
    if not found:
        check_operation(operation)
    return found


class Call(NamedTuple):
    """One request and its answer.

    ``number`` counts calls from 1.  ``at`` is when the call was made, in epoch seconds of the SimpleDB's clock;
    ``seconds`` is how long it took.  ``account`` and ``region`` are whose data it used.  ``operation`` is its action,
    empty if the request named none; ``domain`` is its domain, also of a Select, or ``None``.  ``status`` is the HTTP
    status of the answer (0 if the connection was dropped); ``code`` and ``message`` are those of the error, ``None``
    for a success.  ``box_usage`` is the BoxUsage that was charged, in units of 1e-10 hours, or ``None``.  ``request``
    and ``response`` are what was received and answered, and ``size`` their bytes together.  ``kept`` holds the
    parameters where they cannot be read from the request again; use :attr:`parameters`.
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
        """Short, because failing assertions show calls, and requests can be pages long."""
        outcome = self.status if self.code is None else f"{self.status} {self.code}"
        return f"<call {self.number}: {self.operation or '(no operation)'} {self.domain or '-'} {outcome}>"

    @property
    def given(self) -> Mapping[str, str]:
        """All parameters of the request, including credentials and signature.

        They are parsed from the request each time: keeping the parsed strings of a thousand calls would take most of a
        test's memory and slow down every later call.
        """
        return read_again(self.request) if self.kept is None else self.kept

    @property
    def parameters(self) -> dict[str, str]:
        """The operation's parameters, without credentials and signature."""
        return {name: value for name, value in self.given.items() if name not in _SECRET}


class Journal(Sequence[Call]):
    """The last calls, oldest first: a sequence of :class:`Call`, safe to read from any thread.

    It keeps at most ``most`` calls and ``most_bytes`` bytes of requests and responses; older calls are dropped.
    """

    def __init__(self, most: int = 1000, most_bytes: int = 16 * 1024 * 1024) -> None:
        self.numbers = itertools.count(1)
        """The numbers of the next calls."""
        self._calls: deque[Call] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.RLock()
        self._added = threading.Condition(self._lock)
        self._waiting = 0

    def add(self, call: Call) -> None:
        """Append a call, dropping the oldest ones that no longer fit."""
        with self._lock:
            calls = self._calls
            calls.append(call)
            self._bytes += call.size
            while len(calls) > self._most or (self._bytes > self._most_bytes and len(calls) > 1):
                self._bytes -= calls.popleft().size
            if self._waiting:
                self._added.notify_all()

    def clear(self) -> None:
        """Forget all calls.  Numbers go on counting."""
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
        """Return the calls of one operation, oldest first.

        Raises :class:`ValueError` if there is no such operation and no call named it, so that a misspelled name does
        not pass for "was not called".
        """
        return calls_of(self, operation)

    def wait_after(self, number: int, seconds: float) -> list[Call]:
        """Return the calls whose number is greater, waiting up to ``seconds`` for one."""
        with self._lock:
            self._waiting += 1
            try:
                self._added.wait_for(lambda: bool(self._calls) and self._calls[-1].number > number, seconds)
            finally:
                self._waiting -= 1
            return [call for call in self._calls if call.number > number]
