"""Translating a plan's narrowing to ranges and points of an index."""

from __future__ import annotations

from basicdb_mock.select.expression import Subject
from basicdb_mock.select.plan import AllOf, Narrowing, Span


def parts_of(narrowing: Narrowing | None) -> tuple[Narrowing, ...]:
    """The parts of a narrowing, each of which contains all matches."""
    if narrowing is None:
        return ()
    return narrowing.parts if isinstance(narrowing, AllOf) else (narrowing,)


def mentions(narrowing: Narrowing, subject: Subject) -> bool:
    if isinstance(narrowing, Span):
        return narrowing.subject == subject
    return any(mentions(part, subject) for part in narrowing.parts)


def points(narrowing: Narrowing) -> list[Span] | None:
    """The single values of attributes that a narrowing consists of, if it has nothing else."""
    if isinstance(narrowing, Span):
        return [narrowing] if narrowing.point is not None and isinstance(narrowing.subject, str) else None
    if isinstance(narrowing, AllOf):
        return None
    found: list[Span] = []
    for part in narrowing.parts:
        inner = points(part)
        if inner is None:
            return None
        found += inner
    return found


def ranges(narrowing: Narrowing | None, subject: Subject) -> list[Span]:
    """Disjoint ranges, in order, that cover a narrowing of one subject."""
    if narrowing is None:
        return [Span(subject)]
    if isinstance(narrowing, Span):
        return [narrowing] if narrowing.subject == subject else [Span(subject)]
    if isinstance(narrowing, AllOf):
        return min((ranges(part, subject) for part in narrowing.parts), key=_width)
    return _union([span for part in narrowing.parts for span in ranges(part, subject)])


def _width(spans: list[Span]) -> tuple[bool, bool, int]:
    """Ranks coverings by how much they may contain: points, then ranges, then open ends."""
    return any(span.high is None for span in spans), any(span.point is None for span in spans), len(spans)


def _union(spans: list[Span]) -> list[Span]:
    spans = sorted(spans, key=lambda span: (span.low, span.low_open))
    joined = spans[:1]
    for span in spans[1:]:
        last = joined[-1]
        if last.high is None:
            break
        if (span.low, span.low_open or last.high_open) > (last.high, False):
            joined.append(span)
        elif span.high is None or (span.high, not span.high_open) > (last.high, not last.high_open):
            joined[-1] = Span(span.subject, last.low, span.high, last.low_open, span.high_open)
    return joined
