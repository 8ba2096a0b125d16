"""Replaying a transcript: its set-up, then each exchange against what was recorded.

Where it is replayed is a :class:`Stage`: a callable ``send(Request) -> Response`` and what can be done there.  The same
transcript runs on the bare engine, through the in-process hook, over HTTP, and on the real service.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from basicdb_mock.transcripts.answer import Answer
from basicdb_mock.transcripts.comparison import Difference, differences, show
from basicdb_mock.transcripts.requesting import Key, fill_calls, prefixed, request_of, resolved
from basicdb_mock.transcripts.transcript import Call, Exchange, Fill, Rehearse, Step, Tick, Transcript
from basicdb_mock.wire.message import Request, Response

MADE_UP_KEY = Key("AKIDEXAMPLEOFREPLAYS")
_READS = {"GetAttributes", "Select", "Query", "QueryWithAttributes", "ListDomains", "DomainMetadata"}
_CONSISTENT = {"GetAttributes", "Select"}


def service_url(region: str) -> str:
    """The real service's address in a region; us-east-1 is the one without its name in it."""
    return f"https://sdb.{'' if region == 'us-east-1' else region + '.'}amazonaws.com/"


@dataclass(frozen=True)
class Stage:
    """Where a transcript is replayed.

    ``can`` are those of :data:`~basicdb_mock.transcripts.transcript.NEEDS` that it meets; ``set_clock`` sets its clock,
    and ``rehearse`` prepares a step of that kind.  ``keys`` are by caller; other callers have no credentials.  With a
    ``prefix`` every domain is renamed.  A read with an unexpected answer is repeated for ``patience`` seconds, since
    writes may take time to become visible; ``consistent`` makes reads consistent where possible.  ``only_region`` is
    the only region that can be reached.  If it does not speak HTTP, headers of HTTP itself are not compared.
    """

    name: str
    send: Callable[[Request], Response]
    can: frozenset[str] = frozenset()
    set_clock: Callable[[float], object] | None = None
    rehearse: Callable[[Rehearse], None] | None = None
    now: Callable[[], float] = time.time
    url: Callable[[str], str] = service_url
    keys: Mapping[str, Key] = field(default_factory=lambda: {"owner": MADE_UP_KEY})
    prefix: str = ""
    patience: float = 0.0
    consistent: bool = False
    only_region: str | None = None
    speaks_http: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one exchange went: ``explanation`` is empty when it answered as recorded."""

    exchange: Exchange
    explanation: str = ""

    @property
    def passed(self) -> bool:
        return not self.explanation


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a transcript on a stage: a verdict per exchange, or why it does not apply or its set-up failed."""

    transcript: Transcript
    stage: str
    verdicts: tuple[Verdict, ...] = ()
    not_applicable: str = ""
    broken: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.broken and all(verdict.passed for verdict in self.verdicts)

    def explanation(self) -> str:
        """A text with everything that went wrong."""
        texts = [self.broken, *(verdict.explanation for verdict in self.verdicts)]
        return "\n\n".join(text for text in texts if text)


class SetupError(Exception):
    """A step of a set-up was rejected, so that the rest of the transcript proves nothing."""


