"""Regenerate the reference pages: ``python -m documentation``."""

from __future__ import annotations

import sys

from documentation.reference import ROOT, is_current, pages

for name, text in pages().items():
    path = ROOT / "docs" / name
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or not is_current(name, path.read_text(encoding="utf-8"), text):
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
