"""The Flask application: SimpleDB at ``/`` and ``/v2/``, everything else below ``/_basicdb/``."""

from __future__ import annotations

from flask import Flask

from basicdb_mock.engine import Engine
from basicdb_mock.server.console import console_blueprint
from basicdb_mock.server.control import MOST_BYTES, control_blueprint
from basicdb_mock.server.door import EngineDoor
from basicdb_mock.server.guard import Guard
from basicdb_mock.server.json_api import answer_error, refuse
from basicdb_mock.server.snapshots import Snapshots


def create_app(engine: Engine | None = None, guard: Guard | None = None) -> Flask:
    """Return a WSGI application around an engine (default: a new one in memory).

    It runs under any WSGI server; ``basicdb-mock serve`` has its own.  ``app.extensions["basicdb_mock"]`` is the
    engine.  ``guard`` restricts access to ``/_basicdb``; by default requests need no token but must address this
    machine by an IP address or a local name.
    """
    engine = engine or Engine()
    app = Flask("basicdb_mock.server", static_folder=None)
    app.extensions["basicdb_mock"] = engine
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.before_request(refuse(guard or Guard()))
    app.register_error_handler(Exception, answer_error)
    snapshots = Snapshots(engine)
    app.register_blueprint(control_blueprint(engine, snapshots))
    app.register_blueprint(console_blueprint(engine, snapshots))
    app.wsgi_app = EngineDoor(engine, app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way
    return app
