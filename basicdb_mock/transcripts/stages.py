"""Our own stages: the engine itself, the in-process hook, and HTTP, each on any storage."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from basicdb_mock.accounts import Accounts, Credential, Permissions
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.limits import limits_from
from basicdb_mock.transcripts.replay import MADE_UP_KEY, Stage
from basicdb_mock.transcripts.requesting import Key
from basicdb_mock.transcripts.transcript import NEEDS, Rehearse, Transcript
from basicdb_mock.wire.message import Request, Response

ACCOUNT = "123456789012"
_SECRET = "made up for replays"
KEYS = {
    "owner": Key(MADE_UP_KEY.access_key, _SECRET),
    "owner-v0": Key(MADE_UP_KEY.access_key, _SECRET),
    "owner-v1": Key(MADE_UP_KEY.access_key, _SECRET),
    "unknown": Key("AKIDNOBODYEVERHADTHIS", _SECRET),
    "impostor": Key(MADE_UP_KEY.access_key, "another secret"),
    "guest": Key("AKIDOFAGUEST", _SECRET),
}


def make_engine(transcript: Transcript, storage: str = "memory:") -> Engine:
    """An engine for one transcript, with its clock, and verifying signatures if the transcript is about credentials."""
    accounts = None
    if "credentials" in transcript.needs:
        owner = Credential(MADE_UP_KEY.access_key, _SECRET, ACCOUNT)
        accounts = Accounts([owner, Credential("AKIDOFAGUEST", _SECRET, ACCOUNT, Permissions(()))])
    return Engine(storage, clock=AdjustableClock(), accounts=accounts)


def engine_stage(engine: Engine, name: str, send: Callable[[Request], Response], transcript: Transcript) -> Stage:
    """A stage that is ``engine`` behind a door, ``send``."""

    def rehearse(step: Rehearse) -> None:
        if step.what == "limits":
            engine.limits = limits_from(dict(step.settings))
        elif step.what == "fault":
            engine.rehearsal.fail(str(step.settings["operation"]), str(step.settings["error"]))
        else:
            raise ValueError(f"unknown rehearsal {step.what!r}")

    keys = KEYS if "credentials" in transcript.needs else {"owner": MADE_UP_KEY}
    return Stage(
        name, send, frozenset(NEEDS), set_clock=engine.clock.freeze, rehearse=rehearse, now=engine.clock.now, keys=keys
    )


@contextmanager
def on_engine(transcript: Transcript, storage: str = "memory:") -> Iterator[Stage]:
    """The engine itself: no door at all."""
    with closing(make_engine(transcript, storage)) as engine:
        yield engine_stage(engine, "the engine", engine.handle, transcript)


@contextmanager
def through_hook(transcript: Transcript, storage: str = "memory:") -> Iterator[Stage]:
    """A botocore client in this process: the event it fires before it sends a request."""
    from basicdb_mock.intercept.mock import mock_simpledb
    from basicdb_mock.intercept.simpledb import SimpleDB

    with closing(make_engine(transcript, storage)) as engine, mock_simpledb(simpledb=SimpleDB.of(engine)):
        yield engine_stage(engine, "the hook", _send_through_hook, transcript)


def _send_through_hook(request: Request) -> Response:
    from botocore.awsrequest import AWSRequest

    asked = AWSRequest(request.method, request.url, dict(request.headers), request.body or None)
    answer = _events().emit_until_response("before-send.simpledb.Replay", request=asked.prepare())[1]
    return Response(answer.status_code, dict(answer.headers), answer.content)


@cache
def _events() -> Any:
    """The events of a botocore client."""
    from botocore.session import Session

    client = Session().create_client("sdb", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    return client.meta.events


@contextmanager
def over_http(transcript: Transcript, storage: str = "memory:") -> Iterator[Stage]:
    """A server of ours on a free port."""
    from basicdb_mock.server.running import RunningServer

    with closing(make_engine(transcript, storage)) as engine, RunningServer(engine) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with closing(connection):
            stage = engine_stage(engine, "HTTP", sender(connection), transcript)
            yield replace(stage, speaks_http=True)


def sender(connection: http.client.HTTPConnection) -> Callable[[Request], Response]:
    """Sends requests over one connection, whatever host they name: that stays in the Host header."""

    def send(request: Request) -> Response:
        parts = urlsplit(request.url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request(request.method, path, request.body or None, {**request.headers, "host": parts.netloc})
        answer = connection.getresponse()
        return Response(answer.status, dict(answer.getheaders()), answer.read())

    return send


DOORS: dict[str, Callable[[Transcript, str], AbstractContextManager[Stage]]] = {
    "engine": on_engine,
    "hook": through_hook,
    "http": over_http,
}
"""The doors a transcript can be replayed at, by name: each a stage for a transcript on the storage of a URL."""
