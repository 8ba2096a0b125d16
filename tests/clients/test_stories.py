"""Clients of six makers tell the same story of a server on each storage, and each saw what SimpleDB shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.story import CHAPTERS, ITEMS, ODD_TEXT

pytestmark = pytest.mark.clients
TELLERS = Path(__file__).parent / "tellers"


@pytest.fixture(scope="module", params=["boto3", "awscli", "boto2", "node", "ruby", "go"])
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def told(client: str, server_on: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the client's teller saw."""
    environment = dict(os.environ)
    after: list[str] = []
    if client == "boto3":
        program = [sys.executable, TELLERS / "boto3_story.py"]
    elif client == "node":
        environment["NODE_PATH"] = str(request.getfixturevalue("node_client") / "node_modules")
        environment["AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE"] = "1"
        program = ["node", TELLERS / "node_story.js"]
    elif client == "ruby":
        program = [*request.getfixturevalue("ruby_client"), TELLERS / "ruby_story.rb"]
    elif client == "go":
        program = [request.getfixturevalue("go_build")(TELLERS / "go_story.go")]
    else:
        programs = request.getfixturevalue("python_clients")
        # boto 2 is of 2018: its own code warns on today's Pythons.
        program = [programs / "python", "-W", "ignore", TELLERS / f"{client}_story.py"]
        after = [str(programs / "aws")] if client == "awscli" else []
    done = subprocess.run(
        [*map(str, program), server_on, f"story-of-{client}", json.dumps(ITEMS), ODD_TEXT, *after],
        env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_client_sees(told: dict[str, Any], client: str, chapter: str) -> None:
    expected = CHAPTERS[chapter]
    if client == "awscli" and isinstance(expected, dict) and "status" in expected:
        expected = {**expected, "status": None}  # the AWS CLI does not tell it
    assert told[chapter] == expected


def test_the_story_has_no_other_chapters(told: dict[str, Any]) -> None:
    assert list(told) == list(CHAPTERS)
