"""Write the data of an account in the seed format: sorted, one value per line.

  basicdb-mock dump --data DIR > users.yaml
  basicdb-mock dump --endpoint http://127.0.0.1:8080 --domain users --out users.json
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from basicdb_mock.errors import NO_SUCH_DOMAIN, SimpleDBError
from basicdb_mock.seeding import Contents, contents_of, dump, read_seed
from basicdb_mock.server.commands import add_place, add_tenant, opened, tenant_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_place(parser, endpoint=True)
    add_tenant(parser)
    parser.add_argument("--domain", metavar="NAME", help="one domain only")
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help="write to FILE, as JSON if it ends in .json (default: YAML on standard output)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    try:
        contents = _contents(arguments)
        text = dump(contents, arguments.out)
    except SimpleDBError as refused:
        sys.stderr.write(f"{refused.code}: {refused.message}\n")
        return 1
    if not contents:
        tenant = tenant_of(arguments)
        sys.stderr.write(f"basicdb-mock dump: account {tenant.account} has no domains in {tenant.region}\n")
    if arguments.out is None:
        sys.stdout.write(text)
    return 0


def _contents(arguments: argparse.Namespace) -> Contents:
    tenant = tenant_of(arguments)
    if arguments.endpoint:
        from basicdb_mock.control_client import Control

        control = Control(arguments.endpoint, arguments.token)
        told = control.dump(account=tenant.account, region=tenant.region, domain=arguments.domain)
        if arguments.domain and not told:
            raise NO_SUCH_DOMAIN()
        return read_seed([part["domains"] for part in told])
    with closing(opened(arguments)) as storage:
        return contents_of(storage, tenant, arguments.domain)
