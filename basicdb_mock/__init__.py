"""A local Amazon SimpleDB for tests.

The names in ``__all__`` are the public interface.  Each is imported on first use, so that ``import basicdb_mock`` alone
takes next to no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basicdb_mock import moto
    from basicdb_mock.clock import AdjustableClock
    from basicdb_mock.control_client import Control
    from basicdb_mock.engine import Engine
    from basicdb_mock.exports import ExportSettings
    from basicdb_mock.intercept.mock import Mock, active_simpledb, mock_simpledb
    from basicdb_mock.intercept.seeding import seed
    from basicdb_mock.intercept.simpledb import SimpleDB
    from basicdb_mock.limits import AWS, RELAXED, Limits
    from basicdb_mock.rehearsal import Lag
    from basicdb_mock.server.process import SimpleDBProcess
    from basicdb_mock.transcripts.in_process import record

__version__ = "0.1.0"

__all__ = [
    "AWS",
    "RELAXED",
    "AdjustableClock",
    "Control",
    "Engine",
    "ExportSettings",
    "Lag",
    "Limits",
    "Mock",
    "SimpleDB",
    "SimpleDBProcess",
    "active_simpledb",
    "mock_simpledb",
    "moto",
    "record",
    "seed",
]

_HOMES = {
    "AWS": "limits",
    "RELAXED": "limits",
    "AdjustableClock": "clock",
    "Control": "control_client",
    "Engine": "engine",
    "ExportSettings": "exports",
    "Lag": "rehearsal",
    "Limits": "limits",
    "Mock": "intercept.mock",
    "SimpleDB": "intercept.simpledb",
    "SimpleDBProcess": "server.process",
    "active_simpledb": "intercept.mock",
    "mock_simpledb": "intercept.mock",
    "record": "transcripts.in_process",
    "seed": "intercept.seeding",
}


_MODULES = ("moto",)


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
