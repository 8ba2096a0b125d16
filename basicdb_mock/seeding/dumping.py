"""Writes contents in the seed format: sorted, one value per line, so that dumps can be compared with diff.

We write the YAML ourselves because PyYAML does not escape some characters, such as NEL, and so loses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from basicdb_mock.seeding.contents import Contents, plain

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_LONGEST_KEY = 1000
"""YAML requires ``?`` before a key of more than 1,024 characters."""


def dump(contents: Contents, path: str | Path | None = None) -> str:
    """Return contents as text, and write it to ``path`` if given: JSON if that ends in ``.json``, else YAML.

    Raises :class:`OSError` if the file cannot be written.
    """
    if path is not None and Path(path).suffix == ".json":
        text = json.dumps(plain(contents), indent=2, ensure_ascii=False) + "\n"
    else:
        text = "".join(f"{line}\n" for line in _lines(contents)) or "{}\n"
    if path is not None:
        Path(path).write_bytes(text.encode())
    return text


def _lines(contents: Contents) -> Iterator[str]:
    for domain, items in sorted(contents.items()):
        yield f"{_key(domain, '')}{'' if items else ' {}'}"
        for item, attributes in sorted(items.items()):
            yield _key(item, "  ")
            for name, values in sorted(attributes.items()):
                key = _key(name, "    ")
                if len(values) == 1:
                    yield f"{key} {_scalar(values[0])}"
                else:
                    yield key
                    yield from (f"      - {_scalar(value)}" for value in values)


def _key(name: str, indent: str) -> str:
    scalar = _scalar(name)
    return f"{indent}{scalar}:" if len(scalar) <= _LONGEST_KEY else f"{indent}? {scalar}\n{indent}:"


def _scalar(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
