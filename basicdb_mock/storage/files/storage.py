"""The ``files:`` storage: a directory tree, account by region by domain, that people can read, edit and review."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from basicdb_mock import errors
from basicdb_mock.model import Tenant
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files.disk import Disk, locked, read
from basicdb_mock.storage.files.documents import broken, parse, written
from basicdb_mock.storage.files.domain import FilesDomain, failing
from basicdb_mock.storage.files.journal import NEW
from basicdb_mock.storage.files.names import HASHED, decoded, path_of
from basicdb_mock.storage.files.records import RECORDS, RecordFiles
from basicdb_mock.storage.records import NO_RECORDS, Changes, Records

FORMAT = "basicdb-mock files"
VERSION = 1
MARKER, ABOUT, LOCK = "@basicdb.json", "@domain.json", "@lock"
STAGING, TRASH = "@staging-", "@trash-"
IGNORED = "".join(
    f"{line}\n" for line in (LOCK, RECORDS, "@state", f"{NEW}/", "@journal.json", f"{STAGING}*", f"{TRASH}*")
)
"""The files of a store that do not belong in git."""


class FilesSnapshot:
    """A copy of a tenant's domains, or of all, in a temporary directory that is deleted with this object."""

    def __init__(self, tenant: Tenant | None) -> None:
        self.tenant = tenant
        self.directory = tempfile.mkdtemp(prefix="basicdb-mock-snapshot-")
        weakref.finalize(self, shutil.rmtree, self.directory, ignore_errors=True)
        self.domains: list[tuple[Tenant, str]] = []
        self.records: dict[Tenant, Records] = {}


