"""The stages that are ours: the bare engine, the in-process hook, and HTTP, each on any storage."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
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
    """An engine for one transcript: its clock, and closed to strangers when the transcript is about credentials."""
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
            raise ValueError(f"nothing is known of rehearsing {step.what!r}")

    keys = KEYS if "credentials" in transcript.needs else {"owner": MADE_UP_KEY}
    return Stage(
        name, send, frozenset(NEEDS), set_clock=engine.clock.freeze, rehearse=rehearse, now=engine.clock.now, keys=keys
    )


@contextmanager
def on_engine(transcript: Transcript, storage: str = "memory:") -> Iterator[Stage]:
    """The engine itself: no door at all."""
    with closing(make_engine(transcript, storage)) as engine:
        yield engine_stage(engine, "the engine", engine.handle, transcript)


def send_over_http(address: tuple[str, int]) -> Callable[[Request], Response]:
    """Send requests to a server at ``address``, whatever host they name: that stays in the Host header."""

    def send(request: Request) -> Response:
        parts = urlsplit(request.url)
        with closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(request.method, path, request.body or None, {**request.headers, "host": parts.netloc})
            answer = connection.getresponse()
            return Response(answer.status, dict(answer.getheaders()), answer.read())

    return send
