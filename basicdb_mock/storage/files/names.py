"""File names for names of any kind, safe on every file system.

Lower-case letters, digits, ``-``, ``_`` and inner dots stand for themselves; every other byte of the UTF-8 becomes
``%xx``.  So no two names collide on a file system that ignores case or normalizes Unicode, and none is reserved.  A
name that would be too long is stored under its SHA-256, in one of 256 directories; its file contains the name.
"""

from __future__ import annotations

import re
from hashlib import sha256

LONGEST = 120
"""The longest file name without its extension; encrypting file systems allow 143 characters in all."""

HASHED = "~"
"""The directory for names that are too long.  Encoded names contain neither this nor ``@``, which marks our files."""

_UNSAFE = re.compile(r"[^a-z0-9_.-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")


def encoded(name: str) -> str:
    """``name`` as a file or directory name; see :func:`decoded`."""
    if not name:
        return "%"
    text = _UNSAFE.sub(lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), name)
    if text[0] in ".-" or _RESERVED.match(text):  # a leading dash looks like an option
        text = f"%{ord(text[0]):02x}{text[1:]}"
    if text[-1] == ".":
        text = text[:-1] + "%2e"
    return text


def is_long(name: str) -> bool:
    return len(encoded(name)) > LONGEST


def decoded(text: str) -> str:
    """The name that :func:`encoded` turns into ``text``.  Raises :class:`ValueError` if there is none."""
    if text == "%":
        return ""
    name = re.sub(rb"%([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode()).decode()
    if encoded(name) != text:
        raise ValueError(f"{text!r} is not an encoded name")
    return name


def path_of(name: str) -> str:
    """The path for a name, relative to the directory of its kind."""
    text = encoded(name)
    if len(text) <= LONGEST:
        return text
    digest = sha256(name.encode()).hexdigest()
    return f"{HASHED}/{digest[:2]}/{digest[2:]}"
