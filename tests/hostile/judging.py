"""What every answer must be, whatever was asked; and how much of it all there is."""

from __future__ import annotations

import json
import logging
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import thread_time
from xml.etree import ElementTree

from basicdb_mock.accounts import Accounts
from basicdb_mock.engine import Engine
from basicdb_mock.errors import CATALOGUE
from basicdb_mock.limits import AWS
from basicdb_mock.wire.message import Request, Response
from tests.hostile.attacks import CREDENTIAL, NOW

KNOWN = {(row.code, row.status) for row in CATALOGUE.values()}
FAULTS = {("InternalError", 500), ("ServiceUnavailable", 503)}
SLOWEST = 1.0
"""Seconds of processor time that no request may take."""


class Judge:
    """Two SimpleDBs, an open one and one that verifies signatures, and what they answered so far."""

    def __init__(self) -> None:
        limits = replace(AWS, domains=4)
        self.engines = [Engine(limits=limits), Engine(limits=limits, accounts=Accounts([CREDENTIAL]))]
        for engine in self.engines:
            engine.clock.freeze(NOW)
        self.number = 0
        self.slowest = 0.0
        self.answers: Counter[str] = Counter()

    def judge(self, request: Request) -> None:
        """Raise AssertionError when an answer is none of SimpleDB's, or took too long."""
        engine = self.engines[self.number % 2]
        self.number += 1
        if self.number % 20_000 == 0:
            for each in self.engines:
                each.storage.clear()
        with no_traceback():
            began = thread_time()
            response = engine.handle(request)
            took = thread_time() - began
        self.slowest = max(self.slowest, took)
        assert took < SLOWEST, f"{took:.2f} s"
        assert 200 <= response.status < 600, response.status
        assert len(response.body) < 3 * 1024 * 1024, len(response.body)
        self.answers[code_of(request, response)] += 1


def code_of(request: Request, response: Response) -> str:
    """The code of an answer that is well-formed and of the catalogue, ``OK`` for a success."""
    if response.body[:1] == b"{":
        document = json.loads(response.body)
        if response.status == 200:
            return "OK"
        code = str(document.get("__type") or document.get("code") or response.headers.get("x-amzn-ErrorType"))
        assert response.status in (400, 401, 403, 409), response
        return code
    root = ElementTree.fromstring(response.body)
    if response.status == 200:
        assert root.tag.endswith("Response"), root.tag
        return "OK"
    told = root.findtext("Errors/Error/Code")
    assert root.findtext("Errors/Error/Message") is not None
    assert (told, response.status) in KNOWN - FAULTS, (told, response.status)
    return str(told)


@contextmanager
def no_traceback() -> Iterator[None]:
    """Fail when the engine logs a fault of its own."""
    told: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                told.append(self.format(record))

    handler = Handler()
    logger = logging.getLogger("basicdb_mock")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    assert not told, told[0]


def resident_kilobytes() -> int:
    """Memory that this process holds now (its peak, where the present is not told)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
