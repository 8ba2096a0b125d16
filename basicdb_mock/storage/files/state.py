"""What is known of a domain beside its items: a small file, which is the domain's lock too.

Nothing in it is precious.  It is not synced; when a process died while it wrote, when the machine started anew or when
a person removed it, everything in it is found again by reading the items.
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
    """Writes acknowledged, the last entity given, the domain's figures, and the machine starts that wrote it."""

    revision: int = 0
    last_entity: int = 0
    tally: Tally = field(default_factory=Tally)
    boots: list[str] = field(default_factory=list)
    trusted: bool = False
    """Whether the figures are those of the items."""


@cache
def boot() -> str:
    """Which start of which machine this is: one that went down may have lost what was not synced."""
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
    """Before the items change: whoever finds this mark did not see the change end."""
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