class FilesStorage:
    """Domains as directories; any number of processes, even on several machines, may use one store."""

    def __init__(self, directory: str, disk: Disk) -> None:
        self.directory = os.path.abspath(directory)
        self._disk = disk
        self._records = RecordFiles(disk, self.directory)
        self._domains: dict[str, tuple[tuple[int, ...], FilesDomain]] = {}
        with failing(self.directory):
            _claim(disk, self.directory)
            with self._held():
                for name in os.listdir(self.directory):
                    if name.startswith((STAGING, TRASH)):
                        disk.remove_tree(os.path.join(self.directory, name))
        for tenant in self.tenants():
            for name in self.list_domains(tenant, "", -1):
                domain = self.domain(tenant, name)
                if _has_litter(domain.directory):
                    domain.recover()

    def create_domain(self, tenant: Tenant, name: str, *, now: float, at_most: int) -> None:
        with failing(self.directory):
            path = self._path(tenant, name)
            if os.path.isdir(path):
                return
            with self._held():
                if os.path.isdir(path):
                    return
                if len(self.list_domains(tenant, "", -1)) >= at_most:
                    raise errors.NUMBER_DOMAINS_EXCEEDED()
                about = {"account": tenant.account, "region": tenant.region, "domain": name, "created": now}
                self._place({ABOUT: written(about)}, path)

    def drop_domain(self, tenant: Tenant, name: str) -> None:
        with failing(self.directory), self._held():
            self._drop(self._path(tenant, name))

    def list_domains(self, tenant: Tenant, after: str, at_most: int) -> Sequence[str]:
        """See the contract; ``at_most`` below 0 lists all."""
        with failing(self.directory):
            region = os.path.join(self.directory, path_of(tenant.account), path_of(tenant.region))
            found = (name_of(path, "domain") for path in children(region))
            names = sorted(name for name in found if name is not None and name > after)
        return names[:at_most] if at_most >= 0 else names

    def domain(self, tenant: Tenant, name: str, *, consistent: bool = True) -> FilesDomain:
        path = self._path(tenant, name)
        with failing(path):
            look = _look(path)
            if look is None:
                raise errors.NO_SUCH_DOMAIN()
            known = self._domains.get(path)
            if known is not None and known[0] == look:
                return known[1]
            about = _about(path)
            created = about.get("created", 0.0)
            if not isinstance(created, (int, float)):
                raise broken(os.path.join(path, ABOUT), '"created" must be seconds since 1970')
            domain = FilesDomain(self._disk, path, float(created))
            self._domains[path] = look, domain
            return domain

    def tenants(self) -> Sequence[Tenant]:
        found: list[Tenant] = []
        with failing(self.directory):
            for account in children(self.directory):
                for region in children(account):
                    names = name_of(account, "account"), name_of(region, "region")
                    if None not in names and next(children(region), None) is not None:
                        found.append(Tenant(*names))  # type: ignore[arg-type]  # mypy does not see that none is None
        return sorted(found)

    def records(self, tenant: Tenant, known: str | None = None) -> Records | None:
        with failing(self.directory):
            return self._records.read(tenant, known)

    def change_records(self, tenant: Tenant, revision: str, changes: Changes) -> bool:
        with failing(self.directory), self._held():
            return self._records.change(tenant, revision, changes)

    def record_tenants(self) -> Sequence[Tenant]:
        with failing(self.directory):
            return sorted(self._records.kept(None, self._regions()))

    def snapshot(self, tenant: Tenant | None = None) -> FilesSnapshot:
        snapshot = FilesSnapshot(tenant)
        with failing(self.directory), self._held(), ExitStack() as locks:
            snapshot.records = self._records.kept(tenant, self._regions())
            for owner in self.tenants():
                if tenant in (None, owner):
                    for name in self.list_domains(owner, "", -1):
                        snapshot.domains.append((owner, name))
                        locks.enter_context(self.domain(owner, name).still())
            for number, (owner, name) in enumerate(snapshot.domains):
                source = self._path(owner, name)
                for path, content in _contents(source):
                    target = os.path.join(snapshot.directory, str(number), path)
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with open(target, "wb") as file:
                        file.write(content)
        return snapshot

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, FilesSnapshot):
            raise StorageError("not a snapshot of a files: storage")
        with failing(self.directory), self._held():
            self._clear(snapshot.tenant)
            for number, (owner, name) in enumerate(snapshot.domains):
                contents = dict(_contents(os.path.join(snapshot.directory, str(number))))
                self._place(contents, self._path(owner, name))
            for owner, records in snapshot.records.items():
                self._records.put(owner, records)

    def clear(self, tenant: Tenant | None = None) -> None:
        with failing(self.directory), self._held():
            self._clear(tenant)

    def close(self) -> None:
        self._domains.clear()

    # -- directories ---------------------------------------------------------------------------------------------------
    @contextmanager
    def _held(self) -> Iterator[None]:
        """The lock of the whole store, for creating and dropping domains."""
        with locked(os.path.join(self.directory, LOCK)):
            yield

    def _path(self, tenant: Tenant, name: str) -> str:
        return os.path.join(self.directory, path_of(tenant.account), path_of(tenant.region), path_of(name))

    def _place(self, contents: dict[str, bytes], path: str) -> None:
        """Create a domain's directory with some files: completely or not at all."""
        disk = self._disk
        stage = os.path.join(self.directory, f"{STAGING}{secrets.token_hex(8)}")
        try:
            disk.make_directories(os.path.join(stage, NEW))
            for file, content in contents.items():
                target = os.path.join(stage, file)
                disk.make_directories(os.path.dirname(target))
                disk.replace(disk.write_beside(os.path.join(stage, NEW), content), target)
                disk.sync_directory(os.path.dirname(target), rare=True)
            disk.make_directories(os.path.dirname(path))
            disk.replace(stage, path)
        except BaseException:
            disk.remove_tree(stage)
            raise
        disk.sync_directory(os.path.dirname(path), rare=True)

    def _clear(self, tenant: Tenant | None) -> None:
        for owner in self.tenants():
            if tenant in (None, owner):
                for name in self.list_domains(owner, "", -1):
                    self._drop(self._path(owner, name))
        for owner in self._records.kept(tenant, self._regions()):
            self._records.put(owner, NO_RECORDS)

    def _regions(self) -> Iterator[str]:
        """The directories of all regions of all accounts."""
        return (region for account in children(self.directory) for region in children(account))

    def _drop(self, path: str) -> None:
        if not os.path.isdir(path):
            return
        trash = os.path.join(self.directory, f"{TRASH}{secrets.token_hex(8)}")
        with FilesDomain(self._disk, path, 0.0).still():
            self._disk.replace(path, trash)
        self._disk.sync_directory(os.path.dirname(path))
        self._domains.pop(path, None)
        self._disk.remove_tree(trash)
        above = os.path.dirname(path)
        with suppress(OSError):  # up to one that is not empty
            while above != self.directory:
                os.rmdir(above)
                above = os.path.dirname(above)


