"""The project's documents, and what is in them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMED_TEST = re.compile(r"`((?:tests/)?[\w/]+\.py)::(?:(\w+)::)?(\w+)`")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def code_blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [text for kind, text in _FENCE.findall(document.read_text(encoding="utf-8")) if kind == language]


def prose(document: Path) -> str:
    """A document without its fenced blocks and its code spans."""
    return re.sub(r"`[^`\n]+`", "", _FENCE.sub("", document.read_text(encoding="utf-8")))


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as the hosting sites make them."""
    lines = _FENCE.sub("", document.read_text(encoding="utf-8")).splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if re.match(r"#{1,6} ", line)]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def functions_of(path: Path) -> set[str]:
    """The functions of a test module, those of its classes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def table_rows(document: Path) -> Iterator[list[str]]:
    """The cells of each row of a document's tables, without the heading rows."""
    lines = _FENCE.sub("", document.read_text(encoding="utf-8")).splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|") and before.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def fences(document: Path) -> Iterator[tuple[str, str]]:
    """Each fenced block of a document as its language and its text, in order."""
    yield from _FENCE.findall(document.read_text(encoding="utf-8"))


def named_files(document: Path) -> Iterator[tuple[str, str]]:
    """What stands in a block under a line that ends with a file's name: ``... `test_it.py`:``."""
    yield from re.findall(
        r"`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)^```$", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(document: Path) -> Iterator[tuple[list[str], str]]:
    """Each command of the console blocks as its words, and what is shown below it."""
    for language, block in fences(document):
        if language == "console":
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, shown = part.partition("\n")
                yield shlex.split(line, comments=True), shown


def is_as_shown(told: str, shown: str) -> bool:
    """Whether a command told what a document shows of it, where three dots stand for anything."""
    pattern = re.sub(r"\\\.\\\.\\\.", ".*?", re.escape(shown.strip()))
    if shown.startswith("..  "):  # dots of pytest, not an omission
        pattern = re.escape("..") + pattern.removeprefix(re.escape(".."))
    return re.fullmatch(pattern, told.strip(), re.DOTALL) is not None
