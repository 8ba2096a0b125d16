"""The console: see and drive a SimpleDB from the browser, below ``/_basicdb/``."""

from basicdb_mock.server.console.pages import console_blueprint

__all__ = ["console_blueprint"]
