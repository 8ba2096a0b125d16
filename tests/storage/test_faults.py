"""Disks that fill up and fail: every call that writes fails once in every way, on both storages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("scheme", ["sqlite", "files"])
def test_a_call_that_fails_leaves_the_data_right_and_the_next_one_goes_through(
    scheme: str, faults: Path, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.storage.failing", f"{scheme}:{tmp_path}/faulty/store"],
        env={**os.environ, "LD_PRELOAD": str(faults), "FAULT_PATH": "/faulty/"},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )
    assert run.returncode == 0, run.stderr
    number, word = run.stdout.split()
    assert word == "faults"
    assert int(number) > 100