def replay(transcript: Transcript, stage: Stage, sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """Run a transcript on a stage.  Failures are not raised but in the outcome."""
    reason = _why_not(transcript, stage)
    if reason:
        return Outcome(transcript, stage.name, not_applicable=reason)
    started = time.perf_counter()
    run = _Run(transcript, stage, sleep)
    verdicts: list[Verdict] = []
    broken = ""
    try:
        run.set_up(transcript.setup)
        for exchange in transcript.exchanges:
            run.set_up(exchange.before)
            verdicts.append(run.exchange(exchange))
    except (SetupError, OSError) as problem:
        broken = f"{transcript.name} on {stage.name} could not be replayed: {problem}"
    return Outcome(transcript, stage.name, tuple(verdicts), broken=broken, seconds=time.perf_counter() - started)


def _why_not(transcript: Transcript, stage: Stage) -> str:
    lacking = sorted(transcript.needs - stage.can)
    if lacking:
        return f"needs {' and '.join(lacking)}"
    callers = {call.caller for call in _all_calls(transcript)}
    if missing := sorted(callers - stage.keys.keys() - {"nobody"}):
        return f"needs the credentials of {', '.join(missing)}"
    regions = {call.region for call in _all_calls(transcript)}
    if stage.only_region is not None and regions != {transcript.region}:
        return "needs several regions"
    return ""


def _all_calls(transcript: Transcript) -> list[Call]:
    steps = [*transcript.setup, *(step for exchange in transcript.exchanges for step in exchange.before)]
    return [*(step for step in steps if isinstance(step, Call)), *transcript.calls()]


class _Run:
    """The state of a replay: the answers so far, and the pinned time."""

    def __init__(self, transcript: Transcript, stage: Stage, sleep: Callable[[float], None]) -> None:
        self._transcript = transcript
        self._stage = stage
        self._sleep = sleep
        self._answers: dict[str, Answer] = {}
        self._time = transcript.clock
        # Without a clock that can be set, what depends on the time is not compared.
        pinned = transcript.clock is not None and stage.set_clock is not None
        self._ignore = () if pinned or transcript.clock is None else ("Timestamp", "NextToken")
        self._unheard = {*(() if pinned else ("Date",)), *(() if stage.speaks_http else ("Transfer-Encoding",))}
        self._tick(0.0)

    def set_up(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Tick):
                self._tick(step.seconds)
            elif isinstance(step, Rehearse):
                if self._stage.rehearse is not None:
                    self._stage.rehearse(step)
            elif isinstance(step, Fill):
                for call in fill_calls(step, self._transcript.version, self._transcript.region):
                    self._do(call)
            else:
                self._do(step)

    def exchange(self, exchange: Exchange) -> Verdict:
        """Send a request and compare the answer; repeat reads while they may still be stale."""
        deadline = time.monotonic() + (self._stage.patience if exchange.call.action in _READS else 0.0)
        try:
            parameters = self._parameters(exchange.call)
        except KeyError as missing:
            return Verdict(exchange, f"{self._heading(exchange)}\n  there was no {missing.args[0]} to send")
        while True:
            answer = self._ask(exchange.call, parameters)
            found = differences(
                exchange.expect, self._transcript.trust, answer.response, self._ignore, self._unheard
            )
            if not found or time.monotonic() >= deadline:
                break
            self._sleep(1.0)
        self._answers[exchange.id] = answer
        return Verdict(exchange, self._explain(exchange, parameters, found) if found else "")

    def _do(self, call: Call) -> None:
        deadline = time.monotonic() + self._stage.patience
        try:
            parameters = self._parameters(call)
        except KeyError as missing:
            raise SetupError(f"there was no {missing.args[0]} to send in {call.action}") from None
        while True:
            response = self._ask(call, parameters).response
            if response.status < 400:
                break
            if b"NoSuchDomain" not in response.body or time.monotonic() >= deadline:
                body = response.body.decode("utf-8", "replace")
                raise SetupError(f"{call.action} failed with status {response.status}: {body}")
            self._sleep(1.0)  # a new domain takes time to become visible
        if call.action == "CreateDomain" and self._stage.patience:
            self._do(replace(call, action="DomainMetadata"))

    def _ask(self, call: Call, parameters: Mapping[str, str]) -> Answer:
        stage = self._stage
        now = stage.now() if self._time is None or stage.set_clock is None else self._time
        request = request_of(call, parameters, stage.url(call.region), stage.keys.get(call.caller), now)
        response = stage.send(request)
        if stage.prefix:
            body = response.body.replace(stage.prefix.encode(), b"")
            response = Response(response.status, response.headers, body)
        return Answer(response)

    def _parameters(self, call: Call) -> dict[str, str]:
        parameters = resolved(call.parameters, self._text_of)
        if self._stage.consistent and call.action in _CONSISTENT and call.version == "2009-04-15":
            parameters.setdefault("ConsistentRead", "true")
        return prefixed(parameters, self._stage.prefix) if self._stage.prefix else parameters

    def _text_of(self, exchange: str, element: str) -> str:
        answer = self._answers.get(exchange)
        text = answer.element_text(element) if answer else None
        if text is None:
            raise KeyError(f"{element} in the answer to {exchange}")
        return text

    def _tick(self, seconds: float) -> None:
        if self._time is not None:
            self._time += seconds
            if self._stage.set_clock is not None:
                self._stage.set_clock(self._time)

    def _heading(self, exchange: Exchange) -> str:
        return f"{self._transcript.name}, exchange {exchange.id!r}, on {self._stage.name}:"

    def _explain(self, exchange: Exchange, parameters: Mapping[str, str], found: Sequence[Difference]) -> str:
        call = exchange.call
        asked = [f"  {call.method} {call.action or '(no action)'}, {call.version}, {call.region}"]
        asked += [f"    {name} = {_shortened(value)}" for name, value in list(parameters.items())[:40]]
        if len(parameters) > 40:
            asked.append(f"    … and {len(parameters) - 40} parameters more")
        return "\n".join([self._heading(exchange), *asked, *(_indented(show(difference)) for difference in found)])


def _shortened(value: str) -> str:
    return repr(value) if len(value) <= 300 else f"{value[:280]!r}… ({len(value)} characters)"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
