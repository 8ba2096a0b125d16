"""What the storages on disk cost beside the bare engine under them, measured in turns within one run.

    python -m benchmarks.storage [--quick] [--items 1000000] [--json FILE] [--directory DIRECTORY]

Ratios are of rates: 1.0 is as fast as bare.  Both sides write to the same directory, with the same statements and as
many commits and syncs; rounds alternate, the figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import RELAXED
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Domain
from benchmarks.storage_bare import NAMES, BareSqlite, Pairs, write_file
from benchmarks.storage_figures import TENANT, Figure, measured, opened, ratio
from benchmarks.storage_large import measure_large

WRITERS = 8


class Rows:
    """New items, each with a name of its own and ten attributes."""

    def __init__(self, seed: int) -> None:
        self._numbers = count()
        self._chance = random.Random(seed)

    def __call__(self) -> tuple[str, Pairs]:
        pairs = tuple((name, f"value {self._chance.randrange(10**9):09}") for name in NAMES)
        return f"item{next(self._numbers)}", pairs

    def several(self, number: int) -> list[tuple[str, Pairs]]:
        return [self() for _ in range(number)]


def together(call: Callable[[], None]) -> None:
    """The call in eight threads at once."""
    threads = [threading.Thread(target=call) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class SqliteRace:
    """Our storage and a bare loop, each with its database in one directory."""

    def __init__(self, directory: str, puts: int, batches: int) -> None:
        self.rows = Rows(1)
        self.path = f"{directory}/ours"
        self.storage, self.domain = opened(f"sqlite:{self.path}")
        self.bare = BareSqlite(f"{directory}/bare")
        self.puts, self.batches = puts, batches

    def ours(self, rows: list[tuple[str, Pairs]]) -> None:
        for row in rows:
            self.domain.apply(Write([Put(*row)], RELAXED))

    def put_ours(self) -> float:
        return measured(partial(self.ours, self.rows.several(self.puts)))[0]

    def put_bare(self) -> float:
        def run() -> None:
            for row in rows:
                self.bare.put(self.bare.connection, *row)

        rows = self.rows.several(self.puts)
        return measured(run)[0]

    def put_ours_together(self) -> float:
        return measured(lambda: together(lambda: self.ours(self.rows.several(self.puts // WRITERS))))[0]

    def put_bare_together(self) -> float:
        def run() -> None:
            with closing(self.bare.connect()) as connection:
                for row in self.rows.several(self.puts // WRITERS):
                    self.bare.put(connection, *row)

        return measured(lambda: together(run))[0]

    def load_ours(self) -> float:
        def run() -> None:
            for batch in given:
                self.domain.apply(Write([Put(*row) for row in batch], RELAXED))

        given = [self.rows.several(25) for _ in range(self.batches)]
        return measured(run)[0]

    def load_bare(self) -> float:
        def run() -> None:
            for batch in given:
                self.bare.load(batch)

        given = [self.rows.several(25) for _ in range(self.batches)]
        return measured(run)[0]

    def gets(self, rounds: int) -> list[Figure]:
        names = [step.name for step in self.domain.search(plan_search(None))][:2000]
        random.Random(4).shuffle(names)

        def held() -> float:
            return measured(lambda: [self.domain.get(name) for name in names])[0]

        def looked_up() -> float:
            return measured(lambda: [self.storage.domain(TENANT, "books").get(name) for name in names])[0]

        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            select = "select body from item where domain = ? and name = ?"

            def bare() -> float:
                execute = connection.execute
                return measured(lambda: [json.loads(execute(select, (1, name)).fetchone()[0]) for name in names])[0]

            return [
                Figure("sqlite: gets, of bare select and json.loads", ratio(held, bare, rounds), "x", ">= 0.5"),
                Figure("  looking up the domain each time", ratio(looked_up, bare, rounds), "x", ">= 0.5"),
                Figure("  gets", len(names) / looked_up(), "/s"),
            ]


def measure_sqlite(directory: str, quick: bool) -> list[Figure]:
    rounds = 5 if quick else 25
    race = SqliteRace(directory, puts=48 if quick else 160, batches=10 if quick else 30)
    try:
        return [
            Figure("sqlite: single puts, 1 writer", ratio(race.put_ours, race.put_bare, rounds), "x", ">= 0.7"),
            Figure("  puts", race.puts / race.put_ours(), "/s"),
            Figure(
                "sqlite: single puts, 8 writers",
                ratio(race.put_ours_together, race.put_bare_together, max(3, rounds // 3)), "x", ">= 0.7",
            ),
            Figure("  puts", race.puts / race.put_ours_together(), "/s"),
            Figure("sqlite: BatchPut, of executemany", ratio(race.load_ours, race.load_bare, rounds), "x", ">= 0.6"),
            Figure("  items", 25 * race.batches / race.load_ours(), "/s"),
            *race.gets(rounds),
        ]
    finally:
        race.storage.close()
        race.bare.connection.close()


def measure_files(directory: str, quick: bool) -> list[Figure]:
    figures = []
    rounds, puts = (5, 30) if quick else (25, 60)
    rows = Rows(2)
    for durability in ("full", "normal"):
        storage, domain = opened(f"files:{directory}/files-{durability}?durability={durability}")
        bare = f"{directory}/bare-{durability}"
        Path(bare).mkdir()
        sync = durability == "full"

        def put_ours(domain: Domain = domain) -> float:
            def run() -> None:
                for row in given:
                    domain.apply(Write([Put(*row)], RELAXED))

            given = rows.several(puts)
            return measured(run)[0]

        def put_bare(bare: str = bare, sync: bool = sync) -> float:
            def run() -> None:
                for row in given:
                    write_file(bare, *row, sync_directory=sync)

            given = rows.several(puts)
            return measured(run)[0]

        what = "write+fsync+rename" + ("+fsync of directory" if sync else "")
        found = ratio(put_ours, put_bare, rounds)
        figures.append(Figure(f"files: puts, durability={durability}, of bare {what}", found, "x", ">= 0.7"))
        figures.append(Figure("  puts", puts / put_ours(), "/s"))
        storage.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the storages on disk.")
    parser.add_argument("--quick", action="store_true", help="few rounds, 20,000 items")
    parser.add_argument("--items", type=int, help="items of the large domain (default 1,000,000; quick: 20,000)")
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--directory", help="where to write (default: a temporary directory)")
    given = parser.parse_args()
    directory = tempfile.mkdtemp(dir=given.directory)
    parts: list[Callable[[], list[Figure]]] = [
        partial(measure_sqlite, directory, given.quick),
        partial(measure_files, directory, given.quick),
        partial(measure_large, directory, given.items or (20_000 if given.quick else 1_000_000)),
    ]
    figures: list[Figure] = []
    try:
        for part in parts:
            found = part()
            figures += found
            sys.stdout.write("".join(f"{figure}\n" for figure in found))
            sys.stdout.flush()
        if given.json:
            Path(given.json).write_text(json.dumps([vars(figure) for figure in figures], indent=2) + "\n")
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
