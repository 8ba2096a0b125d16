"""The standalone server: a Flask application, its transport, and the command line.

Flask is imported when the application is made, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basicdb_mock.server.app import create_app
    from basicdb_mock.server.running import RunningServer

__all__ = ["RunningServer", "create_app"]


def __getattr__(name: str) -> object:
    if name == "create_app":
        from basicdb_mock.server.app import create_app

        return create_app
    if name == "RunningServer":
        from basicdb_mock.server.running import RunningServer

        return RunningServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
