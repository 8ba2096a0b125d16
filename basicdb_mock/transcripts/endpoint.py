"""Any endpoint as a stage: ours, another emulator's, or the real service with the user's credentials."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from basicdb_mock.transcripts.answer import Answer
from basicdb_mock.transcripts.replay import Stage, service_url
from basicdb_mock.transcripts.requesting import Key, request_of
from basicdb_mock.transcripts.transcript import Call
from basicdb_mock.wire.message import Request, Response

AWS = "aws"
"""The value of ``--endpoint`` that means the real service."""
_TRIES = 6
_PATIENCE = 30.0


def own_key(profile: str | None = None) -> Key | None:
    """The user's credentials as botocore finds them (environment, profile, role), or ``None``."""
    from botocore.session import Session

    credentials = Session(profile=profile).get_credentials()
    if credentials is None:
        return None
    frozen = credentials.get_frozen_credentials()
    return Key(frozen.access_key or "", frozen.secret_key, frozen.token)


@contextmanager
def at_endpoint(endpoint: str, region: str, key: Key, sleep: Callable[[float], None] = time.sleep) -> Iterator[Stage]:
    """A stage at an endpoint: a URL, or :data:`AWS`.

    Domains get a unique prefix and are deleted at the end, whatever happens.  Raises :class:`OSError` if the endpoint
    cannot be reached; at the end, with the names of domains that may remain there.
    """
    real = endpoint == AWS
    url = service_url(region) if real else endpoint.rstrip("/") + "/"
    sender = Sender(sleep)
    keys = {"owner": key}
    can: set[str] = set()
    if real:  # only the real service rejects unknown keys
        can.add("credentials")
        keys |= {"owner-v0": key, "owner-v1": key, "unknown": Key("AKIDNOBODYEVERHADTHIS", "a secret")}
        keys["impostor"] = Key(key.access_key, "another secret", key.session_token)
    stage = Stage(
        name=endpoint,
        send=sender.send,
        keys=keys,
        url=lambda _: url,
        prefix=f"bm{secrets.token_hex(4)}x",
        patience=_PATIENCE if real else 0.0,
        consistent=True,
        only_region=region,
        speaks_http=True,
    )
    try:
        if _is_empty(stage):
            can.add("alone")
        yield replace(stage, can=frozenset(can))
    finally:
        made = sorted(name for name in sender.created if name.startswith(stage.prefix))
        left = [name for name in made if not _deleted(stage, name)]
        if left:
            raise OSError(f"{endpoint} may still have these domains: {', '.join(left)}")


def _deleted(stage: Stage, name: str) -> bool:
    try:
        return _ask(stage, Call("DeleteDomain", {"DomainName": name})).response.status == 200
    except OSError:
        return False


def _is_empty(stage: Stage) -> bool:
    """Whether the account has no domain."""
    answer = _ask(stage, Call("ListDomains"))
    return answer.response.status == 200 and not answer.domains() and answer.element_text("NextToken") is None


def _ask(stage: Stage, call: Call) -> Answer:
    key = stage.keys["owner"]
    return Answer(stage.send(request_of(call, call.parameters, stage.url(call.region), key, stage.now())))


class Sender:
    """Sends requests over HTTP, retries when the service is busy, and remembers which domains they created."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        import urllib3

        self.created: set[str] = set()
        self._sleep = sleep
        self._pool = urllib3.PoolManager(retries=False, timeout=60.0)

    def send(self, request: Request) -> Response:
        """Send a request and return the answer.  Raises :class:`OSError` if there is none."""
        for attempt in range(_TRIES):
            response = self._send_once(request)
            if response.status != 503:
                break
            self._sleep(min(0.2 * 2**attempt, 5.0))
        if response.status == 200:
            self._remember(request)
        return response

    def _send_once(self, request: Request) -> Response:
        from urllib3.exceptions import HTTPError

        try:
            answer: Any = self._pool.request(
                request.method, request.url, body=request.body or None, headers=_sent(request.headers), redirect=False
            )
        except HTTPError as problem:
            raise OSError(f"{urlsplit(request.url).netloc} does not answer: {problem}") from None
        return Response(answer.status, dict(answer.headers), answer.data)

    def _remember(self, request: Request) -> None:
        query = request.body.decode("utf-8", "replace") if request.body else urlsplit(request.url).query
        parameters = {name: values[-1] for name, values in parse_qs(query).items()}
        if parameters.get("Action") == "CreateDomain":
            self.created.add(parameters.get("DomainName", ""))


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "host"}
