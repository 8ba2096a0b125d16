"""Check a store on disk without touching it, and explain what is wrong.  Exit status 1 when something is.

  basicdb-mock check DIR
"""

from __future__ import annotations

import argparse
import sys

from basicdb_mock.storage.checking import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="DIR", help="a directory given to serve --data, or a storage's URL")


def run(arguments: argparse.Namespace) -> int:
    report = check(arguments.place)
    sys.stdout.write(f"{report}\n")
    return 0 if report.sound else 1
