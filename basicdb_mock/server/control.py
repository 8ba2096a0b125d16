"""The control API below ``/_basicdb/``: what a running server offers to tests and people besides SimpleDB itself.

JSON in, JSON out, and every error as ``{"error": {"code": ..., "message": ...}}``.  It is described in
``openapi.yaml``, which the server serves too; :mod:`basicdb_mock.control_client` is its client.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from basicdb_mock import __version__
from basicdb_mock.accounts import Credential, Permissions
from basicdb_mock.accounts.credentials_file import credentials_from
from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import limits_from
from basicdb_mock.rehearsal import LaggingStorage
from basicdb_mock.rehearsal.faults_file import fault_from, faults_from, lag_as_plain, lag_from, standing_as_plain
from basicdb_mock.seeding import contents_of, ordered, plain, read_seed, seed
from basicdb_mock.server import downloads, exports
from basicdb_mock.server.asking import WHOSE, ask, tenant_of
from basicdb_mock.server.calls import FILTERS, LONGEST_WAIT, MOST_IN_A_PAGE, filter_of, page, whole
from basicdb_mock.server.downloads import Downloads
from basicdb_mock.server.exports import ExportsAPI
from basicdb_mock.server.json_api import (
    PREFIX,
    Answer,
    RefusedError,
    json_body,
    url_parameters,
    whole_number,
)
from basicdb_mock.server.snapshots import NOW, Snapshots
from basicdb_mock.storage import StorageError

MOST_BYTES = 64 * 1024 * 1024
"""The largest body, sized for seeds."""
_LAST_SECOND = 253_370_764_800.0
"""1 January 9999, the latest time that can be set."""
_OF_A_NODE = ("role", "slots", "lag_bytes", "healthy")


class ControlAPI:
    """The control API of an engine: one method per endpoint, see :data:`ROUTES`."""

    def __init__(self, engine: Engine, snapshots: Snapshots) -> None:
        self._engine = engine
        self._snapshots = snapshots

    # -- the server ----------------------------------------------------------------------------------------------------

    def health(self) -> Answer:
        """That the server is up, and the nodes of a cluster, without addresses: this needs no token."""
        try:
            told = nodes(self._engine)
        except StorageError:
            return {"status": "ok", "nodes": []}
        return {"status": "ok"} if told is None else {
            "status": "ok", "nodes": [{key: node[key] for key in _OF_A_NODE} for node in told],
        }  # fmt: skip

    def live(self) -> Answer:
        return {"status": "ok"}

    def ready(self) -> Answer:
        """Whether the storage answers."""
        try:
            self._engine.storage.tenants()
        except StorageError:
            raise RefusedError(503, "NotReady", "the storage does not answer") from None
        return {"status": "ok"}

    def list_nodes(self) -> Answer:
        """The nodes of the cluster, with their addresses; an empty list for other storages."""
        return {"nodes": nodes(self._engine) or []}

    def config(self) -> Answer:
        engine = self._engine
        storage = engine.storage.storage if isinstance(engine.storage, LaggingStorage) else engine.storage
        return {
            "version": __version__,
            "region": engine.region,
            "storage": type(storage).__name__,
            "signatures": "any" if engine.accounts.open else "verified",
            "limits": asdict(engine.limits),
            "lag": lag_as_plain(engine.lag),
            "clock": self._clock(),
        }

    def description(self) -> Response:
        text = Path(__file__).with_name("openapi.yaml").read_bytes()
        return Response(text, mimetype="application/yaml")

    # -- the data ------------------------------------------------------------------------------------------------------

    def reset(self) -> Answer:
        """Delete all data and calls, and return faults, lag and clock to how they were at the start."""
        json_body(optional=True).mapping("the body", ())
        self._engine.reset()
        return {}

    def seed(self) -> Answer:
        parts = json_body().mapping("a seed", ("domains", "in_order", *WHOSE))
        if "domains" not in parts or not isinstance(parts["domains"].value, dict):
            raise RefusedError(400, "BadRequest", "body: a seed needs the key domains, a mapping in the seed format")
        contents = read_seed(parts["domains"].plain(), self._engine.limits)
        if "in_order" in parts:
            contents = ordered(contents, parts["in_order"].texts("in_order"))
        whose = {name: parts[name].text(name) for name in WHOSE if name in parts}
        tenant = tenant_of(self._engine, whose)
        seed(self._engine, contents, tenant)
        return {**tenant._asdict(), "domains": len(contents), "items": sum(map(len, contents.values()))}

    def dump(self) -> Answer:
        """All data, or those of one account, region or domain; each tenant's can be seeded again."""
        query = url_parameters(("account", "region", "domain"))
        tenants = [
            tenant
            for tenant in self._engine.storage.tenants()
            if query.get("account") in (None, tenant.account) and query.get("region") in (None, tenant.region)
        ]
        found = []
        for tenant in tenants:
            try:
                contents = contents_of(self._truth, tenant, query.get("domain"))
            except SimpleDBError:  # this one has no such domain
                continue
            found.append({**tenant._asdict(), "domains": plain(contents)})
        return {"tenants": found}

    def list_snapshots(self) -> Answer:
        return {"snapshots": self._snapshots.names()}

    def take_snapshot(self, name: str) -> Answer:
        json_body(optional=True).mapping("the body", ())
        self._snapshots.take(name)
        return {"name": name}

    def restore_snapshot(self, name: str) -> Answer:
        json_body(optional=True).mapping("the body", ())
        try:
            self._snapshots.restore(name)
        except KeyError:
            raise RefusedError(404, "NotFound", "there is no snapshot with that name") from None
        return {"name": name}

    def compare_snapshots(self) -> Answer:
        """What was added, removed and changed between two snapshots, or since one."""
        query = url_parameters(("before", "after"))
        if "before" not in query:
            raise RefusedError(400, "BadRequest", "the parameter before is missing: name the snapshot to compare with")
        before, after = query["before"], query.get("after", NOW)
        try:
            return {"before": before, "after": after, **self._snapshots.compare(before, after).as_plain()}
        except KeyError:
            raise RefusedError(404, "NotFound", "there is no snapshot with that name") from None

    def forget_snapshot(self, name: str) -> Answer:
        try:
            self._snapshots.forget(name)
        except KeyError:
            raise RefusedError(404, "NotFound", "there is no snapshot with that name") from None
        return {}

    # -- the rehearsal -------------------------------------------------------------------------------------------------

    def list_faults(self) -> Answer:
        return {"faults": [standing_as_plain(standing) for standing in self._engine.rehearsal.standing()]}

    def add_fault(self) -> Answer:
        number = self._engine.rehearsal.add(fault_from(json_body()))
        return {"number": number}, 201

    def replace_faults(self) -> Answer:
        faults = faults_from(json_body())
        self._engine.rehearsal.clear()
        for fault in faults:
            self._engine.rehearsal.add(fault)
        return self.list_faults()

    def clear_faults(self) -> Answer:
        self._engine.rehearsal.clear()
        return {}

    def remove_fault(self, number: int) -> Answer:
        if not self._engine.rehearsal.remove(number):
            raise RefusedError(404, "NotFound", "there is no fault with that number")
        return {}

    def get_lag(self) -> Answer:
        return lag_as_plain(self._engine.lag)

    def set_lag(self) -> Answer:
        body = json_body()
        if not isinstance(body.value, dict):
            raise body.wrong("a lag must be a mapping; its keys are: seconds, seed, tear_batches")
        lag = lag_from(body)
        self._engine.lag = lag if lag.behind.most else None
        return self.get_lag()

    def no_lag(self) -> Answer:
        self._engine.lag = None
        return self.get_lag()

    def get_clock(self) -> Answer:
        return self._clock()

    def set_clock(self) -> Answer:
        """Takes exactly one of ``freeze`` (``true`` or epoch seconds), ``tick``, ``offset`` (seconds) and ``reset``."""
        body = json_body()
        parts = body.mapping("a clock's setting", ("freeze", "tick", "offset", "reset"))
        if len(parts) != 1:
            raise body.wrong("give exactly one of freeze, tick, offset and reset")
        clock = self._engine.clock
        ((what, setting),) = parts.items()
        if what == "reset":
            if setting.boolean("reset"):
                clock.reset()
        elif what == "freeze":
            clock.freeze(None if setting.value is True else setting.number("freeze", 0, _LAST_SECOND))
        else:
            seconds = setting.number(what, -_LAST_SECOND, _LAST_SECOND)
            if not 0 <= (clock.now() if what == "tick" else time.time()) + seconds <= _LAST_SECOND:
                raise setting.wrong(f"{what} would leave the years 1970 to 9998")
            (clock.tick if what == "tick" else clock.offset)(seconds)
        return self._clock()

    def get_limits(self) -> Answer:
        return asdict(self._engine.limits)

    def change_limits(self) -> Answer:
        """Change single limits; with ``base`` (``AWS`` or ``RELAXED``), set the others to those of ``base``."""
        body = json_body()
        if not isinstance(body.value, dict):
            raise body.wrong("limits must be a mapping of names to values")
        changes = {name: part.value for name, part in body.value.items() if name != "base"}
        base = self._engine.limits
        if "base" in body.value:
            base = limits_from(body.value["base"].text("base"))
        self._engine.limits = body.made(lambda: limits_from(changes, base=base))
        return self.get_limits()

    # -- who called ----------------------------------------------------------------------------------------------------

    def list_calls(self) -> Answer:
        query = url_parameters((*FILTERS, "limit", "wait"))
        wanted = filter_of(query)
        limit = whole_number("limit", query.get("limit", "100"), 1, MOST_IN_A_PAGE)
        wait = whole_number("wait", query.get("wait", "0"), 0, int(LONGEST_WAIT))
        return page(self._engine.journal, wanted, limit, wait)

    def make_call(self) -> Answer:
        """Make a SimpleDB call for an account.  It is a call like any other."""
        parts = json_body().mapping("a call", ("action", "parameters", *WHOSE))
        if "action" not in parts:
            raise RefusedError(400, "BadRequest", "body: a call needs the key action, such as ListDomains")
        given = parts["parameters"].value if "parameters" in parts else {}
        if not isinstance(given, dict):
            raise parts["parameters"].wrong("parameters must be a mapping of names to values")
        parameters = {name: part.text(name) if part.value != "" else "" for name, part in given.items()}
        whose = {name: parts[name].text(name) for name in WHOSE if name in parts}
        action = parts["action"].text("action")
        answer = ask(self._engine, tenant_of(self._engine, whose), action, parameters)
        return self.one_call(answer.number), 201

    def one_call(self, number: int) -> dict[str, object]:
        for call in self._engine.journal:
            if call.number == number:
                return whole(call, hide_secrets=not self._engine.accounts.open)
        raise RefusedError(404, "NotFound", "the journal has no call with that number, or has dropped it")

    def clear_calls(self) -> Answer:
        self._engine.journal.clear()
        return {}

    def list_accounts(self) -> Answer:
        accounts = self._engine.accounts
        return {"open": accounts.open, "credentials": [_credential(each) for each in accounts.credentials]}

    def set_accounts(self) -> Answer:
        """Accept only these credentials from now on, and verify signatures."""
        credentials = credentials_from(json_body())
        self._engine.accounts = self._engine.accounts.replaced(credentials)
        return self.list_accounts()

    def open_accounts(self) -> Answer:
        """Accept any access key again."""
        self._engine.accounts = self._engine.accounts.replaced(None)
        return self.list_accounts()

    # -- shared --------------------------------------------------------------------------------------------------------

    @property
    def _truth(self) -> Any:
        storage = self._engine.storage
        return storage.storage if isinstance(storage, LaggingStorage) else storage

    def _clock(self) -> dict[str, object]:
        return {"now": self._engine.clock.now(), "frozen": self._engine.clock.frozen}


