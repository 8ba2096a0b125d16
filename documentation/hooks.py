"""MkDocs hooks: project files outside ``docs/`` that pages link to become part of the site, so every link works."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=(?:#[^)\s]*)?\))")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_OUTSIDE = "project"


def on_files(files: Files, *, config: Any) -> Files:
    """Add the colours of code, and each file outside of ``docs/`` that a page links to, directly or through others."""
    files.append(File.generated(config, "code.css", content=HtmlFormatter().get_style_defs(".codehilite")))
    waiting = [ROOT / "docs" / file.src_uri for file in files.documentation_pages()]
    known: set[Path] = set(waiting)
    while waiting:
        page = waiting.pop()
        for target in _links(page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            if linked.is_file() and not linked.is_relative_to(ROOT / "docs") and linked not in known:
                known.add(linked)
                files.append(File.generated(config, _place(linked), abs_src_path=str(linked)))
                if linked.suffix == ".md":
                    waiting.append(linked)
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point the links of a page to where those files are in the site."""
    own = page.file.src_uri
    source = ROOT / own.removeprefix(f"{_OUTSIDE}/") if own.startswith(f"{_OUTSIDE}/") else ROOT / "docs" / own

    def moved(found: re.Match[str]) -> str:
        linked = (source.parent / found[1]).resolve()
        if not linked.is_file():
            return found[1]
        return posixpath.relpath(_place(linked), posixpath.dirname(own))

    pieces = re.split(f"({_CODE.pattern})", markdown, flags=_CODE.flags)
    return "".join(piece if number % 2 else _LINK.sub(moved, piece) for number, piece in enumerate(pieces))


def _place(file: Path) -> str:
    """Where a file is in the site; MkDocs skips names that begin with a dot."""
    if file.is_relative_to(ROOT / "docs"):
        return file.relative_to(ROOT / "docs").as_posix()
    return "/".join([_OUTSIDE, *(part.lstrip(".") for part in file.relative_to(ROOT).parts)])


def _links(markdown: str) -> list[str]:
    return _LINK.findall(_CODE.sub("", markdown))
