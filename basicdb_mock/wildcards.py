"""Patterns with ``*`` and ``?``, as used in policies and faults."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=1024)
def wildcard(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression that matches a whole text, in linear time whatever the pattern."""
    return re.compile(translate(pattern.replace("[", "[[]")), flags)
