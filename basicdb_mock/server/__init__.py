"""The standalone server: a Flask application, its transport, and the command line."""

from __future__ import annotations

from basicdb_mock.server.app import create_app
from basicdb_mock.server.running import RunningServer

__all__ = ["RunningServer", "create_app"]
