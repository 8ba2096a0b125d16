"""How a transcript is replayed: what it needs, what it sends on, how long it waits, how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.transcripts.reading import parse
from basicdb_mock.transcripts.replay import Stage, replay
from basicdb_mock.transcripts.stages import DOORS, on_engine
from basicdb_mock.transcripts.transcript import Transcript
from basicdb_mock.wire.message import Request, Response

from .recordings import all_transcripts


def transcript(*exchanges: dict[str, Any], **top: Any) -> Transcript:
    """A transcript of exchanges; ids and statuses may be left out."""
    made = [{"id": f"e{number}", "expect": {"status": 200}, **exchange} for number, exchange in enumerate(exchanges)]
    return parse({"title": "t", "source": [{"page": "p"}], "trust": "behaviour", "exchanges": made, **top})


GET = {"action": "GetAttributes", "parameters": {"DomainName": "books", "ItemName": "i"}}
BOOKS = [{"create": "books"}, {"put": {"domain": "books", "item": "i", "attributes": {"a": "1"}}}]


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.mark.parametrize("entrance", DOORS)
def test_a_transcript_passes_at_every_door(entrance: str) -> None:
    story = transcript({**GET, "expect": {"status": 200, "result": {"attributes": {"a": "1"}}}}, setup=BOOKS)
    with DOORS[entrance](story, "memory:") as stage:
        outcome = replay(story, stage)

    assert (outcome.passed, outcome.explanation(), len(outcome.verdicts)) == (True, "", 1)


def test_a_failure_tells_the_request_what_was_expected_and_what_came() -> None:
    story = transcript({**GET, "expect": {"status": 200, "result": {"attributes": {"a": "2"}}}}, setup=BOOKS)
    with on_engine(story) as stage:
        outcome = replay(story, stage)

    assert not outcome.passed
    assert outcome.explanation().split("\n") == [
        "t, exchange 'e0', on the engine:",
        "  POST GetAttributes, 2009-04-15, us-east-1",
        "    DomainName = 'books'",
        "    ItemName = 'i'",
        "  attributes:",
        "    expected  \"a = '2'\"",
        "    actual    \"a = '1'\"",
        "                    ^ first difference",
    ]


def test_a_set_up_that_is_refused_ends_the_replay() -> None:
    story = transcript(GET, setup=BOOKS[1:])
    with on_engine(story) as stage:
        outcome = replay(story, stage)

    assert not outcome.passed
    assert "could not be replayed: PutAttributes failed with status 400: <?xml" in outcome.broken


def test_what_a_stage_cannot_do_makes_a_transcript_not_apply(engine: Engine) -> None:
    bare = Stage("bare", engine.handle)

    assert replay(transcript(GET, needs=["clock", "alone"]), bare).not_applicable == "needs alone and clock"
    assert replay(transcript({**GET, "caller": "guest"}), bare).not_applicable == "needs the credentials of guest"
    elsewhere = transcript({**GET, "region": "eu-west-1"})
    assert replay(elsewhere, replace(bare, only_region="us-east-1")).not_applicable == "needs several regions"


def test_the_text_of_an_earlier_answer_is_sent_on() -> None:
    page = {"action": "ListDomains", "parameters": {"MaxNumberOfDomains": "1"}}
    rest = {**page, "parameters": {"NextToken": "${e0.NextToken}"}, "expect": {"result": {"domains": ["films"]}}}
    story = transcript(page, rest, setup=[{"create": "books"}, {"create": "films"}])
    with on_engine(story) as stage:
        assert replay(story, stage).explanation() == ""


def test_a_reference_to_nothing_is_told(engine: Engine) -> None:
    story = transcript({**GET, "parameters": {"NextToken": "${e9.NextToken}"}})

    assert replay(story, Stage("bare", engine.handle)).explanation() == (
        "t, exchange 'e0', on bare:\n  there was no NextToken in the answer to e9 to send"
    )


def test_a_reference_to_nothing_in_a_set_up_is_told(engine: Engine) -> None:
    story = transcript(GET, setup=[{"create": "${e9.DomainName}"}])

    assert replay(story, Stage("bare", engine.handle)).broken == (
        "t on bare could not be replayed: there was no DomainName in the answer to e9 to send in CreateDomain"
    )


def test_a_pinned_clock_shows_in_the_answer_and_ticks() -> None:
    asked = {"action": "DomainMetadata", "parameters": {"DomainName": "books"}}
    at = [{"expect": {"result": {"metadata": {"Timestamp": stamp}}}} for stamp in ("1000", "1060")]
    story = transcript({**asked, **at[0]}, {**asked, **at[1], "before": [{"tick": 60}]}, clock=1000, setup=BOOKS)
    with on_engine(story) as stage:
        assert replay(story, stage).explanation() == ""
        # Where the clock cannot be set, times do not count.
        assert replay(story, replace(stage, set_clock=None)).explanation() == ""


def test_with_a_prefix_only_domains_of_that_prefix_are_touched(engine: Engine) -> None:
    select = {"action": "Select", "parameters": {"SelectExpression": "select * from books"}}
    listed = {"action": "ListDomains", "expect": {"status": 200, "result": {"domains": ["books"]}}}
    story = transcript(select, listed, setup=BOOKS)

    assert replay(story, Stage("bare", engine.handle, prefix="bm_")).explanation() == ""
    asked = [call.given.get("DomainName") or call.given.get("SelectExpression") for call in engine.journal]
    assert asked == ["bm_books", "bm_books", "select * from bm_books", None]


def lagging(engine: Engine, misses: int) -> Callable[[Request], Response]:
    """Reads find nothing for so many times."""
    left = misses

    def send(request: Request) -> Response:
        nonlocal left
        if b"Action=GetAttributes" in request.body and left:
            left -= 1
            return engine.handle(replace(request, body=request.body.replace(b"ItemName=i", b"ItemName=none")))
        return engine.handle(request)

    return send


def test_a_patient_stage_asks_again_until_what_was_written_shows(engine: Engine) -> None:
    story = transcript({**GET, "expect": {"result": {"attributes": {"a": "1"}}}}, setup=BOOKS)
    waits: list[float] = []

    patient = replay(story, Stage("bare", lagging(engine, 3), patience=60.0), waits.append)
    hasty = replay(story, Stage("bare", lagging(engine, 1)), waits.append)

    assert (patient.passed, hasty.passed, waits) == (True, False, [1.0, 1.0, 1.0])


def test_consistent_reads_are_asked_for_where_there_are_any(engine: Engine) -> None:
    story = transcript(GET, {**GET, "version": "2007-11-07"}, setup=BOOKS)

    replay(story, Stage("bare", engine.handle, consistent=True))

    reads = [call for call in engine.journal if call.operation == "GetAttributes"]
    assert [call.given.get("ConsistentRead") for call in reads] == ["true", None]


def test_an_endpoint_that_is_gone_is_told() -> None:
    def gone(request: Request) -> Response:
        raise OSError("nobody there")

    assert replay(transcript(GET), Stage("bare", gone)).broken == "t on bare could not be replayed: nobody there"


def test_callers_sign_as_told() -> None:
    story = transcript(
        {"action": "ListDomains"}, {"action": "ListDomains", "caller": "owner-v1"},
        {"action": "ListDomains", "caller": "nobody", "expect": {"status": 401}}, needs=["credentials"],
    )  # fmt: skip
    bodies: list[dict[str, list[str]]] = []
    with on_engine(story) as stage:

        def seen(request: Request) -> Response:
            bodies.append(parse_qs(request.body.decode()))
            return stage.send(request)

        assert replay(story, replace(stage, send=seen)).explanation() == ""

    assert [body.get("SignatureVersion") for body in bodies] == [["2"], ["1"], None]


def test_there_are_over_a_hundred_transcripts() -> None:
    assert len(all_transcripts()) >= 109
    assert sum(len(each.exchanges) for each in all_transcripts()) >= 407
