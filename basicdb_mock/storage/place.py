"""The place of a storage on disk, by its URL."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl

_DURABILITY = ("full", "normal", "off")


def place_and_durability(url: str, kind: str) -> tuple[str, str]:
    """The place and durability in ``SCHEME:PLACE?durability=full|normal|off``.

    ``kind`` is the kind of place, for messages: a path, a directory.  Raises :class:`ValueError` for any other URL.
    """
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    if not place:
        raise ValueError(f"the storage {scheme}: needs a {kind}, as in {scheme}:{kind.upper()}; not {url!r}")
    durability = _DURABILITY[0]
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "durability" or value not in _DURABILITY:
            known = f"durability={'|'.join(_DURABILITY)}"
            raise ValueError(f"unknown setting {name}={value} in {url!r}; there is only {known}")
        durability = value
    return os.path.expanduser(place), durability
