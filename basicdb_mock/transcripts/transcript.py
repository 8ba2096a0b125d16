"""The values of a transcript: a scenario, the exchanges in it, and what each answer must be.

A transcript is read from YAML (:mod:`basicdb_mock.transcripts.reading`), replayed
(:mod:`~basicdb_mock.transcripts.replay`) or recorded (:mod:`~basicdb_mock.transcripts.recorder`).  Its format is
described in recordings/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

DEFAULT_VERSION = "2009-04-15"
DEFAULT_REGION = "us-east-1"


class Trust(Enum):
    """How far the words of a transcript can be trusted; what is compared follows from it."""

    BYTES = "bytes"
    """A raw body is public: every byte of it counts, the request id apart."""
    STRUCTURE = "structure"
    """A body is public, re-indented or cut: elements, their order, texts and numbers count, white space does not."""
    BEHAVIOUR = "behaviour"
    """A client's test against the real service, or an issue, says what came back; there is no body."""
    DOCUMENTED = "documented"
    """AWS's documentation says so."""


TRUST_NAMES = tuple(trust.value for trust in Trust)

NEEDS = ("clock", "alone", "credentials", "rehearsal")
"""What a replay may need of its stage: a clock that can be set; an account without other domains; its own list of
accounts; answers that can be rehearsed (throttling, refusals)."""


CALLERS = ("owner", "owner-v0", "owner-v1", "nobody", "unknown", "impostor", "guest")
"""Who makes a call: the owner of the account (signing by version 2, 0 or 1), nobody (no credentials at all), a key that
does not exist, the owner's key with a wrong secret, a key without permissions."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: a file of a repository at a commit, or a page."""

    repository: str | None = None
    path: str | None = None
    commit: str | None = None
    page: str | None = None
    locator: str | None = None
    recorded: str | None = None

    def __str__(self) -> str:
        place = f"{self.repository} {self.path or ''}".strip() if self.repository else self.page or "recorded"
        return f"{place} @{self.commit[:10]}" if self.commit else place


Attributes: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""Attribute names and the values of each, in order."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the Query protocol.

    ``parameters`` may contain ``${id.Element}``, the text of an element of an earlier exchange's answer.  ``place`` is
    where the parameters are sent, ``url`` or ``body``.  Credentials are not part of a call: ``caller`` is one of
    :data:`CALLERS`, and ``skew`` is by how many seconds the time of its signature is wrong.
    """

    action: str | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    place: str = "body"
    version: str | None = DEFAULT_VERSION
    region: str = DEFAULT_REGION
    caller: str = "owner"
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Fill:
    """Items made by number, in batches: ``{n}`` is the number, ``{3n}`` three times it, ``{n:05}`` padded by zeros."""

    domain: str
    item: str
    first: int
    last: int
    attributes: Attributes
    batch: int = 25


@dataclass(frozen=True, slots=True)
class Tick:
    """Move the pinned clock forward by some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Rehearse:
    """What the stage must prepare first, by a name of :mod:`basicdb_mock.transcripts.stages`."""

    what: str
    settings: Mapping[str, object] = field(default_factory=dict)


Step: TypeAlias = "Call | Fill | Tick | Rehearse"
"""One step of a set-up.  A call in a set-up must succeed."""


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """What is known of an error answer.  ``box_usage`` is a figure, or whether there is one at all."""

    code: str | None = None
    message: str | None = None
    box_usage: str | bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a successful answer; ``None`` where nothing is.

    ``items`` are names in order, ``items_in_any_order`` names without order; ``contents`` are a Select's items with all
    of their values; ``attributes`` are those of GetAttributes, in order; ``next_token`` is whether there is one, or
    some of its fields; ``metadata`` are figures of DomainMetadata; ``encoded`` are texts, in base64, of elements
    that must be marked ``encoding="base64"``.
    """

    items: tuple[str, ...] | None = None
    items_in_any_order: tuple[str, ...] | None = None
    item_count: int | None = None
    contents: Mapping[str, Attributes] | None = None
    attributes: Attributes | None = None
    attribute_count: int | None = None
    domains: tuple[str, ...] | None = None
    domains_include: tuple[str, ...] | None = None
    domain_count: int | None = None
    count: int | None = None
    next_token: bool | Mapping[str, str] | None = None
    metadata: Mapping[str, str] | None = None
    box_usage: str | None = None
    encoded: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the answer must be.

    ``body`` is compared byte for byte in a transcript of trust ``bytes`` and by structure in any other; the texts of
    the elements in ``ignore`` do not count (``xmlns`` is the namespace).  ``headers`` with ``None`` must not be there.
    """

    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: str | None = None
    body_file: str | None = None
    ignore: tuple[str, ...] = ()
    error: ErrorAnswer | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call, what must come back, and what that proves."""

    id: str
    call: Call
    expect: Expectation
    proves: tuple[str, ...] = ()
    before: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A scenario: its set-up, then its exchanges."""

    title: str
    trust: Trust
    sources: tuple[Source, ...]
    exchanges: tuple[Exchange, ...]
    setup: tuple[Step, ...] = ()
    version: str = DEFAULT_VERSION
    region: str = DEFAULT_REGION
    clock: float | None = None
    needs: frozenset[str] = frozenset()
    notes: str | None = None
    path: Path | None = None

    @property
    def name(self) -> str:
        """How the transcript is called in reports: folder and file, without the suffix."""
        if self.path is None:
            return self.title
        return f"{self.path.parent.name}/{self.path.stem}"

    def calls(self) -> Iterator[Call]:
        """The calls that are compared, in order."""
        return (exchange.call for exchange in self.exchanges)
