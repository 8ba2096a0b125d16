"""The command ``basicdb-mock``: one subcommand a module, imported when it is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from basicdb_mock import __version__
from basicdb_mock.storage import StorageError

COMMANDS = {
    "serve": ("basicdb_mock.server.commands.serve", "serve SimpleDB over HTTP"),
    "seed": ("basicdb_mock.server.commands.seed", "put data in from files"),
    "dump": ("basicdb_mock.server.commands.dump", "write data down in the seed format"),
    "check": ("basicdb_mock.server.commands.check", "check a store on disk"),
    "explain": ("basicdb_mock.server.commands.explain", "tell how a select expression is read and run"),
    "verify": ("basicdb_mock.transcripts.verify", "replay recorded transcripts against an endpoint"),
    "record": ("basicdb_mock.transcripts.record", "record what clients say to an endpoint as a transcript"),
    "cluster": ("basicdb_mock.storage.cluster.commands", "start, look at and stop a local Redis cluster"),
}
"""Name, then the module with ``add_arguments(parser)`` and ``run(arguments) -> exit status``, and what it does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 1 for a failure told on standard error, 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        "basicdb-mock", description="The Amazon SimpleDB that runs in a test.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"basicdb-mock {__version__}")
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, (_, what) in COMMANDS.items():
        subcommands.add_parser(name, help=what)
    if not words or words[0] not in COMMANDS:
        parser.parse_args(words)
        return 2
    module, what = COMMANDS[words[0]]
    command = import_module(module)
    own = argparse.ArgumentParser(
        f"basicdb-mock {words[0]}",
        description=command.__doc__ or what,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(own)
    chosen = own.parse_args(words[1:])
    try:
        return int(command.run(chosen))
    except (ValueError, OSError, StorageError) as problem:
        sys.stderr.write(f"basicdb-mock {words[0]}: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
