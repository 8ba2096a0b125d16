"""Each transcript here is a test: on the engine, through the hook and over HTTP, on every storage.

``pytest recordings/`` runs them all, ``pytest recordings/php-sdb2`` some; ``-k http`` runs one door, ``-k sqlite`` one
storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.stages import DOORS
from basicdb_mock.transcripts.transcript import Transcript

STORAGES = {
    "memory": "memory:",
    "sqlite": "sqlite:{folder}/replay.sqlite",
    "files": "files:{folder}/files?durability=off",
}
"""Storages by name; ``{folder}`` is a new folder for each replay.  What a write survives is tested elsewhere."""


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix != ".yaml":
        return None
    return TranscriptFile.from_parent(parent, path=file_path)


class TranscriptFile(pytest.File):
    """A file with a transcript: an item for each door and storage."""

    def collect(self) -> Iterator[pytest.Item]:
        transcript = load(self.path)
        for storage in STORAGES:
            for door in DOORS:
                yield Replay.from_parent(
                    self, name=f"{door}-{storage}", transcript=transcript, door=door, storage=storage
                )


class MismatchError(Exception):
    """What a transcript's replay differs in."""


class Replay(pytest.Item):
    """A transcript replayed at one door, on one storage."""

    def __init__(self, *, transcript: Transcript, door: str, storage: str, **others: object) -> None:
        super().__init__(**others)  # type: ignore[arg-type]  # pytest's own
        self.transcript, self.door, self.storage = transcript, door, storage

    def runtest(self) -> None:
        factory: pytest.TempPathFactory = self.config._tmp_path_factory  # type: ignore[attr-defined]
        folder = factory.mktemp("replay") if "{" in STORAGES[self.storage] else ""
        with DOORS[self.door](self.transcript, STORAGES[self.storage].format(folder=folder)) as stage:
            outcome = replay(self.transcript, stage)
        if outcome.not_applicable:
            raise MismatchError(f"{self.transcript.name} does not apply here: {outcome.not_applicable}")
        if not outcome.passed:
            raise MismatchError(outcome.explanation())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        if isinstance(excinfo.value, MismatchError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.transcript.name} ({self.door}, {self.storage})"
