"""Checking a store of files: every file in it can be read, and is where it belongs."""

from __future__ import annotations

import os

from basicdb_mock.model import pair_count
from basicdb_mock.storage.checking import Report
from basicdb_mock.storage.contract import StorageError
from basicdb_mock.storage.files import place_of
from basicdb_mock.storage.files.domain import failing
from basicdb_mock.storage.files.journal import NEW, read_journal
from basicdb_mock.storage.files.records import RECORDS, read_records
from basicdb_mock.storage.files.shelf import Shelf
from basicdb_mock.storage.files.storage import ABOUT, MARKER, children, claimed, name_of

__all__ = ["MARKER", "check"]


def check(url: str) -> Report:
    """Check a store; see :func:`basicdb_mock.storage.checking.check`."""
    directory, _ = place_of(url)
    report = Report(directory)
    with failing(directory):
        if not claimed(directory):
            raise StorageError(f"{directory}: there is no store of basicdb-mock in it")
        for account in children(directory):
            for region in children(account):
                try:
                    read_records(os.path.join(region, RECORDS))
                except StorageError as problem:
                    report.problem(str(problem))
                for domain in children(region):
                    _check_domain(domain, report)
    return report


def _check_domain(directory: str, report: Report) -> None:
    report.domains += 1
    try:
        name = name_of(directory, "domain")
        if read_journal(directory) is not None:
            report.notes.append(f"{directory}: a process died during a batch; the next opening completes it")
    except StorageError as problem:
        report.problem(str(problem))
        name = directory
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
