"""Waiting for what another thread or process does, and not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

LONGEST = 60.0
"""Seconds: more than a busy machine takes for anything waited for here."""


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail when it does not come to hold."""
    end = monotonic() + LONGEST
    while not condition():
        assert monotonic() < end, f"it does not come in {LONGEST:g} seconds"
        threading.Event().wait(0.01)
