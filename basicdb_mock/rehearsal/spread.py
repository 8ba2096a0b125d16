"""A duration that may be random."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass

_KINDS = {"fixed": 1, "uniform": 2, "exponential": 1, "normal": 2, "lognormal": 2}
_WRITTEN = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*")
_TAIL = 10.0
LONGEST = 3600.0
"""The most seconds of any spread: a test that waits longer is as good as hung."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds: ``fixed(s)``, ``uniform(least, most)``, ``exponential(mean)``, ``normal(mean, deviation)`` or
    ``lognormal(median, sigma)``, never below 0 nor above ``most``.

    ``kind`` is the name of the distribution, ``figures`` its numbers.  Raises :class:`ValueError` if they are out of
    range.
    """

    kind: str
    figures: tuple[float, ...]

    def __post_init__(self) -> None:
        wanted = _KINDS.get(self.kind)
        if wanted is None:
            raise ValueError(f"unknown distribution {self.kind!r}; choose from: {', '.join(_KINDS)}")
        if len(self.figures) != wanted:
            raise ValueError(f"{self.kind} takes {wanted} number{'s' if wanted > 1 else ''}, not {len(self.figures)}")
        if not all(math.isfinite(figure) and 0 <= figure <= LONGEST for figure in self.figures):
            who = "seconds must be" if self.kind == "fixed" else f"{self.kind} takes numbers"
            raise ValueError(f"{who} between 0 and {LONGEST:g}")
        if self.kind == "uniform" and self.figures[0] > self.figures[1]:
            raise ValueError("uniform takes the minimum, then the maximum")

    def __str__(self) -> str:
        figures = ", ".join(f"{figure:g}" for figure in self.figures)
        return figures if self.kind == "fixed" else f"{self.kind}({figures})"

    @classmethod
    def of(cls, written: Spread | float | str) -> Spread:
        """Return a spread from a number of seconds or a text such as ``uniform(0.1, 0.5)``.

        Raises :class:`ValueError` for anything else.
        """
        if isinstance(written, Spread):
            return written
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            return cls("fixed", (float(written),))
        text = written if isinstance(written, str) else ""
        match = _WRITTEN.fullmatch(text)
        kind, figures = (match[1], match[2].split(",")) if match else ("fixed", [text])
        try:
            return cls(kind, tuple(_figure(figure) for figure in figures))
        except _NoFigureError:
            raise ValueError(f"seconds must be a number or a text such as uniform(0.1, 0.5), not {written!r}") from None

    @property
    def most(self) -> float:
        """The longest duration that can be drawn, in seconds; open-ended distributions are cut off there."""
        match self.kind:
            case "fixed":
                most = self.figures[0]
            case "uniform":
                most = self.figures[1]
            case "exponential":
                most = _TAIL * self.figures[0]
            case "normal":
                most = self.figures[0] + _TAIL * self.figures[1]
            case _:
                most = self.figures[0] * math.exp(min(_TAIL, 4 * self.figures[1]))
        return min(most, LONGEST)

    def draw(self, chance: random.Random) -> float:
        """Draw a duration, in seconds."""
        match self.kind:
            case "fixed":
                return self.figures[0]
            case "uniform":
                seconds = chance.uniform(*self.figures)
            case "exponential":
                seconds = chance.expovariate(1 / self.figures[0]) if self.figures[0] else 0.0
            case "normal":
                seconds = chance.normalvariate(*self.figures)
            case _:
                median, sigma = self.figures
                seconds = chance.lognormvariate(math.log(median), sigma) if median and sigma < LONGEST / 6 else median
        return min(max(seconds, 0.0), self.most)


class _NoFigureError(Exception):
    """A text that is not a number."""


def _figure(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _NoFigureError from None