def _claim(disk: Disk, directory: str) -> None:
    """Turn a directory into a store unless it is one.  Raises StorageError, having changed nothing."""
    disk.make_directories(directory)
    if claimed(directory):
        return
    if any(name not in (NEW, LOCK, ".git", ".gitignore") for name in os.listdir(directory)):
        raise StorageError(f"{directory}: it is neither empty nor a store of basicdb-mock; it was left as it is")
    new, ignore = os.path.join(directory, NEW), os.path.join(directory, ".gitignore")
    disk.make_directories(new)
    if not os.path.exists(ignore):
        disk.replace(disk.write_beside(new, IGNORED.encode()), ignore)
    marker = disk.write_beside(new, written({"format": FORMAT, "version": VERSION}))
    disk.replace(marker, os.path.join(directory, MARKER))
    disk.sync_directory(directory, rare=True)


def claimed(directory: str) -> bool:
    """Whether a directory is a store.  Raises StorageError for a broken or newer store."""
    path = os.path.join(directory, MARKER)
    content = read(path)
    if content is None:
        return False
    about = parse(path, content)
    version = about.get("version")
    if about.get("format") != FORMAT or not isinstance(version, int):
        raise broken(path, "it is not what marks a store of basicdb-mock")
    if version > VERSION:
        raise StorageError(
            f"{directory}: it was written by a newer basicdb-mock (version {version} of the store; this one knows up "
            f"to {VERSION}); it was left as it is"
        )
    return True


def children(directory: str) -> Iterator[str]:
    """The subdirectories with encoded names, including those with long names."""
    try:
        entries = sorted(entry.path for entry in os.scandir(directory) if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in entries:
        name = os.path.basename(path)
        if name == HASHED:
            for shard in children(path):
                yield from children(shard)
        elif not name.startswith(("@", ".")):
            yield path


def name_of(path: str, kind: str) -> str | None:
    """The name of the account, region or domain that a directory is for; ``None`` for any other directory."""
    text = os.path.basename(path)
    if not (len(text) == 62 and os.path.basename(os.path.dirname(os.path.dirname(path))) == HASHED):
        try:
            return decoded(text)
        except ValueError:
            return None
    for found, _, files in os.walk(path):
        if ABOUT in files:
            name = _about(found).get(kind)
            if isinstance(name, str):
                return name
    return None


def _look(path: str) -> tuple[int, ...] | None:
    """What distinguishes a domain's directory from a later one in its place; ``None`` if there is none."""
    look: tuple[int, ...] = ()
    for one in (path, os.path.join(path, ABOUT)):
        try:
            status = os.stat(one)
        except FileNotFoundError:
            return look or None
        look += (status.st_ino,)
    return (*look, status.st_mtime_ns, status.st_ctime_ns)  # inode numbers are soon reused


def _about(path: str) -> dict[str, object]:
    content = read(os.path.join(path, ABOUT))
    return parse(os.path.join(path, ABOUT), content) if content is not None else {}


def _has_litter(directory: str) -> bool:
    try:
        return bool(os.listdir(os.path.join(directory, NEW)))
    except FileNotFoundError:
        return os.path.exists(os.path.join(directory, "@journal.json"))


def _contents(directory: str) -> Iterator[tuple[str, bytes]]:
    """All files in a domain's directory, with their paths in it."""
    for found, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if name != NEW]
        for name in files:
            path = os.path.join(found, name)
            content = read(path)
            if content is not None:
                yield os.path.relpath(path, directory), content
