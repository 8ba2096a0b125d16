"""Writing contents down in the seed format: sorted, one value a line, so that two dumps compare well."""

from __future__ import annotations

import json
from pathlib import Path

from basicdb_mock.seeding.contents import Contents, plain


def dump(contents: Contents, path: str | Path | None = None) -> str:
    """The text of contents, written to ``path`` too when there is one: JSON if that ends in ``.json``, else YAML.

    Raises :class:`OSError`.
    """
    if path is not None and Path(path).suffix == ".json":
        text = json.dumps(plain(contents), indent=2, ensure_ascii=False) + "\n"
    else:
        import yaml

        text = yaml.safe_dump(plain(contents), allow_unicode=True, sort_keys=True, width=2**31)
    if path is not None:
        Path(path).write_bytes(text.encode())
    return text
