"""The transcripts of the repository, and how to replay them on engines that are not as they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from basicdb_mock.transcripts.reading import load_all
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.stages import on_engine
from basicdb_mock.transcripts.transcript import Call, Fill, Step, Transcript
from basicdb_mock.transcripts.verify import our_recordings
from basicdb_mock.wire.message import Request, Response

Send = Callable[[Request], Response]


@cache
def all_transcripts() -> tuple[Transcript, ...]:
    return tuple(load_all([our_recordings()]))


def about(operation: str) -> list[Transcript]:
    """The transcripts that an operation occurs in, the short ones first."""
    found = [transcript for transcript in all_transcripts() if operation in _operations(transcript)]
    return sorted(found, key=lambda transcript: (_is_long(transcript), transcript.name))


def _is_long(transcript: Transcript) -> bool:
    return any(isinstance(step, Fill) for step in transcript.setup)


def _operations(transcript: Transcript) -> set[str | None]:
    steps: list[Step] = [*transcript.setup, *(step for exchange in transcript.exchanges for step in exchange.before)]
    return {call.action for call in [*transcript.calls(), *(step for step in steps if isinstance(step, Call))]}


def catchers(transcripts: Iterable[Transcript], broken: Callable[[Send], Send] = lambda send: send) -> Iterable[str]:
    """The names of the transcripts that do not pass when what ``send`` answers is ``broken``, one by one."""
    for transcript in transcripts:
        with on_engine(transcript) as stage:
            if not replay(transcript, replace(stage, send=broken(stage.send))).passed:
                yield transcript.name
