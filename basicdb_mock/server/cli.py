"""The command ``basicdb-mock``: one module per subcommand, imported when it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from basicdb_mock import __version__
from basicdb_mock.storage import StorageError

COMMANDS = {
    "serve": ("basicdb_mock.server.commands.serve", "serve SimpleDB over HTTP"),
    "seed": ("basicdb_mock.server.commands.seed", "load data from files"),
    "dump": ("basicdb_mock.server.commands.dump", "write data in the seed format"),
    "check": ("basicdb_mock.server.commands.check", "check a store on disk"),
    "explain": ("basicdb_mock.server.commands.explain", "explain how a select expression is parsed and executed"),
    "verify": ("basicdb_mock.transcripts.verify", "replay recorded transcripts against an endpoint"),
    "record": ("basicdb_mock.transcripts.record", "record requests to an endpoint as a transcript"),
    "cluster": ("basicdb_mock.storage.cluster.commands", "start, inspect and stop a local Redis cluster"),
    "completion": ("basicdb_mock.server.commands.completion", "print a shell completion script"),
}
"""By name: the module with ``add_arguments(parser)`` and ``run(arguments) -> exit status``, and what it does."""

_EPILOG = """\
Run `basicdb-mock COMMAND --help` for the options of a command.

examples:
  basicdb-mock serve                          in memory, on port 8080
  basicdb-mock serve --data ./data            kept on disk
  basicdb-mock seed --endpoint http://127.0.0.1:8080 users.yaml
  basicdb-mock explain "select * from users where age > '030' order by age"

exit status:
  0  success
  1  the command failed, or a check found a problem; see standard error
  2  wrong usage

environment:
  BASICDB_MOCK_TOKEN  the server's token, for commands that take --endpoint
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 1 for a failure (see standard error), 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in COMMANDS:
        main_parser().parse_args(words)
        return 2
    chosen = parser_of(words[0]).parse_args(words[1:])
    try:
        return int(_module(words[0]).run(chosen))
    except (ValueError, OSError, StorageError) as problem:
        sys.stderr.write(f"basicdb-mock {words[0]}: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def main_parser() -> argparse.ArgumentParser:
    """The parser of the command's name, with the list of commands."""
    parser = argparse.ArgumentParser(
        "basicdb-mock",
        description="A local Amazon SimpleDB for tests.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"basicdb-mock {__version__}")
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, (_, what) in COMMANDS.items():
        subcommands.add_parser(name, help=what)
    return parser


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of a command's arguments."""
    command = _module(name)
    parser = argparse.ArgumentParser(
        f"basicdb-mock {name}",
        description=command.__doc__ or COMMANDS[name][1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def _module(name: str):  # type: ignore[no-untyped-def]  # a module
    return import_module(COMMANDS[name][0])
