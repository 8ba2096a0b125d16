"""Exporting a large domain while writes go on: how long it takes, and how much memory more than the server had.

  python -m benchmarks.exports --items 1000000

The domain is in SQLite, the export goes to a directory.  It is written by a thread of the process that goes on putting
items; the memory is the peak of that process (``ru_maxrss``).
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, TypeVar

from basicdb_mock.changes import Put, Write
from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings
from basicdb_mock.exports.export import Order, Status
from basicdb_mock.limits import RELAXED
from basicdb_mock.model import Tenant
from basicdb_mock.operations import Account
from basicdb_mock.storage import open_storage

_TENANT = Tenant("benchmark", "us-east-1")
_AT_ONCE = 2000
R = TypeVar("R")


def _alone(call: Callable[..., R], *arguments: object) -> R:
    """What a call gives in a process of its own, whose memory is nobody else's."""
    with get_context("spawn").Pool(1) as process:
        return process.apply(call, arguments)


def _fill(url: str, items: int) -> None:
    with closing(open_storage(url)) as storage:
        storage.create_domain(_TENANT, "large", now=0.0, at_most=1)
        domain = storage.domain(_TENANT, "large")
        for start in range(0, items, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, items))
            domain.apply(Write([Put(f"item{number:07}", _pairs(number)) for number in numbers], RELAXED))


def _pairs(number: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"attribute{place}", f"value {number * 10 + place:09}") for place in range(10))


def _export(url: str, directory: str) -> dict[str, Any]:
    """Export in the background and write until it has ended."""
    settings = ExportSettings(directory, in_background=True, patience=0.0)
    engine = Engine(url, limits=RELAXED, exports=settings)
    account = Account(_TENANT, engine.storage, RELAXED, engine.clock, engine.exports)
    domain = account.domain("large")
    domain.apply(Write([Put("before", _pairs(0))], RELAXED))
    before = _peak()
    began = perf_counter()
    export = engine.exports.start(account, Order("large", "a-bucket"), None)
    writes = 0
    while engine.exports.status(export, engine.clock.now()) in (Status.PENDING, Status.IN_PROGRESS):
        domain.apply(Write([Put(f"late{writes:07}", _pairs(writes))], RELAXED))
        writes += 1
        if writes % 100 == 0:
            export = engine.exports.get(account, export.id)
    seconds = perf_counter() - began
    engine.close()
    items = export.outcome.items if export.outcome is not None else 0
    return {"items": items, "seconds": seconds, "writes": writes, "before": before, "peak": _peak()}


def _peak() -> int:
    """The most memory this process ever had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with TemporaryDirectory() as directory:
        url = f"sqlite:{directory}/store.db?durability=off"
        _alone(_fill, url, arguments.items)
        told = _alone(_export, url, f"{directory}/exports")
        size = sum(path.stat().st_size for path in Path(directory, "exports").rglob("*.json")) >> 20
    sys.stdout.write(
        f"{told['items']:,} items, {size} MiB of files, {told['seconds']:.1f} s, {told['writes']:,} writes meanwhile\n"
        f"memory: {told['before']} MiB before, {told['peak']} MiB at most\n"
    )


if __name__ == "__main__":
    main()
