"""Check a store on disk without changing it, and report what is wrong.  The exit status is 1 if anything is.

  basicdb-mock check DIR
"""

from __future__ import annotations

import argparse
import sys

from basicdb_mock.storage.checking import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="DIR", help="a data directory, as of serve --data, or the URL of a storage")


def run(arguments: argparse.Namespace) -> int:
    report = check(arguments.place)
    sys.stdout.write(f"{report}\n")
    return 0 if report.sound else 1
