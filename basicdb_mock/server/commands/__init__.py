"""The subcommands of ``basicdb-mock``, one module each, and the options that several of them share."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from basicdb_mock.model import Tenant
from basicdb_mock.regions import region_named
from basicdb_mock.storage import Storage, open_storage

DEFAULT_KEY = "testing"
"""The access key whose account is used by default: that of our own clients."""


def add_place(parser: argparse.ArgumentParser, *, endpoint: bool = False, required: bool = True) -> None:
    """``--data``, ``--storage`` and, if the command can talk to a server, ``--endpoint``."""
    place = parser.add_mutually_exclusive_group(required=required)
    place.add_argument("--data", type=Path, metavar="DIR", help="a data directory, as of serve --data")
    place.add_argument("--storage", metavar="URL", help="the URL of a storage, such as sqlite:PATH")
    if endpoint:
        place.add_argument("--endpoint", metavar="URL", help="the URL of a running server")
        parser.add_argument(
            "--token", default=os.environ.get("BASICDB_MOCK_TOKEN"),
            help="the server's token, if it has one (default: $BASICDB_MOCK_TOKEN)",
        )  # fmt: skip


def add_tenant(parser: argparse.ArgumentParser) -> None:
    """``--account`` or ``--access-key``, and ``--region``."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--account", type=_account, metavar="DIGITS", help="the account number, 12 digits")
    who.add_argument("--access-key", metavar="KEY", help=f"use the account of this access key (default {DEFAULT_KEY})")
    parser.add_argument("--region", default="us-east-1", help="the region (default %(default)s)")


def _account(text: str) -> str:
    if not re.fullmatch("[0-9]{12}", text):
        raise argparse.ArgumentTypeError(f"an account number has 12 digits, not {text!r}")
    return text


def opened(arguments: argparse.Namespace) -> Storage:
    """The storage that ``--data`` or ``--storage`` names, for reading.

    Raises StorageError if it does not exist: it is not created.
    """
    from basicdb_mock.storage.checking import store_at

    if arguments.data:
        return open_storage(store_at(str(arguments.data)))
    scheme, _, path = arguments.storage.partition(":")
    if scheme in ("sqlite", "files") and path:
        store_at(path.partition("?")[0])
    return open_storage(arguments.storage)


def storage_url(arguments: argparse.Namespace) -> str:
    """The URL of the storage that ``--data`` or ``--storage`` names, for writing: a missing directory is created."""
    if arguments.data:
        if arguments.data.is_file():
            raise ValueError(f"{arguments.data} is a file: give --data a directory, or use --storage sqlite:FILE")
        arguments.data.mkdir(parents=True, exist_ok=True)
        return f"sqlite:{arguments.data}"
    named: str = arguments.storage
    return named


def tenant_of(arguments: argparse.Namespace) -> Tenant:
    """The account and region whose data are used."""
    from basicdb_mock.accounts import account_of

    return Tenant(arguments.account or account_of(arguments.access_key or DEFAULT_KEY), region_named(arguments.region))
