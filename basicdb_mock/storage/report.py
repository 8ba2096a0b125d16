"""The result of checking a store."""

from __future__ import annotations

from dataclasses import dataclass, field

_PROBLEMS_TOLD = 100
"""The most problems that a report lists."""


@dataclass
class Report:
    """What a check found; ``notes`` are worth knowing, but not problems."""

    place: str
    domains: int = 0
    items: int = 0
    pairs: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems

    def problem(self, text: str) -> None:
        if len(self.problems) < _PROBLEMS_TOLD:
            self.problems.append(text)
        elif len(self.problems) == _PROBLEMS_TOLD:
            self.problems.append("and more")

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.domains} domains, {self.items} items, {self.pairs} name-value pairs"]
        lines += [f"  note: {note}" for note in self.notes]
        lines += [f"  problem: {problem}" for problem in self.problems]
        lines.append("  it is sound" if self.sound else f"  it is NOT sound: {len(self.problems)} problems")
        return "\n".join(lines)