ROUTES = (
    ("GET", "/health", "health"),
    ("GET", "/health/live", "live"),
    ("GET", "/health/ready", "ready"),
    ("GET", "/nodes", "list_nodes"),
    ("GET", "/config", "config"),
    ("GET", "/openapi.yaml", "description"),
    ("POST", "/reset", "reset"),
    ("POST", "/seed", "seed"),
    ("GET", "/dump", "dump"),
    ("GET", "/snapshots", "list_snapshots"),
    ("GET", "/snapshots/compare", "compare_snapshots"),
    ("PUT", "/snapshots/<name>", "take_snapshot"),
    ("POST", "/snapshots/<name>/restore", "restore_snapshot"),
    ("DELETE", "/snapshots/<name>", "forget_snapshot"),
    ("GET", "/faults", "list_faults"),
    ("POST", "/faults", "add_fault"),
    ("PUT", "/faults", "replace_faults"),
    ("DELETE", "/faults", "clear_faults"),
    ("DELETE", "/faults/<int:number>", "remove_fault"),
    ("GET", "/lag", "get_lag"),
    ("PUT", "/lag", "set_lag"),
    ("DELETE", "/lag", "no_lag"),
    ("GET", "/clock", "get_clock"),
    ("POST", "/clock", "set_clock"),
    ("GET", "/limits", "get_limits"),
    ("PATCH", "/limits", "change_limits"),
    ("GET", "/calls", "list_calls"),
    ("POST", "/calls", "make_call"),
    ("GET", "/calls/<int:number>", "one_call"),
    ("DELETE", "/calls", "clear_calls"),
    ("GET", "/accounts", "list_accounts"),
    ("PUT", "/accounts", "set_accounts"),
    ("DELETE", "/accounts", "open_accounts"),
)
"""Method, path below ``/_basicdb`` and the method of :class:`ControlAPI` that answers."""


