"""The pages of the console: each is a mapping of plain values, rendered by a template or returned as its ``.json``.

Reading works without JavaScript.  Every change is a POST with a CSRF token, answered by a redirect.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any, TypeAlias
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from basicdb_mock import __version__
from basicdb_mock.engine import Engine
from basicdb_mock.model import Tenant
from basicdb_mock.server.asking import Answer, ask, tenant_of
from basicdb_mock.server.calls import filter_of, summary, whole
from basicdb_mock.server.console import facts, rehearsal
from basicdb_mock.server.console.charts import charts
from basicdb_mock.server.console.rows import batch_of
from basicdb_mock.server.console.snippets import snippets
from basicdb_mock.server.guard import COOKIE
from basicdb_mock.server.json_api import answer_error
from basicdb_mock.server.snapshots import Snapshots
from basicdb_mock.storage.moment import one_moment
from basicdb_mock.wire.xml import carried

Facts: TypeAlias = dict[str, Any]

# No inline script or style, nothing from elsewhere, no framing.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HISTORY = 200
PAGES = ("home", "domain", "item", "select", "requests", "call", "rehearsal")
"""Each is at its name, ``home`` at ``/``, and with ``.json`` for programs."""


class Console:
    """The console of an engine."""

    def __init__(self, engine: Engine, snapshots: Snapshots) -> None:
        self.engine = engine
        self.snapshots = snapshots
        self.csrf = secrets.token_urlsafe(24)

    # -- the data of the pages -----------------------------------------------------------------------------------------

    def home(self) -> Facts:
        return {"tenants": facts.tenants(self.engine, request.args), "settings": facts.settings(self.engine)}

    def domain(self) -> Facts:
        tenant, domain = self._place()
        return facts.grid(self.engine, tenant, domain, request.args)

    def item(self) -> Facts:
        tenant, domain = self._place()
        return facts.one_item(self.engine, tenant, domain, request.args.get("item", ""))

    def select(self) -> Facts:
        told = facts.selection(self.engine, self._tenant(), request.args)
        expression = told["expression"]
        told["snippets"] = {}
        if expression and not told["code"]:
            url, accounts = request.host_url.rstrip("/"), self.engine.accounts
            # If any access key is accepted, one of twelve digits is its own account.
            key = told["account"] if accounts.open and accounts.account_of(told["account"]) == told["account"] else None
            told["snippets"] = snippets(expression, told["region"], url, key, self.engine.region)
        return told

    def requests(self) -> Facts:
        wanted = filter_of(request.args)
        chosen = [call for call in self.engine.journal if wanted.accepts(call)]
        return {
            "filter": {name: request.args.get(name, "") for name in ("operation", "domain", "status")},
            "operations": sorted({call.operation for call in self.engine.journal if call.operation}),
            "newest": max((call.number for call in self.engine.journal), default=0),
            "calls": [summary(call) for call in chosen[: -_HISTORY - 1 : -1]],
            "total": len(chosen),
            "charts": [asdict(chart) for chart in charts(chosen)],
        }

    def call(self) -> Facts:
        number = request.args.get("number", "")
        call = self.numbered(number)
        if call is None:
            abort(404, "the journal has no such call, or has dropped it")
        return {"call": call}

    def rehearsal(self) -> Facts:
        return rehearsal.told(self.engine, self.snapshots, self._tenant(), request.args)

    # -- what forms do -------------------------------------------------------------------------------------------------

    def act(self) -> BaseResponse:
        """Call an action of SimpleDB with the parameters of the form, and show the request and its answer."""
        form = request.form
        action, parameters = form.get("action", ""), _parameters(form)
        if action == "DeleteAttributes" and form.get("p.Attribute.1.Value") == "":
            del parameters["Attribute.1.Value"]  # no value is all values
        parameters = _filled(parameters)
        if action == "BatchDeleteAttributes":
            parameters = _in_a_row(parameters)
        elif action == "BatchPutAttributes" and "rows" in form:
            parameters |= batch_of(form["rows"], replace="replace" in form)
        return _back(ask(self.engine, self._tenant(form), action, parameters))

    def rehearse(self) -> BaseResponse:
        """Change faults, lag, the clock, limits, data or snapshots."""
        what = request.form.get("what", "")
        section = rehearsal.SECTIONS.get(what, what)
        try:
            told = {"said": rehearsal.change(self.engine, self.snapshots, request.form, request.files)}
        except ValueError as problem:
            told = {"problem": str(problem)}
            section = section if what in rehearsal.CHANGES else ""
        if "next" in request.form and "said" in told:
            return redirect(_within(request.form["next"]))
        return redirect(f"{url_for('console.rehearsal')}?{urlencode({**told, 'about': section})}#{section}")

    def numbered(self, number: str) -> Facts | None:
        """A call of the journal with its request and response, but without secrets."""
        return next(
            (whole(call, hide_secrets=True) for call in self.engine.journal if str(call.number) == number), None
        )

    # -- around them ---------------------------------------------------------------------------------------------------

    def _tenant(self, given: Mapping[str, str] | None = None) -> Tenant:
        given = request.args if given is None else given
        if given.get("account"):
            return tenant_of(self.engine, given)
        known = self.engine.truth.tenants()
        return known[0] if known else tenant_of(self.engine, {})

    def _place(self) -> tuple[Tenant, str]:
        return self._tenant(), request.args.get("domain", "")

    def check_csrf(self) -> None:
        if request.method == "POST":
            given = request.form.get("csrf", "")
            if not hmac.compare_digest(given.encode(), self.csrf.encode()):
                abort(403, "the form has expired: reload the page and try again")

    def common(self) -> Facts:
        return {"csrf": self.csrf, "version": __version__, "banner": facts.banner(self.engine)}


def _parameters(form: Mapping[str, str]) -> dict[str, str]:
    """The action's parameters, from the fields of the form.

    ``p.NAME`` is a text as it was typed, ``o.NAME`` the same unless empty, ``j.NAME`` a JSON string, and ``c.NAME`` a
    JSON string that only counts if ``if-still`` is ticked.  JSON strings keep control characters and line endings,
    which a browser would change to CR LF.
    """
    found = {}
    for name, value in form.items():
        kind, _, parameter = name.partition(".")
        if kind == "p" or (kind == "o" and value):
            found[parameter] = value.replace("\r\n", "\n")
        elif kind == "j" or (kind == "c" and form.get("if-still")):
            found[parameter] = _exact(value)
    return found


def _exact(field: str) -> str:
    try:
        value = json.loads(field)
    except ValueError:
        value = None
    if not isinstance(value, str):
        abort(400, "an exact field takes a JSON string")
    return value


def _in_a_row(parameters: dict[str, str]) -> dict[str, str]:
    """The parameters with the selected items numbered from 1."""
    picked = [name for name in parameters if name.startswith("Item.")]
    kept = {name: value for name, value in parameters.items() if name not in picked}
    return kept | {f"Item.{number}.ItemName": parameters[name] for number, name in enumerate(picked, 1)}


def _filled(parameters: dict[str, str]) -> dict[str, str]:
    """A form's parameters without the rows that were left empty."""
    empty = {
        name.rpartition(".")[0] for name, value in parameters.items() if name.endswith(".Name") and not value
    }
    kept = {name: value for name, value in parameters.items() if name.rpartition(".")[0] not in empty}
    # A condition expects a value or that there is none; without a name there is no condition.
    if not kept.get("Expected.Name"):
        kept = {name: value for name, value in kept.items() if not name.startswith("Expected.")}
    elif kept.get("Expected.Exists") == "false":
        kept.pop("Expected.Value", None)
    elif "Expected.Exists" in kept:
        del kept["Expected.Exists"]
    return kept


