"""The Flask application: SimpleDB at ``/`` and ``/v2/``, the rest of ours below ``/_basicdb/``."""

from __future__ import annotations

from flask import Flask

from basicdb_mock.engine import Engine
from basicdb_mock.server.door import EngineDoor


def create_app(engine: Engine | None = None) -> Flask:
    """A WSGI application around an engine (a new one in memory when none is given).

    It runs under any WSGI server; ``basicdb-mock serve`` brings its own.  ``app.extensions["basicdb_mock"]`` is the
    engine.
    """
    engine = engine or Engine()
    app = Flask("basicdb_mock.server", static_folder=None)
    app.extensions["basicdb_mock"] = engine
    app.add_url_rule("/_basicdb/health", "health", lambda: {"status": "ok"})
    app.wsgi_app = EngineDoor(engine, app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way
    return app
