"""A loss of power at every point of what a process wrote: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from basicdb_mock.model import Item
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import open_storage
from basicdb_mock.storage.files import state
from tests.storage.crashing import BATCH, TENANT
from tests.storage.power import PowerlessDisk, calls


def examine(url: str, acknowledged: dict[int, int]) -> None:
    """Open what a loss of power left, and see that it holds what was acknowledged and nothing half."""
    with closing(open_storage(url)) as storage:
        if not list(storage.list_domains(TENANT, "", 1)):
            assert acknowledged == {}
            return
        domain = storage.domain(TENANT, "books")
        found: dict[int, list[Item]] = defaultdict(list)
        for _, name, item in domain.search(plan_search(None)):
            assert item is not None
            found[int(name[1])].append(item)
        for client, size in ((0, 1), (1, BATCH)):
            assert len(found[client]) in ((size,) if client in acknowledged else (0, size))
            values = {str(item["n"]) for item in found[client]}
            assert len(values) <= 1, f"half a batch: {values}"
            for value in values:
                last = acknowledged.get(client, 0)
                assert last <= int(value) <= last + 1
                assert all(item == {"n": value, "x": "y" * (int(value) % 50 + 1)} for item in found[client])
        figures = domain.statistics()
        assert figures.item_count == sum(map(len, found.values()))
        assert figures.attribute_value_count == 2 * figures.item_count


@pytest.mark.parametrize("scheme", ["sqlite", "files"])
def test_a_loss_of_power_at_any_point_loses_nothing_acknowledged(
    scheme: str, faults: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "boot", lambda: "the start after the loss of power")
    top, log = tmp_path / "recorded", tmp_path / "log"
    top.mkdir()
    subprocess.run(
        [sys.executable, "-m", "tests.storage.recording", f"{scheme}:{top}/store"],
        env={**os.environ, "LD_PRELOAD": str(faults), "FAULT_PATH": str(top), "FAULT_LOG": str(log)},
        cwd=Path(__file__).parents[2], check=True,
    )
    disk = PowerlessDisk(str(top))
    acknowledged: dict[int, int] = {}
    chance = random.Random(7)
    cuts = 0
    for call in calls(log.read_bytes()):
        disk.follow(call)
        if call.letter == "M":
            client, value = call.path.split()
            acknowledged[int(client)] = int(value)
        for likely in (0.0, 0.5) if call.letter in "SMRU" else (chance.choice([0.0, 0.2, 0.5, 0.8, 1.0]),):
            left = tmp_path / "left"
            disk.lose_power(left, chance, likely)
            examine(f"{scheme}:{left}/store?durability=off", acknowledged)
            shutil.rmtree(left)
            cuts += 1
    assert acknowledged == {0: 8, 1: 8, 2: 8}
    assert cuts > 200
