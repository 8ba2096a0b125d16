"""Named states of a SimpleDB, kept in the server's memory, bounded in number."""

from __future__ import annotations

import re
import threading

from basicdb_mock.model import Tenant
from basicdb_mock.seeding import Contents

MOST = 32
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Snapshots:
    """What ``Engine.snapshot()`` gave, by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, object] = {}
        self._contents: dict[str, dict[Tenant, Contents] | None] = {}

    def keep(self, name: str, state: object, contents: dict[Tenant, Contents] | None = None) -> None:
        """Keep a state, with its contents if it is to be compared, in place of one of the same name.

        Raises :class:`ValueError` for a bad name or one too many.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"a snapshot's name is 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-', not {name[:80]!r}")
        with self._lock:
            if name not in self._states and len(self._states) >= MOST:
                raise ValueError(f"there are {MOST} snapshots already")
            self._states[name] = state
            self._contents[name] = contents

    def contents(self, name: str) -> dict[Tenant, Contents] | None:
        """What it held, ``None`` if that was not kept.  Raises :class:`KeyError` when there is none of that name."""
        return self._contents[name]

    def state(self, name: str) -> object:
        """Raises :class:`KeyError` when there is none of that name."""
        return self._states[name]

    def forget(self, name: str) -> None:
        """Raises :class:`KeyError` when there is none of that name."""
        with self._lock:
            del self._states[name]
            del self._contents[name]

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._states)
