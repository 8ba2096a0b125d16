"""Load data from files: YAML, JSON, CSV, a directory of these, or an exported domain.

  basicdb-mock seed --data DIR users.yaml
  basicdb-mock seed --endpoint http://127.0.0.1:8080 fixtures/
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from basicdb_mock.limits import limits_from
from basicdb_mock.seeding import names_in_order, plain, read_seed, seed
from basicdb_mock.server.commands import add_place, add_tenant, storage_url, tenant_of
from basicdb_mock.storage import open_storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", nargs="+", type=Path, metavar="SOURCE", help="a file or directory")
    add_place(parser, endpoint=True)
    add_tenant(parser)
    parser.add_argument("--limits", default="AWS", metavar="NAME", help="AWS (default) or RELAXED")


def run(arguments: argparse.Namespace) -> int:
    from basicdb_mock.engine import Engine

    limits = limits_from(arguments.limits)
    contents = read_seed(arguments.source, limits)
    tenant = tenant_of(arguments)
    if arguments.endpoint:
        from basicdb_mock.control_client import Control

        control = Control(arguments.endpoint, arguments.token)
        control.seed(
            plain(contents), account=tenant.account, region=tenant.region, in_order=names_in_order(contents)
        )
    else:
        with closing(open_storage(storage_url(arguments))) as storage:
            seed(Engine(storage, limits=limits), contents, tenant)
    items = sum(map(len, contents.values()))
    sys.stdout.write(f"{items} items in {len(contents)} domains for account {tenant.account} in {tenant.region}\n")
    return 0
