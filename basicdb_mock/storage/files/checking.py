"""Checking a store of files: whether every file can be read and is in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator

from basicdb_mock.model import pair_count
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files import place_of
from basicdb_mock.storage.files.domain import failing
from basicdb_mock.storage.files.journal import NEW, read_journal
from basicdb_mock.storage.files.records import RECORDS, read_records
from basicdb_mock.storage.files.shelf import Shelf
from basicdb_mock.storage.files.storage import ABOUT, MARKER, children, claimed, name_of
from basicdb_mock.storage.report import Report

__all__ = ["MARKER", "check"]


def check(url: str) -> Report:
    """Check a store; see :func:`basicdb_mock.storage.checking.check`."""
    directory, _ = place_of(url)
    report = Report(directory)
    with failing(directory):
        if not claimed(directory):
            raise StorageError(f"{directory}: there is no store of basicdb-mock in it")
        for account, _ in _named(directory, "account", report):
            for region, _ in _named(account, "region", report):
                try:
                    read_records(os.path.join(region, RECORDS))
                except StorageError as problem:
                    report.problem(str(problem))
                for domain, name in _named(region, "domain", report):
                    _check_domain(domain, name, report)
    return report


def _named(directory: str, kind: str, report: Report) -> Iterator[tuple[str, str]]:
    """The subdirectories that are accounts, regions or domains, and their names."""
    for path in children(directory):
        try:
            name = name_of(path, kind)
        except StorageError as problem:
            report.problem(str(problem))
            name = path
        if name is None:
            report.problem(f"{path}: nothing tells whose {kind} it is; what is in it is not seen")
        else:
            yield path, name


def _check_domain(directory: str, name: str, report: Report) -> None:
    report.domains += 1
    try:
        if read_journal(directory) is not None:
            report.notes.append(f"{directory}: a process died during a batch; the next opening completes it")
    except StorageError as problem:
        report.problem(str(problem))
    if not os.path.isfile(os.path.join(directory, ABOUT)):
        report.notes.append(f"{directory}: without {ABOUT} nobody knows when domain {name!r} was created")
    new = os.path.join(directory, NEW)
    litter = len(os.listdir(new)) if os.path.isdir(new) else 0
    if litter:
        report.notes.append(f"{directory}: {litter} files of writes that were never acknowledged, nor count")
    shelf = Shelf(directory)
    shelf.look()
    for broken in shelf.problems():
        report.problem(str(broken))
    for document in shelf.documents():
        report.items += 1
        report.pairs += pair_count(document.item)
    for _, item_name, _ in shelf.unnumbered(0):
        report.notes.append(f"{directory}: item {item_name!r} has no number of its own; the next write gives it one")
