"""A domain's state: a small file, which is also the domain's lock.

Nothing in it is irreplaceable, so it is not synced.  If a process died while writing, the machine was restarted, or
somebody removed the file, everything in it is rebuilt by reading the items.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cache
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from basicdb_mock.storage.files.disk import Disk
from basicdb_mock.storage.tally import Tally

_CLEAN, _DIRTY = b" ", b"!"
_FIGURES = ("items", "item_bytes", "name_bytes", "values", "value_bytes")


@dataclass
class State:
    """Acknowledged writes, the last entity assigned, the statistics, and the machine boots that wrote it."""

    revision: int = 0
    last_entity: int = 0
    tally: Tally = field(default_factory=Tally)
    boots: list[str] = field(default_factory=list)
    trusted: bool = False
    """Whether the statistics match the items."""


@cache
def boot() -> str:
    """An id of this machine's current boot; a machine that went down may have lost what was not synced."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return os.uname().nodename


def read_state(descriptor: int) -> State:
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    try:
        document, _ = JSONDecoder().raw_decode(content[1:].decode())
        tally = Tally()
        for name in _FIGURES:
            setattr(tally, name, int(document[name]))
        tally._holders = {str(name): int(holders) for name, holders in document["holders"].items()}
        state = State(int(document["revision"]), int(document["last_entity"]), tally, list(document["boots"]))
    except (JSONDecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError, AttributeError):
        return State()
    state.trusted = content[:1] == _CLEAN and boot() in state.boots
    return state


def mark_dirty(disk: Disk, descriptor: int) -> None:
    """Mark the state before items change; the mark remains if the change does not complete."""
    disk.overwrite(descriptor, _DIRTY)


def write_state(disk: Disk, descriptor: int, state: State) -> None:
    if boot() not in state.boots:
        state.boots = [*state.boots, boot()][-64:]
    document = {
        "revision": state.revision,
        "last_entity": state.last_entity,
        "boots": state.boots,
        **{name: getattr(state.tally, name) for name in _FIGURES},
        "holders": state.tally._holders,
    }
    disk.overwrite(descriptor, _CLEAN + json.dumps(document, ensure_ascii=False).encode() + b"\n")
