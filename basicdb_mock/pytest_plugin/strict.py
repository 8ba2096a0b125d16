"""Strict mode: a test that would call the real SimpleDB fails."""

from __future__ import annotations

import functools
import os
import re
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest

from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.regions import is_misspelt_aws_host, region_of_aws_host

_ACTION = r"(?:^|[?&])Action=([^&]+)"
_ASKED: tuple[tuple[Any, str], ...] = (
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
)
"""The functions that resolve a host's name, or connect to one by its name."""


class Strict:
    """Rejects requests to Amazon SimpleDB that no mock answers, and remembers them.

    A library that we do not intercept has to resolve the host's name before it sends anything, so we reject that.
    """

    def __init__(self) -> None:
        self._refused: list[str] = []
        self._undo: list[Callable[[], object]] = []

    def start(self) -> None:
        """Reject such requests from now on."""
        before = REGISTRY.refuse(self.refuse)
        self._undo.append(lambda: REGISTRY.refuse(before))
        for owner, name in _ASKED:
            self._stand_before(owner, name)

    def stop(self) -> None:
        """Restore everything that was patched."""
        while self._undo:
            self._undo.pop()()

    def begin(self) -> None:
        """Forget requests that were rejected before this test."""
        self._refused.clear()

    def refuse(self, url: str, body: object) -> None:
        """Fail the test.  Raises what :func:`pytest.fail` raises, which ``except Exception`` does not catch."""
        __tracebackhide__ = True
        message = _message(url, body)
        self._refused.append(message)
        pytest.fail(message, pytrace=True)

    def check(self, report: pytest.TestReport) -> None:
        """Fail a phase that passed although a call was rejected: the error was swallowed, or raised in a thread."""
        if self._refused and report.passed:
            report.outcome = "failed"
            report.longrepr = "\n".join(self._refused)
        self._refused.clear()

    def _stand_before(self, owner: Any, name: str) -> None:
        inherited = name not in vars(owner)
        asked = getattr(owner, name)

        @functools.wraps(asked)
        def ask(*arguments: Any, **named: Any) -> Any:
            for argument in (*arguments, *named.values()):
                host = _host(argument)
                if host is not None and (region_of_aws_host(host) is not None or is_misspelt_aws_host(host)):
                    self.refuse(f"https://{host}/", None)
            return asked(*arguments, **named)

        setattr(owner, name, ask)
        self._undo.append(functools.partial(delattr, owner, name) if inherited else
                          functools.partial(setattr, owner, name, asked))


def _host(argument: object) -> str | None:
    """The host that an argument of a socket function names, by itself or in an address."""
    host = argument[0] if isinstance(argument, tuple) and argument else argument
    return host.decode("latin-1") if isinstance(host, bytes) else host if isinstance(host, str) else None


def _message(url: str, body: object) -> str:
    parts = urlsplit(url)
    if isinstance(body, Mapping):  # botocore has not serialized it yet
        called = str(body.get("Action", "something"))
    elif parts.path.startswith("/v2/"):  # an operation of exports
        called = parts.path.removeprefix("/v2/")
    else:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body if isinstance(body, str) else ""
        match = re.search(_ACTION, text) or re.search(_ACTION, url)
        called = unquote_plus(match[1]) if match else "something"
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    active = REGISTRY.active()
    if active:
        why = f"the active mock ({', '.join(map(repr, active))}) does not intercept the library that made the call"
    else:
        why = "no SimpleDB is active: use the fixture simpledb, or mock_simpledb"
    return f"{test or 'code outside a test'} called {called} at {parts.netloc}, but {why}"