def _back(answer: Answer) -> BaseResponse:
    """Redirect to the page of the form, which then shows the request and its answer."""
    where = _within(request.form.get("next", "")).partition("#")[0]
    separator = "&" if "?" in where else "?"
    return redirect(f"{where}{separator}call={answer.number}")


def _within(where: str) -> str:
    """``where`` if it is a page of ours, else the first page."""
    ours = where.startswith("/_basicdb/") and "//" not in where and "\\" not in where
    return where if ours else url_for("console.home")


def console_blueprint(engine: Engine, snapshots: Snapshots) -> Blueprint:
    """The console of an engine as a Flask blueprint."""
    console = Console(engine, snapshots)
    blueprint = Blueprint(
        "console", __name__, url_prefix="/_basicdb", template_folder="templates", static_folder="static",
        static_url_path="/static",
    )  # fmt: skip
    for name in PAGES:
        tell = getattr(console, name)
        path = "/" if name == "home" else f"/{name}"
        blueprint.add_url_rule(path, name, _shown(console, name, tell))
        blueprint.add_url_rule(f"/{name}.json", f"{name}_json", _told(tell))
    for name, view in (("act", console.act), ("rehearse", console.rehearse)):
        blueprint.add_url_rule(f"/{name}", name, view, methods=["POST"])
    blueprint.add_app_template_filter(_when, "when")
    blueprint.add_app_template_filter(_readable, "readable")
    blueprint.add_app_template_test(_encoded, "encoded")
    blueprint.register_error_handler(Exception, _refused)
    blueprint.before_request(_without_token)
    blueprint.before_request(console.check_csrf)
    blueprint.after_request(_guarded)
    return blueprint


def _shown(console: Console, name: str, tell: Callable[[], Facts]) -> Callable[[], str]:
    def page() -> str:
        with one_moment():
            told = tell()
        sent = console.numbered(request.args.get("call", ""))
        query = request.query_string.decode("ascii", "replace")
        twin = url_for(f"console.{name}_json") + (f"?{query}" if query else "")
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "call"]
        here = request.path + (f"?{urlencode(kept)}" if kept else "")
        return render_template(f"console/{name}.html", page=told, sent=sent, twin=twin, here=here, **console.common())

    return page


def _told(tell: Callable[[], Facts]) -> Callable[[], Response]:
    def twin() -> Response:
        with one_moment():
            return jsonify(tell())

    return twin


def _when(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def _readable(text: str) -> str:
    """A name or value as a page shows it: as it is, or with its control characters escaped as in JSON."""
    return text if text.isprintable() and text.strip() == text and text else json.dumps(text, ensure_ascii=False)


def _encoded(text: str) -> bool:
    """Whether XML cannot represent it, so that it is sent as base64."""
    return carried(text) != text


def _refused(problem: Exception) -> Any:
    """An error, as a page or, for a ``.json`` page, as JSON."""
    if request.path.endswith(".json"):
        return answer_error(problem)
    told, status = answer_error(problem)
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "token"]
    page = render_template(
        "console/refused.html", problem=told["error"], kept=kept, twin="", banner=[], version=__version__
    )
    return page, status


def _without_token() -> BaseResponse | None:
    """Redirect a request with the server's token in the URL to the URL without it, which is safe to share."""
    if request.method != "GET" or "token" not in request.args or request.path.endswith(".json"):
        return None
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "token"]
    return redirect(request.path + (f"?{urlencode(kept)}" if kept else ""))


def _guarded(response: Response) -> Response:
    token = request.args.get("token")
    if token and response.status_code < 400:  # the guard accepted it: from now on the browser sends it as a cookie
        response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", path="/_basicdb")
    if response.mimetype in ("text/html", "application/json"):
        response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    return response
