"""Railroad diagrams of the grammars in the modules' docstrings."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from types import ModuleType

import railroad

_TOKEN = re.compile(r'"[^"]*"|itemName\(\)|count\(\*\)|[A-Za-z0-9-]+|[\[\]{}()|]')
_STYLE = """path{stroke-width:2;stroke:#246;fill:none}text{font:bold 13px monospace;text-anchor:middle}
rect{stroke-width:2;stroke:#246;fill:#eef6ff}g.non-terminal rect{fill:#fff}svg{background:#fff}"""


@dataclass(frozen=True)
class Part:
    """Part of a rule: ``kind`` is choice, sequence, optional, repeated, word (a rule or a token) or text."""

    kind: str
    parts: tuple[Part, ...] = ()
    text: str = ""


def rules_of(module: ModuleType) -> dict[str, Part]:
    """The rules in a module's docstring, by name, in order."""
    return {name: _read(right) for name, right in _written(module).items()}


def text_of(module: ModuleType) -> str:
    """The rules as text."""
    width = max(map(len, _written(module)))
    return "".join(f"{name:<{width}} = {right}\n" for name, right in _written(module).items())


def diagram(rule: Part, names: set[str]) -> str:
    """A rule as SVG; ``names`` are the words that are not literal text."""
    written = io.StringIO()
    railroad.Diagram(_drawn(rule, names), type="complex").writeStandalone(written.write, _STYLE)
    return written.getvalue() + "\n"


def _written(module: ModuleType) -> dict[str, str]:
    block = re.search(r"::\n\n((?:    .*\n)+)", module.__doc__ or "")
    assert block is not None, f"{module.__name__} has no grammar in its docstring"
    lines = re.sub(r"\n\s+\|", " |", block[1]).splitlines()
    return {name.strip(): right.strip() for name, _, right in (line.partition(" = ") for line in lines)}


def _read(text: str) -> Part:
    words = _TOKEN.findall(text)
    part = _choice(words)
    assert not words, words
    return part


def _choice(words: list[str]) -> Part:
    parts = [_sequence(words)]
    while words and words[0] == "|":
        words.pop(0)
        parts.append(_sequence(words))
    return parts[0] if len(parts) == 1 else Part("choice", tuple(parts))


def _sequence(words: list[str]) -> Part:
    closing = {"[": ("optional", "]"), "{": ("repeated", "}"), "(": ("sequence", ")")}
    parts: list[Part] = []
    while words and words[0] not in "|]})":
        word = words.pop(0)
        if word in closing:
            kind, end = closing[word]
            parts.append(Part(kind, (_choice(words),)))
            assert words.pop(0) == end
        elif word.startswith('"'):
            parts.append(Part("text", text=word[1:-1]))
        else:
            parts.append(Part("word", text=word))
    return parts[0] if len(parts) == 1 else Part("sequence", tuple(parts))


def _drawn(part: Part, names: set[str]) -> railroad.DiagramItem:
    inner = [_drawn(each, names) for each in part.parts]
    if part.kind == "choice":
        return railroad.Choice(0, *inner)
    if part.kind == "optional":
        return railroad.Optional(*inner)
    if part.kind == "repeated":
        return railroad.ZeroOrMore(*inner)
    if part.kind == "sequence":
        return railroad.Sequence(*inner)
    return railroad.NonTerminal(part.text) if part.text in names else railroad.Terminal(part.text)
