"""What clients of four makers tell through the recording proxy becomes transcripts that replay without a difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.server.running import RunningServer
from basicdb_mock.transcripts.proxy import RecordingProxy
from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.requesting import Key
from basicdb_mock.transcripts.stages import DOORS
from tests.clients.story import CHAPTERS, ITEMS, ODD_TEXT

pytestmark = pytest.mark.clients
TELLERS = Path(__file__).parent / "tellers"


def command(client: str, request: pytest.FixtureRequest) -> tuple[list[str], dict[str, str], list[str]]:
    """How a client's teller is run: the program, what its environment has more, and its last arguments."""
    if client == "boto3":
        return [sys.executable, str(TELLERS / "boto3_story.py")], {}, []
    if client == "node":
        modules = str(request.getfixturevalue("node_client") / "node_modules")
        silence = {"AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1"}
        return ["node", str(TELLERS / "node_story.js")], {"NODE_PATH": modules, **silence}, []
    programs = request.getfixturevalue("python_clients")
    program = [str(programs / "python"), "-W", "ignore", str(TELLERS / f"{client}_story.py")]
    return program, {}, [str(programs / "aws")] if client == "awscli" else []


@pytest.mark.parametrize("client", ["boto3", "awscli", "boto2", "node"])
def test_a_story_that_is_recorded_replays_without_a_difference(
    client: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program, more, last = command(client, request)
    recorder, key = Recorder(f"A story of {client}"), Key("AKIDRECORDING", "secret")
    with RunningServer(Engine()) as server, RecordingProxy(recorder, server.url, key) as proxy:
        done = subprocess.run(
            [*program, proxy.url, f"story-of-{client}", json.dumps(ITEMS), ODD_TEXT, *last],
            env={**os.environ, **more}, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == list(CHAPTERS)
    recorder.write(tmp_path / "story.yaml")

    transcript = load(tmp_path / "story.yaml")
    assert len({call.action for call in transcript.calls()}) >= 9
    for door in DOORS.values():
        with door(transcript, "memory:") as stage:
            assert replay(transcript, stage).explanation() == ""
