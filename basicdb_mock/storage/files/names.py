"""File names for names of any kind, safe on every file system.

Lower-case letters, digits, ``-``, ``_`` and inner dots stand for themselves; every other byte of the UTF-8 is written
``%xx``.  So no two names meet on a file system that ignores case or normalises Unicode, and none is reserved there.  A
name that would be too long is filed under its SHA-256, in one of 256 directories; the file itself tells its name.
"""

from __future__ import annotations

import re
from hashlib import sha256

LONGEST = 120
"""Characters of a file name, without its ending; encrypting file systems allow 143 in all."""

HASHED = "~"
"""The directory of names that are too long.  Encoded names never hold this, nor ``@``, which marks our own files."""

_UNSAFE = re.compile(r"[^a-z0-9_.-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")


def encoded(name: str) -> str:
    """``name`` as the name of a file or a directory; see :func:`decoded`."""
    if not name:
        return "%"
    text = _UNSAFE.sub(lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), name)
    if text[0] in ".-" or _RESERVED.match(text):  # a leading dash reads as an option
        text = f"%{ord(text[0]):02x}{text[1:]}"
    if text[-1] == ".":
        text = text[:-1] + "%2e"
    return text


def is_long(name: str) -> bool:
    return len(encoded(name)) > LONGEST


def decoded(text: str) -> str:
    """The name that :func:`encoded` wrote as ``text``.  Raises :class:`ValueError` when it wrote no such thing."""
    if text == "%":
        return ""
    name = re.sub(rb"%([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode()).decode()
    if encoded(name) != text:
        raise ValueError(f"{text!r} is not an encoded name")
    return name


def path_of(name: str) -> str:
    """Where something of this name is, relative to the directory of its kind."""
    text = encoded(name)
    if len(text) <= LONGEST:
        return text
    digest = sha256(name.encode()).hexdigest()
    return f"{HASHED}/{digest[:2]}/{digest[2:]}"
