"""A process that dies while it writes, and many that write at once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.checking import check
from tests.storage.crashing import TENANT, crash

INCREMENT = """
import sys
from basicdb_mock.changes import Expectation, Put, Write
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.checking import check

storage = open_storage(sys.argv[1])
domain = storage.domain(Tenant("account", "region"), "books")
sys.stdin.readline()
done = 0
while done < 50:
    n = domain.get("counter")["n"]
    change = Put("counter", (("n", str(int(n) + 1)),), frozenset("n"))
    try:
        domain.apply(Write([change], AWS, Expectation("n", n)))
    except SimpleDBError as refusal:
        assert refusal.code == "ConditionalCheckFailed", refusal
    else:
        done += 1
storage.close()
"""


@pytest.mark.parametrize("scheme", ["sqlite", "files"])
def test_what_was_acknowledged_survives_a_hundred_kills(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}:{tmp_path}/store"
    assert crash(url, kills=100, seed=5, seconds=600) == 100
    report = check(url)
    assert report.sound, report
    assert report.items == 24


@pytest.mark.parametrize("scheme", ["sqlite", "files"])
def test_processes_that_increment_one_counter_on_condition_lose_no_update(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}:{tmp_path}/store?durability=normal"
    with closing(open_storage(url)) as storage:
        storage.create_domain(TENANT, "books", now=0.0, at_most=1)
        counter = storage.domain(TENANT, "books")
        counter.apply(Write([Put("counter", (("n", "0"),))], AWS, Expectation("n", None)))
        processes = [
            subprocess.Popen([sys.executable, "-c", INCREMENT, url], stdin=subprocess.PIPE) for _ in range(4)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        assert counter.get("counter") == {"n": "200"}
        assert counter.revision() == 201
