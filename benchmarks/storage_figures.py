"""Figures of the storages, and measuring by the clock: a disk's time is no CPU's."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from basicdb_mock.model import Tenant
from basicdb_mock.storage import Domain, Storage, open_storage

TENANT = Tenant("account", "us-east-1")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    unit: str
    wanted: str = ""

    def __str__(self) -> str:
        return f"{self.what:<76} {self.value:>12,.3f} {self.unit:<6} {self.wanted}"


def opened(url: str) -> tuple[Storage, Domain]:
    storage = open_storage(url)
    storage.create_domain(TENANT, "books", now=0.0, at_most=10)
    return storage, storage.domain(TENANT, "books")


def measured(call: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds a call took, and what it gave."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def worked(call: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds a call took that hardly waits for the disk, and what it gave."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def ratio(ours: Callable[[], float], bare: Callable[[], float], rounds: int) -> float:
    """How fast ours is as a part of bare: the median over rounds that alternate; each gives the seconds that count."""
    found = []
    for number in range(rounds + 1):
        if number % 2:
            mine, theirs = ours(), bare()
        else:
            theirs, mine = bare(), ours()
        if number:  # the first round warms both up
            found.append(theirs / mine)
    return statistics.median(found)
