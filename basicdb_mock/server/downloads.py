"""The files and streams of the control API: seeds, results, transcripts, and the journal as it grows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from flask import Response, request, send_file
from werkzeug.utils import secure_filename

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import Limits
from basicdb_mock.seeding import Contents, contents_of, dump, read_seed, seed
from basicdb_mock.server import exports
from basicdb_mock.server.asking import WHOSE, aside, tenant_of
from basicdb_mock.server.calls import FILTERS, filter_of, summary
from basicdb_mock.server.json_api import Answer, RefusedError, url_parameters, whole_number
from basicdb_mock.server.selecting import as_csv, explained, selected
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.transcripts.writing import dump as dump_transcript

_FILES = {
    "application/yaml": ".yaml", "application/x-yaml": ".yaml", "text/yaml": ".yaml", "application/json": ".json",
    "text/csv": ".csv",
}  # fmt: skip
_STILL_HERE = 15.0
_LONGEST_STREAM = 86_400


class Downloads:
    """The files and streams of an engine: one method per endpoint, see :data:`ROUTES`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get_seed(self) -> Response:
        """The data of one account and region, or one domain of it, as a seed in YAML."""
        query = url_parameters((*WHOSE, "domain"))
        contents = contents_of(self._engine.truth, tenant_of(self._engine, query), query.get("domain"))
        return _file(dump(contents), "application/yaml", "seed.yaml")

    def seed_file(self) -> Answer:
        """Add the data of a file: the body, with the Content-Type of YAML, JSON or CSV."""
        query = url_parameters((*WHOSE, "name"))
        suffix = _FILES.get(request.mimetype)
        if suffix is None:  # a form on another site cannot send any of these
            raise RefusedError(
                415, "UnsupportedMediaType", f"send a file with one of these types: {', '.join(sorted(_FILES))}")
        name = Path(query.get("name", "seed")).stem + suffix
        contents = seed_from(name, request.get_data(cache=False), self._engine.limits)
        tenant = tenant_of(self._engine, query)
        seed(self._engine, contents, tenant)
        return {**tenant._asdict(), "domains": len(contents), "items": sum(map(len, contents.values()))}

    def results(self) -> Response | Answer:
        """One page of a Select, as JSON, CSV or the XML that goes over the wire.  It is no call."""
        query = url_parameters((*WHOSE, "expression", "after", "as"))
        kind = query.get("as", "json")
        if kind not in ("csv", "json", "xml"):
            raise RefusedError(400, "BadRequest", f"the parameter as takes csv, json or xml, not {kind[:80]!r}")
        told = selected(
            aside(self._engine), tenant_of(self._engine, query), _expression(query), query.get("after", "")
        )
        if kind == "xml":
            return Response(told["body"], mimetype="text/xml")
        if told["code"] is not None:
            raise RefusedError(told["status"], told["code"], told["message"])
        if kind == "csv":
            return _file(as_csv(told), "text/csv", "select.csv")
        return {name: told[name] for name in ("expression", "columns", "rows", "next_token", "box_usage")}

    def explain(self) -> Answer:
        """How a Select is found."""
        query = url_parameters((*WHOSE, "expression"))
        try:
            return explained(self._engine, tenant_of(self._engine, query), _expression(query))
        except SimpleDBError as error:
            raise RefusedError(error.status, error.code, error.message) from None

    def export_file(self, export_id: str, key: str) -> Response:
        """A file that an export wrote to a directory, as it is."""
        for export, _ in exports.find(self._engine):
            path = exports.file_of(self._engine, export, key) if export.id == export_id else None
            if path is not None:
                return send_file(path.resolve(), "application/json" if path.suffix == ".json" else "text/plain")
        raise RefusedError(404, "NotFound", "there is no such export, or it wrote no such file to a directory")

    def transcript(self) -> Response:
        """Calls of the journal in the format of ``recordings/``: of some numbers, or that a filter lets through."""
        wanted = filter_of(url_parameters((*FILTERS, "number")))
        numbers = {whole_number("number", text, 0, 2**63) for text in request.args.getlist("number")}
        calls = [
            call for call in self._engine.journal if wanted.accepts(call) and (not numbers or call.number in numbers)
        ]
        if not calls:
            raise RefusedError(404, "NotFound", "the journal has no such call, or has dropped it")
        recorder = Recorder("Calls from a journal", place="a basicdb-mock server", clock=self._engine.clock)
        for call in calls:
            recorder.add(call.request, call.response, call.region)
        return _file(dump_transcript(recorder.transcript()), "application/yaml", "transcript.yaml")

    def events(self) -> Response:
        """The journal as it grows, as server-sent events, until the caller goes or ``seconds`` are over."""
        query = url_parameters(("after", "seconds"))
        after = whole_number("after", query.get("after", "0"), 0, 2**63)
        seconds = whole_number("seconds", query["seconds"], 0, _LONGEST_STREAM) if "seconds" in query else None
        last = request.headers.get("Last-Event-ID", "")
        if last.isascii() and last.isdecimal() and len(last) < 20:  # a browser that connects again
            after = int(last)
        headers = {"Cache-Control": "no-store"}
        return Response(self._stream(after, seconds), mimetype="text/event-stream", headers=headers)

    def _stream(self, after: int, seconds: int | None) -> Iterator[str]:
        yield ": the journal of calls\n\n"
        end = None if seconds is None else monotonic() + seconds
        while True:
            wait = _STILL_HERE if end is None else max(0.0, min(_STILL_HERE, end - monotonic()))
            calls = self._engine.journal.wait_after(after, wait)
            for call in calls:
                after = call.number
                yield f"id: {call.number}\ndata: {json.dumps(summary(call))}\n\n"
            if end is not None and monotonic() >= end:
                return
            if not calls:
                yield ": still here\n\n"


ROUTES = (
    ("GET", "/seed", "get_seed"),
    ("POST", "/seed/file", "seed_file"),
    ("GET", "/results", "results"),
    ("GET", "/explain", "explain"),
    ("GET", "/exports/<export_id>/files/<path:key>", "export_file"),
    ("GET", "/transcript", "transcript"),
    ("GET", "/events", "events"),
)
"""Method, path below ``/_basicdb`` and the method of :class:`Downloads` that answers."""


def seed_from(name: str, octets: bytes, limits: Limits) -> Contents:
    """What a file of a name holds.  Raises :class:`ValueError` telling the name, the line and what is wrong there."""
    with TemporaryDirectory() as place:
        path = Path(place, secure_filename(name) or "seed.yaml")
        path.write_bytes(octets)
        try:
            return read_seed(path, limits)
        except ValueError as problem:
            raise ValueError(str(problem).replace(f"{path.parent}{os.sep}", "")) from None


def _expression(query: Mapping[str, str]) -> str:
    if "expression" not in query:
        raise RefusedError(400, "BadRequest", "the parameter expression is missing: give a select expression")
    return query["expression"]


def _file(text: str, kind: str, name: str) -> Response:
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
