"""An export held in the midst of being written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO

from basicdb_mock.exports.targets import DirectoryTarget

_writing = DirectoryTarget.writing


class Gate:
    """Holds every data file that is written, or the first alone, until it is opened; knows the most at a time."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        self.only_the_first = False
        self.writing = self.most = 0

    def stand_in(self) -> Callable[[DirectoryTarget, str], AbstractContextManager[IO[bytes]]]:
        """What takes the place of ``DirectoryTarget.writing``."""

        @contextmanager
        def writing(target: DirectoryTarget, key: str) -> Iterator[IO[bytes]]:
            with _writing(target, key) as file:
                if "/data/" not in key:
                    yield file
                    return
                with self._passing():
                    yield file

        return writing

    @contextmanager
    def _passing(self) -> Iterator[None]:
        held = not (self.only_the_first and self.reached.is_set())
        self.writing += 1
        self.most = max(self.most, self.writing)
        try:
            self.reached.set()
            assert not held or self.open.wait(30)
            yield
        finally:
            self.writing -= 1
