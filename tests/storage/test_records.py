"""Records that several processes change at once: none is lost, and what was acknowledged outlives its process."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from basicdb_mock.storage import open_storage
from basicdb_mock.storage.testing.asking import ALICE
from basicdb_mock.storage.testing.records import read

# Counts up one record on condition, and puts one of its own each time; then is killed, having told of each.
_COUNTS = """
import os, signal, sys
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.testing.asking import ALICE

storage = open_storage(sys.argv[1])
for number in range(10):
    while True:
        found = storage.records(ALICE)
        count = found.by_id.get("count", {"n": 0})["n"] + 1
        if storage.change_records(ALICE, found.revision, {"count": {"n": count}, f"{sys.argv[2]}.{number}": {}}):
            break
    print(count, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("url", ["sqlite:{}/store", "files:{}/store"], ids=["sqlite", "files"])
def test_no_change_of_several_processes_is_lost(url: str, tmp_path: Path) -> None:
    url = url.format(tmp_path)
    open_storage(url).close()
    commands = [[sys.executable, "-c", _COUNTS, url, str(process)] for process in range(3)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    told = [process.communicate(timeout=120)[0].split() for process in running]
    assert sorted(int(count) for counts in told for count in counts) == list(range(1, 31))
    with closing(open_storage(url)) as storage:
        found = read(storage, ALICE).by_id
    assert found["count"] == {"n": 30}
    assert len(found) == 31
