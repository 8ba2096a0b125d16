"""Reads of one moment: a page that asks several things of a domain has a storage look at it once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

R = TypeVar("R")

_seen: ContextVar[dict[object, object] | None] = ContextVar("seen in this moment", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read within, by this thread, may all be answered from a first look.  Nothing is to be written within."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def looked_at(what: object, look: Callable[[], R]) -> R:
    """What ``look()`` gives, or gave before in the same moment, of ``what``."""
    seen = _seen.get()
    if seen is None:
        return look()
    if what not in seen:
        seen[what] = look()
    return cast("R", seen[what])