def nodes(engine: Engine) -> list[dict[str, Any]] | None:
    """The nodes of the storage, ``None`` if it is not a cluster.  Raises StorageError."""
    tell: Callable[[], list[dict[str, Any]]] | None = getattr(engine.truth, "nodes", None)
    return None if tell is None else tell()


def control_blueprint(engine: Engine, snapshots: Snapshots) -> Blueprint:
    """The control API of an engine as a Flask blueprint."""
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    parts = ((ControlAPI(engine, snapshots), ROUTES), (Downloads(engine), downloads.ROUTES),
             (ExportsAPI(engine), exports.ROUTES))  # fmt: skip
    for api, routes in parts:
        for method, path, name in routes:
            blueprint.add_url_rule(path, name, getattr(api, name), methods=[method])
    blueprint.after_request(_harmless)
    return blueprint


def _harmless(response: Response) -> Response:
    """Add headers that keep a browser from running anything in an answer that it opens."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _credential(credential: Credential) -> dict[str, object]:
    """A credential without its secrets."""
    return {
        "access_key": credential.access_key,
        "account": credential.account,
        "temporary": credential.session_token is not None,
        "expires": credential.expires,
        "active": credential.active,
        "allow": _statements(credential.permissions),
    }


def _statements(permissions: Permissions) -> list[dict[str, list[str]]]:
    return [
        {"actions": list(each.actions), "domains": list(each.domains), "regions": list(each.regions)}
        for each in permissions.statements
    ]
