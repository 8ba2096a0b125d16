"""Hostile requests: every one gets SimpleDB's answer, soon, and nothing grows.

What ``python -m tests.hostile`` does a million times is done here often enough to notice a break.
"""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from basicdb_mock.wire.message import Request
from tests.hostile.attacks import Attacker
from tests.hostile.judging import Judge, resident_kilobytes

ROOT = Path(__file__).parents[2]
CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.yaml"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_request_gets_an_answer_of_simpledb(seed: int) -> None:
    attacker, judge = Attacker(seed), Judge()

    for _ in range(3_000):
        judge.judge(attacker.request())

    assert judge.answers["OK"] > 300
    assert len(judge.answers) > 20  # the attacks reach far


def test_memory_is_flat() -> None:
    attacker, judge = Attacker(4), Judge()
    requests = [attacker.request() for _ in range(500)]
    for _ in range(4):  # the journal fills up, and what is cached is cached
        for request in requests:
            judge.judge(request)
    settled = resident_kilobytes()

    for _ in range(6):
        for request in requests:
            judge.judge(request)

    assert resident_kilobytes() - settled < 16 * 1024


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_broke_does_so_no_more(path: Path) -> None:
    kept = yaml.safe_load(path.read_text(encoding="utf-8"))
    judge = Judge()

    for _ in judge.engines:
        judge.judge(Request(kept["method"], kept["url"], kept["headers"], b64decode(kept["body"])))


def test_half_a_surrogate_pair_never_gets_in() -> None:
    """Found by the first run: no door makes such a URL, but whoever calls the engine can."""
    judge = Judge()
    for url in ("/\ud800", "/?Action=\udfff", "http://\ud800/"):
        for _ in judge.engines:
            judge.judge(Request("GET", url, {"host": "\ud800"}))

    assert judge.answers == {"InvalidHttpRequest": 3 * len(judge.engines)}


@pytest.mark.parametrize("how", [[], ["--blindly"]], ids=["guided where that installs", "blindly"])
def test_inputs_made_from_inputs_break_nothing(how: list[str]) -> None:
    command = [sys.executable, "-m", "tests.hostile.guided", "--seconds", "3", *how]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)

    assert ended.returncode == 0, ended.stdout + ended.stderr
