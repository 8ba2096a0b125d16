"""Makes a transcript of requests and answers, without secrets."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from basicdb_mock.clock import Clock, SystemClock
from basicdb_mock.regions import region_of_aws_host
from basicdb_mock.transcripts.answer import Answer
from basicdb_mock.transcripts.requesting import literal
from basicdb_mock.transcripts.transcript import (
    DEFAULT_REGION,
    DEFAULT_VERSION,
    Call,
    Exchange,
    Expectation,
    Source,
    Transcript,
    Trust,
)
from basicdb_mock.transcripts.writing import dump
from basicdb_mock.wire.message import Request, Response

SECRETS = frozenset({
    "AWSAccessKeyId", "Signature", "SignatureVersion", "SignatureMethod", "Timestamp", "Expires", "SecurityToken",
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature",
    "X-Amz-SignedHeaders",
})  # fmt: skip
"""Parameters that are never kept."""
_TELLING = ("AWSAccessKeyId", "Signature", "SecurityToken", "X-Amz-Security-Token", "X-Amz-Signature")
"""Those whose values are secret wherever else they appear."""
_KEPT_HEADERS = ("Content-Type", "Server")
_TIME_DEPENDENT = ("Timestamp", "NextToken")
_ACCOUNT_IN_ARN = re.compile(r"(arn:aws[\w-]*:\w*:[\w-]*:)\d{12}\b")
_MADE_UP_ACCOUNT = r"\g<1>123456789012"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def parameters_of(request: Request) -> dict[str, str]:
    """The parameters of a request, from its URL and its form; of a repeated one the last counts."""
    parts = (urlsplit(request.url).query, request.body.decode("utf-8", "replace"))
    return {name: value for part in parts for name, value in parse_qsl(part, keep_blank_values=True)}


class Recorder:
    """Exchanges in the order they were answered.

    Answers that say nothing about the request are left out: rejected credentials and failures of the service.
    """

    def __init__(self, title: str, *, place: str = "", clock: Clock | None = None) -> None:
        self._title = title
        self._place = place
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._tokens: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._exchanges)

    def add(self, request: Request, response: Response, region: str | None = None) -> None:
        """Add an exchange; ``region`` defaults to that of the host."""
        given = parameters_of(request)
        if "Action" not in given or response.status in (401, 403) or response.status >= 500:
            return
        scrub = _Scrub(request, given)
        answer = Answer(replace(response, body=scrub.text(response.body.decode("utf-8", "replace")).encode()))
        parameters = {name: scrub.text(value) for name, value in given.items() if name not in SECRETS}
        action = parameters.pop("Action")
        call = Call(
            action=action,
            method=request.method,
            place="body" if "Action=" in request.body.decode("utf-8", "replace") else "url",
            version=parameters.pop("Version", None),
            region=region or region_of_aws_host(urlsplit(request.url).netloc) or DEFAULT_REGION,
        )
        with self._lock:
            self._keep(replace(call, parameters=self._with_references(parameters)), answer)

    def transcript(self) -> Transcript:
        """What was recorded so far.  Raises :class:`ValueError` if that is nothing."""
        with self._lock:
            exchanges = tuple(self._exchanges)
        if not exchanges:
            raise ValueError("nothing was recorded")
        first = exchanges[0].call
        listed = any(exchange.call.action == "ListDomains" for exchange in exchanges)
        return Transcript(
            title=self._title,
            trust=Trust.BYTES,
            sources=(Source(recorded=_day(self._clock.now()), locator=self._place or None),),
            exchanges=exchanges,
            version=first.version or DEFAULT_VERSION,
            region=first.region,
            needs=frozenset({"alone"} if listed else ()),
        )

    def write(self, path: Path) -> None:
        """Write the transcript, unless nothing was recorded."""
        if self._exchanges:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dump(self.transcript()), encoding="utf-8")

    def _with_references(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """A NextToken that an earlier answer gave, as a reference to it: each run has tokens of its own."""
        result = {name: literal(value) for name, value in parameters.items()}
        token = result.get("NextToken")
        if token is not None:
            source = self._tokens.get("".join(token.split()))
            if source is not None:
                result["NextToken"] = f"${{{source}.NextToken}}"
        return result

    def _keep(self, call: Call, answer: Answer) -> None:
        identity = f"{len(self._exchanges) + 1:02}-{_WORD.sub('-', call.action or '').lower()}"
        identity = re.sub(r"[^a-z0-9-]", "", identity)
        token = answer.element_text("NextToken")
        if token is not None:
            self._tokens["".join(token.split())] = identity
        given = {name.lower(): value for name, value in answer.response.headers.items()}
        expect = Expectation(
            status=answer.response.status,
            headers={name: given.get(name.lower()) for name in _KEPT_HEADERS},
            body=answer.text,
            ignore=tuple(name for name in _TIME_DEPENDENT if f"<{name}>" in answer.text),
        )
        self._exchanges.append(Exchange(identity, call, expect))


class _Scrub:
    """Removes from a text the secrets that its request contained, and account numbers."""

    def __init__(self, request: Request, given: Mapping[str, str]) -> None:
        secrets = [value for name, value in given.items() if name in _TELLING]
        secrets += [value for name, value in request.headers.items() if name.lower() == "x-amz-security-token"]
        found = re.search(r"Credential=([^/,\s]+)", request.headers.get("authorization", ""))
        secrets.append(found[1] if found else given.get("X-Amz-Credential", "").partition("/")[0])
        self._secrets = [secret for secret in secrets if len(secret) >= 16]

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "(removed)")
        return _ACCOUNT_IN_ARN.sub(_MADE_UP_ACCOUNT, text)


def _day(at: float) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(at, timezone.utc).date().isoformat()
