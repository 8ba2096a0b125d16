"""The SimpleDBs that are active in this process: a small stack, the one piece of global state.

The one activated last answers, in every thread, as a patched function would.  The code that intercepts a request asks
:meth:`Registry.answering`, and lets the request go to the network if that returns ``None``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import urlsplit

from basicdb_mock.intercept import seams
from basicdb_mock.intercept.surroundings import Surroundings

if TYPE_CHECKING:
    from basicdb_mock.wire.message import Request, Response


class Answers(Protocol):
    """What can be active: anything that answers requests."""

    def handle(self, request: Request) -> Response:
        """Answer a request.  Never raises."""


Refusal: TypeAlias = Callable[[str, object], None]
"""Called with the URL and body of a request to AWS that no mock answers; raises to keep it from being sent."""


class _Nowhere:
    """Answers for a host that does not exist."""

    def handle(self, request: Request) -> Response:
        from basicdb_mock.rehearsal.outcome import Unreachable

        return Unreachable(0, {}, b"")


_NOWHERE = _Nowhere()


@lru_cache(maxsize=64)
def is_simpledb(url: str) -> bool:
    """Whether a URL is that of Amazon SimpleDB in any region, even a misspelled one."""
    from basicdb_mock.regions import is_misspelt_aws_host, region_of_aws_host

    host = _host_of(url)
    return region_of_aws_host(host) is not None or is_misspelt_aws_host(host)


def at(url: str, simpledb: Answers) -> Answers:
    """What answers there: ``simpledb``, unless the region is misspelled, since DNS has no such host."""
    return _NOWHERE if _is_misspelt(url) else simpledb


@lru_cache(maxsize=64)
def _is_misspelt(url: str) -> bool:
    from basicdb_mock.regions import is_misspelt_aws_host

    return is_misspelt_aws_host(_host_of(url))


def _host_of(url: str) -> str:
    try:
        return url.split("/", 3)[2] if url[:8] == "https://" else urlsplit(url).netloc
    except (IndexError, ValueError):
        return ""


class Registry:
    """The stack of active SimpleDBs, and what was around each when it was entered."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._stack: list[tuple[Answers, Surroundings]] = []
        self._answering: Answers | None = None
        self._base: Answers | None = None
        self._refusal: Refusal | None = None
        self.engaged = False
        """Whether anything answers."""
        self.on_activation: Callable[[object], None] | None = None
        """Called with each SimpleDB that is activated."""

    def activate(self, simpledb: Answers, environment: dict[str, str]) -> None:
        """Let ``simpledb`` answer, with ``environment`` set in ``os.environ``, until :meth:`deactivate`."""
        with self._lock:
            self._stack.append((simpledb, Surroundings.entered(environment)))
            self._settle()
        if self.on_activation is not None:
            self.on_activation(simpledb)

    def deactivate(self, simpledb: Answers) -> None:
        """End its latest activation and restore what it changed.

        Raises :class:`RuntimeError` if it is not active.
        """
        with self._lock:
            places = [place for place, (active, _) in enumerate(self._stack) if active is simpledb]
            if not places:
                raise RuntimeError("this SimpleDB is not active: it was never started, or has been stopped already")
            _, surroundings = self._stack.pop(places[-1])
            if places[-1] < len(self._stack):
                surroundings.hand_over_to(self._stack[places[-1]][1])
            else:
                surroundings.restore()
            self._settle()

    def refuse(self, refusal: Refusal | None) -> Refusal | None:
        """Call ``refusal`` for requests to AWS that no mock answers (strict mode); ``None`` ends that.

        Returns the function that was called before.
        """
        with self._lock:
            before, self._refusal = self._refusal, refusal
            self._settle()
        return before

    @property
    def base(self) -> Answers | None:
        """What answers when nothing was activated for SimpleDB in particular: ours, inside moto's ``mock_aws``."""
        return self._base

    @base.setter
    def base(self, simpledb: Answers | None) -> None:
        with self._lock:
            self._base = simpledb
            self._settle()
        if simpledb is not None and self.on_activation is not None:
            self.on_activation(simpledb)

    def _settle(self) -> None:
        self._answering = self._stack[-1][0] if self._stack else self._base
        self.engaged = self._answering is not None
        if self._answering is None and self._refusal is None:
            seams.release()
        else:
            seams.engage()

    def active(self) -> tuple[Answers, ...]:
        """Those that are active; the last one answers."""
        with self._lock:
            base = () if self._base is None else (self._base,)
            return (*base, *(simpledb for simpledb, _ in self._stack))

    def answering(self, url: str, body: object = None) -> Answers | None:
        """What answers a request for ``url``; ``None`` for other hosts than SimpleDB's, and if nothing is active.

        In strict mode the latter calls the function given to :meth:`refuse`, which raises.
        """
        if not is_simpledb(url):
            return None
        simpledb = self._answering
        if simpledb is None:
            if self._refusal is not None:
                self._refusal(url, body)
            return None
        return at(url, simpledb)


REGISTRY = Registry()
"""The one of this process."""
