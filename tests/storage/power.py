"""A disk as a loss of power leaves it, from the recorded calls of a process (see faults.c).

What was synced is there.  What was not may be there or not: names that were made, moved or removed in a directory since
it was synced, and bytes written to a file since it was.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Call(NamedTuple):
    """A recorded call: Create, Directory, Write, Sync, Truncate, Rename, Unlink, or a Mark of the test."""

    letter: str
    path: str
    offset: int
    content: bytes


def calls(log: bytes) -> Iterator[Call]:
    place = 0
    while place < len(log):
        letter = chr(log[place])
        (length,) = struct.unpack_from("I", log, place + 1)
        path = log[place + 5 : place + 5 + length].decode()
        place += 5 + length
        offset, size = struct.unpack_from("=qI", log, place)
        yield Call(letter, path, offset, log[place + 12 : place + 12 + size])
        place += 12 + size


@dataclass
class Node:
    """A file or a directory: as it is, as it is on disk, and what is in between."""

    entries: dict[str, Node] | None = None
    safe_entries: dict[str, Node] = field(default_factory=dict)
    safe: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Bytes written at an offset, or ``None`` for the size cut to it."""


Edit = list[tuple[Node, str, "Node | None"]]


class PowerlessDisk:
    """Follows recorded calls below a directory."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.root = Node(entries={})
        self.edits: list[Edit] = []

    def follow(self, call: Call) -> None:
        if call.letter == "M" or call.path.endswith("-shm"):
            return
        parent, name = self._find(call.path)
        node = parent.entries.get(name) if parent.entries is not None else None
        if call.path.rstrip("/") == self.top:
            node = self.root
        if call.letter in "CD":
            self._edit([(parent, name, Node(entries={} if call.letter == "D" else None))])
        elif call.letter == "R":
            target, new = self._find(call.content.decode())
            self._edit([(target, new, node), (parent, name, None)])
        elif call.letter == "U":
            self._edit([(parent, name, None)])
        elif node is None:
            return  # an open file without a name any more
        elif call.letter == "W":
            node.pending.append((call.offset, call.content))
        elif call.letter == "T":
            node.pending.append((call.offset, None))
        elif node.entries is None:
            node.safe, node.pending = applied(node.safe, node.pending), []
        else:
            for edit in [edit for edit in self.edits if any(place is node for place, _, _ in edit)]:
                self.edits.remove(edit)
                for place, changed, value in edit:
                    change(place.safe_entries, changed, value)

    def lose_power(self, where: Path, chance: random.Random, likely: float) -> None:
        """Write down a disk on which each thing that was not synced is with a likelihood."""
        entries: dict[int, dict[str, Node]] = {}

        def of(node: Node) -> dict[str, Node]:
            return entries.setdefault(id(node), dict(node.safe_entries))

        for edit in self.edits:
            if chance.random() < likely:
                for place, name, value in edit:
                    change(of(place), name, value)

        def write(node: Node, path: Path) -> None:
            if node.entries is None:
                kept = [part for one in node.pending for part in pieces(one) if chance.random() < likely]
                path.write_bytes(applied(node.safe, kept))
            else:
                path.mkdir()
                for name, child in of(node).items():
                    write(child, path / name)

        write(self.root, where)

    def _find(self, path: str) -> tuple[Node, str]:
        *above, name = path[len(self.top) :].strip("/").split("/")
        node = self.root
        for part in above:
            assert node.entries is not None
            node = node.entries[part]
        return node, name

    def _edit(self, edit: Edit) -> None:
        self.edits.append(edit)
        for place, name, value in edit:
            assert place.entries is not None
            change(place.entries, name, value)


def change(entries: dict[str, Node], name: str, value: Node | None) -> None:
    if value is None:
        entries.pop(name, None)
    else:
        entries[name] = value


def pieces(written: tuple[int, bytes | None]) -> Iterator[tuple[int, bytes | None]]:
    """A write as the disk's sectors get it."""
    offset, content = written
    if content is None:
        yield written
        return
    start = 0
    while start < len(content):
        end = min(len(content), (offset + start) // 512 * 512 + 512 - offset)
        yield offset + start, content[start:end]
        start = end


def applied(content: bytes, pending: list[tuple[int, bytes | None]]) -> bytes:
    found = bytearray(content)
    for offset, written in pending:
        if written is None:
            del found[offset:]
        else:
            found.extend(b"\0" * (offset - len(found)))
            found[offset : offset + len(written)] = written
    return bytes(found)
