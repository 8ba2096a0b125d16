"""Kill a writing process at random moments, and see that its store holds what was acknowledged.

Run by hand for long:  python -m tests.storage.crashing --kills 2000 sqlite files
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.select.expression import Comparison
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Domain, open_storage

TENANT = Tenant("account", "region")
CLIENTS = 8
BATCH = 5


def write_until_killed(url: str, start: int) -> None:
    """Eight clients; each counts upwards from ``start`` and writes each number, after it is stored, to standard output.

    An even client puts one item, an odd one a batch; a batch carries the number in each of its items.
    """
    storage = open_storage(url)
    storage.create_domain(TENANT, "books", now=0.0, at_most=10)
    domain = storage.domain(TENANT, "books")
    os.write(1, b"ready\n")

    def client(number: int) -> None:
        value = start
        while True:
            value += 1
            items = [f"c{number}"] if number % 2 == 0 else [f"c{number}-{part}" for part in range(BATCH)]
            pairs = (("n", f"{value:09}"), ("x", "y" * (value % 50 + 1)))
            domain.apply(Write([Put(item, pairs, frozenset("nx")) for item in items], AWS))
            os.write(1, f"{number} {value}\n".encode())

    for number in random.sample(range(CLIENTS), CLIENTS):
        threading.Thread(target=client, args=(number,), daemon=True).start()
    threading.Event().wait()


def kill_once(url: str, start: int, after: float) -> dict[int, int]:
    """Run the writers, kill them ``after`` seconds of writing; gives the last number acknowledged to each client."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.crashing", "--write", url, str(start)],
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        killer = threading.Timer(after, process.send_signal, [signal.SIGKILL])
        killer.start()
        acknowledged: dict[int, int] = {}
        for line in process.stdout:
            if line.endswith(b"\n"):
                number, value = line.split()
                acknowledged[int(number)] = int(value)
        assert process.wait() == -signal.SIGKILL
    return acknowledged


def examine(domain: Domain, acknowledged: dict[int, int], before: int) -> int:
    """See that every acknowledged write is there and every batch whole; gives the greatest number found."""
    found: dict[int, list[str]] = defaultdict(list)
    places = set()
    for place, name, item in domain.search(plan_search(None)):
        assert item is not None
        client, _, _ = name[1:].partition("-")
        value = item["n"]
        assert isinstance(value, str), f"{name} has two numbers: {value}"
        assert item == {"n": value, "x": "y" * (int(value) % 50 + 1)}, f"{name} is half a write: {item}"
        found[int(client)].append(value)
        places.add(place)
        assert [step.name for step in domain.search(plan_search(Comparison("n", "=", (value,)))) if step.name == name]
    assert len(places) == sum(map(len, found.values())), "two items have one number"
    for number, last in acknowledged.items():
        assert found[number], f"all of client {number} is lost"
        assert int(found[number][0]) >= last, f"client {number}: {last} was acknowledged, {found[number][0]} is there"
    for writer, values in found.items():
        assert len(values) == (1 if writer % 2 == 0 else BATCH), f"client {writer} has half a batch"
        assert len(set(values)) == 1, f"client {writer} has half a batch: {values}"
        assert int(values[0]) <= max(acknowledged.get(writer, 0), before) + 1, "a write from nowhere"
    figures = domain.statistics()
    assert figures.item_count == sum(map(len, found.values()))
    return max((int(values[0]) for values in found.values()), default=before)


def crash(url: str, kills: int, seed: int, seconds: float) -> int:
    """Kill writers of one store again and again, for so many kills or seconds; gives how often."""
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    start = 0
    acknowledged: dict[int, int] = {}
    done = 0
    while done < kills and time.monotonic() < end:
        done += 1
        acknowledged |= kill_once(url, start, chance.expovariate(1 / 0.1))
        with closing(open_storage(url)) as storage:
            if list(storage.list_domains(TENANT, "", 1)):
                start = max(examine(storage.domain(TENANT, "books"), acknowledged, start), start)
    assert len(acknowledged) == CLIENTS, f"only clients {acknowledged} ever got through"
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--write", nargs=2, metavar=("URL", "START"))
    parser.add_argument("schemes", nargs="*")
    given = parser.parse_args()
    if given.write:
        write_until_killed(given.write[0], int(given.write[1]))
    for scheme in given.schemes:
        with tempfile.TemporaryDirectory() as directory:
            seed = random.randrange(10**9)
            done = crash(f"{scheme}:{directory}/store", given.kills, seed, float("inf"))
            sys.stdout.write(f"{scheme}: {done} kills (seed {seed}), nothing acknowledged was lost\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
