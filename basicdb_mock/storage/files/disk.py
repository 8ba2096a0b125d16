"""Everything that the ``files:`` storage needs of a file system.

It relies on ``open`` with ``O_EXCL`` for new files, ``fsync`` of files and directories, ``rename``, which replaces
atomically, and ``flock``, which is released when a process dies.  Tests replace it by a disk that fails or records.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from basicdb_mock.storage.contract import StorageError


class Disk:
    """A file system; ``durability`` determines what is synced: everything, files but not directories, or nothing."""

    def __init__(self, durability: str = "full") -> None:
        self.durability = durability

    def write_beside(self, directory: str, content: bytes) -> str:
        """Write a new file in a directory and sync it; returns its path, for :meth:`replace`."""
        beside = os.path.join(directory, secrets.token_hex(8))
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            try:
                self.write(descriptor, content)
                if self.durability != "off":
                    self.sync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        return beside

    def write(self, descriptor: int, content: bytes) -> None:
        while content:
            content = content[os.write(descriptor, content) :]

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def replace(self, beside: str, path: str) -> None:
        os.replace(beside, path)

    def remove(self, path: str) -> None:
        """Remove a file if it exists."""
        with suppress(FileNotFoundError):
            os.unlink(path)

    def sync_directory(self, path: str, *, rare: bool = False) -> None:
        """Sync the renames and removals in a directory with durability ``full``, ``rare`` ones also with ``normal``."""
        if self.durability == "full" or (rare and self.durability != "off"):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                self.sync(descriptor)
            finally:
                os.close(descriptor)

    def make_directories(self, path: str) -> None:
        """Create a directory and its parents, durably."""
        if not os.path.isdir(path):
            parent = os.path.dirname(path)
            self.make_directories(parent)
            with suppress(FileExistsError):
                os.mkdir(path)
            self.sync_directory(parent, rare=True)

    def overwrite(self, descriptor: int, content: bytes) -> None:
        """Overwrite the beginning of an open file; need not be durable."""
        os.pwrite(descriptor, content, 0)

    def remove_tree(self, path: str) -> None:
        shutil.rmtree(path, ignore_errors=True)


class Queue:
    """A fair lock among threads; ``flock`` alone favours whoever held it last."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # it stays locked, now by the next one
            else:
                self._held = False


def read(path: str) -> bytes | None:
    """The content of a file, ``None`` if it does not exist."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def locked(path: str, *, shared: bool = False) -> Iterator[int]:
    """Hold the lock of a file, exclusively or shared; yields the open file."""
    if fcntl is None:
        raise StorageError("the storage files: needs flock, which this system does not have")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        try:
            yield descriptor
        finally:  # a child forked meanwhile has the file open, too, so closing ours would not release it
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)
