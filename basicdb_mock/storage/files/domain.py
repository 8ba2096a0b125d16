"""A domain of the ``files:`` storage: a directory with one file per item."""

from __future__ import annotations

import errno
import os
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from operator import itemgetter

from basicdb_mock import errors
from basicdb_mock.changes import Write
from basicdb_mock.model import DomainStatistics, Item
from basicdb_mock.select.plan import Plan, Position
from basicdb_mock.storage.contract import Counted, Found, StorageError
from basicdb_mock.storage.files.disk import Disk, Queue, locked, read
from basicdb_mock.storage.files.documents import Document, broken, item_text, parse_item
from basicdb_mock.storage.files.journal import (
    JOURNAL,
    NEW,
    clear_litter,
    commit,
    complete,
    overlay,
    sync_places,
)
from basicdb_mock.storage.files.names import path_of
from basicdb_mock.storage.files.shelf import ENDING, Shelf
from basicdb_mock.storage.files.state import State, mark_dirty, read_state, write_state
from basicdb_mock.storage.moment import looked_at
from basicdb_mock.storage.searching import count_found, search_rows
from basicdb_mock.storage.tally import Tally

STATE = "@state"
"""The file that serves as a domain's lock and contains its state."""


class FilesDomain:
    """A domain's directory.  Writes lock it exclusively, searches share the lock, reads of single items need none."""

    def __init__(self, disk: Disk, directory: str, created: float) -> None:
        self.created = created
        self.directory = directory
        self._disk = disk
        self._shelf = Shelf(directory)
        self._looking = threading.Lock()
        self._writing = Queue()
        self._doubtful = False
        """Whether somebody may have edited files in a way that the state does not reflect."""

    def revision(self) -> int:
        with self._held(shared=True) as descriptor:
            return read_state(descriptor).revision

    def get(self, name: str) -> Item | None:
        with failing(self.directory):
            document = self._document(name)
        return document.item if document is not None else None

    def statistics(self) -> DomainStatistics:
        _, tally, problems = self._look()
        if problems:
            raise _summary(problems)
        return tally.statistics()

    def search(self, plan: Plan, after: Position | None = None) -> Iterator[Found]:
        moment, _, problems = self._look()
        return self._search(moment, problems, plan, after)

    def count(
        self, plan: Plan, after: Position | None, at_most: int | None, stop: Callable[[], bool]
    ) -> Counted:
        moment, _, problems = self._look()
        if plan.everything and after is None and at_most is None and not problems:
            return Counted(len(moment), None)
        return count_found(self._search(moment, problems, plan, after), at_most, stop)

    @staticmethod
    def _search(
        moment: list[tuple[int, str, Item]], problems: list[StorageError], plan: Plan, after: Position | None
    ) -> Iterator[Found]:
        yield from search_rows(lambda entity: moment[bisect_right(moment, entity, key=itemgetter(0)) :], plan, after)
        if problems:  # the readable items have been yielded, but the caller must learn that some are missing
            raise _summary(problems)

    def apply(self, write: Write) -> None:
        with self._held() as descriptor:
            state = self._ready(descriptor)
            names = [change.item for change in write.changes]
            documents = [self._document(name) for name in names]
            before = [document.item if document is not None else None for document in documents]
            after = write.results(before)
            tally = state.tally.copy()
            tally.replace(list(zip(names, before, after, strict=True)))
            write.check_domain(state.tally.statistics(), tally.statistics())
            last = state.last_entity
            contents: dict[str, bytes | None] = {}
            for name, document, item in sorted(zip(names, documents, after, strict=True), key=lambda change: change[0]):
                was = document.item if document is not None else None
                if item == was and (item is None or was is None or list(item) == list(was)):
                    continue
                if item is None:
                    contents[path_of(name) + ENDING] = None
                    continue
                entity = document.entity if document is not None else None
                if entity is None:
                    last += 1
                    entity = last
                contents[path_of(name) + ENDING] = item_text(name, entity, item)
            self._put(descriptor, state, contents)
            with suppress(OSError):  # the write has happened; without this the state would be distrusted and rebuilt
                write_state(self._disk, descriptor, State(state.revision + 1, last, tally, state.boots))

    # -- writing -------------------------------------------------------------------------------------------------------
    def _put(self, descriptor: int, state: State, contents: dict[str, bytes | None]) -> None:
        """Replace or remove files durably: all or none."""
        disk, directory = self._disk, self.directory
        for path, content in contents.items():
            if content is not None and os.sep in path:
                disk.make_directories(os.path.join(directory, os.path.dirname(path)))
        try:
            if len(contents) == 1:
                ((path, content),) = contents.items()
                self._put_one(descriptor, path, content)
            elif contents:
                disk.make_directories(os.path.join(directory, NEW))
                mark_dirty(disk, descriptor)
                commit(disk, directory, contents)
        except BaseException:
            with suppress(OSError):
                write_state(disk, descriptor, state)
            raise
        if len(contents) > 1:
            with suppress(OSError):  # committed from now on; if it cannot be put in place, the next writer will try
                complete(disk, directory)

    def _put_one(self, descriptor: int, path: str, content: bytes | None) -> None:
        disk = self._disk
        target = os.path.join(self.directory, path)
        new = os.path.join(self.directory, NEW)
        disk.make_directories(new)
        before = read(target)
        beside: str | None = disk.write_beside(new, content) if content is not None else None
        placed = False
        try:
            mark_dirty(disk, descriptor)
            if beside is not None:
                disk.replace(beside, target)
            else:
                disk.remove(target)
            placed = True
            sync_places(disk, self.directory, [path])
        except BaseException:
            if placed and before is not None:
                disk.replace(disk.write_beside(new, before), target)
            elif placed:
                disk.remove(target)
            elif beside is not None:
                disk.remove(beside)
            raise

    # -- the lock, and what is read under it ---------------------------------------------------------------------------
    @contextmanager
    def _held(self, *, shared: bool = False) -> Iterator[int]:
        """Hold the domain's lock; yields the open state file.  Raises NoSuchDomain if the directory is gone."""
        path = os.path.join(self.directory, STATE)
        with failing(self.directory), nullcontext() if shared else self._writing:
            while True:
                if not os.path.isdir(self.directory):
                    raise errors.NO_SUCH_DOMAIN()
                with locked(path, shared=shared) as descriptor:
                    if _is_at(descriptor, path):
                        yield descriptor
                        return

    def _ready(self, descriptor: int) -> State:
        """With the exclusive lock: complete what a dead process has left, and return a reliable state."""
        complete(self._disk, self.directory)
        state = read_state(descriptor)
        if not state.trusted or self._doubtful:
            clear_litter(self._disk, self.directory)
            state = self._found_again(state)
            write_state(self._disk, descriptor, state)
            self._doubtful = False
        return state

    def _found_again(self, state: State) -> State:
        """The state, rebuilt from the items; items that a person wrote without a number get one."""
        disk, shelf = self._disk, self._shelf
        with self._looking:
            shelf.look()
            for entity, name, item in shelf.unnumbered(state.last_entity):
                path = path_of(name) + ENDING
                beside = disk.write_beside(os.path.join(self.directory, NEW), item_text(name, entity, item))
                disk.replace(beside, os.path.join(self.directory, path))
                sync_places(disk, self.directory, [path])
            shelf.look()
            last = max([state.last_entity, *(row[0] for row in shelf.rows(state.last_entity))])
            return State(max(state.revision, 0), last, shelf.tally.copy(), state.boots)

    def _look(self) -> tuple[list[tuple[int, str, Item]], Tally, list[StorageError]]:
        """All items of one moment as rows, their statistics, and the problems with unreadable ones."""
        return looked_at(self, self._look_now)

    def _look_now(self) -> tuple[list[tuple[int, str, Item]], Tally, list[StorageError]]:
        with self._held(shared=True) as descriptor:
            if not os.path.exists(os.path.join(self.directory, JOURNAL)):
                return self._seen(descriptor)
        with self._held() as descriptor:
            self._ready(descriptor)
            return self._seen(descriptor)

    def _seen(self, descriptor: int) -> tuple[list[tuple[int, str, Item]], Tally, list[StorageError]]:
        state = read_state(descriptor)
        with self._looking:
            self._shelf.look()
            tally = self._shelf.tally.copy()
            if tally.statistics() != state.tally.statistics() or self._shelf.unnumbered(state.last_entity):
                self._doubtful = True
            return self._shelf.rows(state.last_entity), tally, self._shelf.problems()

    def _document(self, name: str) -> Document | None:
        path = path_of(name) + ENDING
        content = overlay(self.directory, path)
        if content is None:
            return None
        document = parse_item(os.path.join(self.directory, path), content)
        if document.name != name:
            raise broken(os.path.join(self.directory, path), f"item {document.name!r} belongs elsewhere")
        return document

    def recover(self) -> None:
        """Complete or remove what a dead process has left."""
        with self._held() as descriptor:
            if not complete(self._disk, self.directory) and read_state(descriptor).trusted:
                clear_litter(self._disk, self.directory)
            else:
                self._doubtful = True
                self._ready(descriptor)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Within this context nothing is written, nor half written."""
        with self._held():
            complete(self._disk, self.directory)
            yield

    def problems(self) -> list[StorageError]:
        """The problems with the files of items."""
        return self._look()[2]


@contextmanager
def failing(path: str) -> Iterator[None]:
    """Turn errors of the file system into StorageError."""
    try:
        yield
    except OSError as problem:
        reason = problem.strerror or str(problem)
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(f"{problem.filename or path}: {reason}", unavailable=full) from problem


def _is_at(descriptor: int, path: str) -> bool:
    """Whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _summary(problems: list[StorageError]) -> StorageError:
    others = f" (and {len(problems) - 1} other files)" if len(problems) > 1 else ""
    return StorageError(f"{problems[0]}{others}")
