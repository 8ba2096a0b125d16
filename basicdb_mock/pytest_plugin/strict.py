"""Strict mode: no test calls a SimpleDB of AWS unnoticed."""

from __future__ import annotations

import functools
import os
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest

from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.regions import region_of_aws_host

_ACTION = r"(?:^|[?&])Action=([^&]+)"


class Strict:
    """Refuses requests to AWS's SimpleDB that nothing answers, and remembers them.

    Whoever we do not intercept asks for the host's address before anything is sent, and is refused that.
    """

    def __init__(self) -> None:
        self._refused: list[str] = []
        self._getaddrinfo = socket.getaddrinfo

    def start(self) -> None:
        REGISTRY.refuse(self.refuse)

        @functools.wraps(self._getaddrinfo)
        def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
            name = host.decode("latin-1") if isinstance(host, bytes) else host
            if isinstance(name, str) and region_of_aws_host(name) is not None:
                self.refuse(f"https://{name}/", None)
            return self._getaddrinfo(host, *arguments, **named)

        socket.getaddrinfo = getaddrinfo

    def stop(self) -> None:
        REGISTRY.refuse(None)
        socket.getaddrinfo = self._getaddrinfo

    def begin(self) -> None:
        self._refused.clear()

    def refuse(self, url: str, body: object) -> None:
        """Fail the test.  Raises what :func:`pytest.fail` raises, which no ``except Exception`` takes."""
        __tracebackhide__ = True
        message = _message(url, body)
        self._refused.append(message)
        pytest.fail(message, pytrace=True)

    def check(self, report: pytest.TestReport) -> None:
        """Fail a test that was refused a call and passed nonetheless: its code, or a thread of its, took no notice."""
        if self._refused and report.when == "call" and report.passed:
            report.outcome = "failed"
            report.longrepr = "\n".join(self._refused)


def _message(url: str, body: object) -> str:
    if isinstance(body, Mapping):  # before botocore has written it
        called = str(body.get("Action", "something"))
    else:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body if isinstance(body, str) else ""
        match = re.search(_ACTION, text) or re.search(_ACTION, url)
        called = unquote_plus(match[1]) if match else "something"
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    host = urlsplit(url).netloc
    active = REGISTRY.active()
    if active:
        why = f"what is active here ({', '.join(map(repr, active))}) does not intercept the library that was used"
    else:
        why = "no SimpleDB is active: use the fixture simpledb, or mock_simpledb"
    return f"{test or 'something outside a test'} called {called} at {host}, and {why}"
