"""Request ids and randomness, as an object that is passed in so that tests can control it."""

from __future__ import annotations

import random
import threading


class Identity:
    """Makes request ids: lower-case and UUID-shaped but of no RFC version, like SimpleDB's (observed).

    With a ``seed`` they are reproducible.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def request_id(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"  # one C call, so thread-safe
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def uuid(self) -> str:
        """An RFC 4122 version 4 UUID, as the export API uses."""
        with self._lock:
            digits = f"{self._random.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
