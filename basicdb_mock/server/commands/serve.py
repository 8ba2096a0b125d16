"""Serve SimpleDB over HTTP, until SIGTERM or SIGINT.

Data are kept in memory unless you give --data or --storage.  Any access key is accepted, and each has its own account.

  basicdb-mock serve                                           on port 8080, in memory
  basicdb-mock serve --data ./data --seed users.yaml           keep data on disk, and load some first
  basicdb-mock serve --port 0 --port-file server.port --quiet  for scripts: the file appears once it listens
  basicdb-mock serve --limit domains=3 --lag 2                 at most three domains; reads are two seconds stale
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from basicdb_mock.engine import Engine
from basicdb_mock.journal import Call
from basicdb_mock.limits import LIMIT_NAMES, Limits, limits_from
from basicdb_mock.model import Tenant
from basicdb_mock.server.commands import DEFAULT_KEY, storage_url

_HOW_TO = """\
basicdb-mock listens on {url}
  boto3, AWS SDKs   export AWS_ENDPOINT_URL_SIMPLEDB={url}   (or endpoint_url="{url}")
  AWS CLI           aws configure set preview.sdb true; aws sdb list-domains --endpoint-url {url}
  anything else     send SimpleDB requests to {url}/ ; {url}/_basicdb/health answers once it is ready
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8080, help="port to listen on, 0 for a free one (default %(default)s)")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port to FILE once the server listens")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data", type=Path, metavar="DIR", help="keep data on disk in DIR (sqlite)")
    place.add_argument("--storage", default="memory:", metavar="URL", help="storage to use (default %(default)s)")
    parser.add_argument(
        "--region", default="us-east-1", help="region of requests whose host names none (default %(default)s)")
    parser.add_argument("--limits", default="AWS", metavar="NAME", help="limits to enforce, AWS (default) or RELAXED")
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=VALUE",
        help=f"set one limit (repeatable); NAME is one of {', '.join(LIMIT_NAMES)}",
    )  # fmt: skip
    parser.add_argument(
        "--seed", action="append", type=Path, default=[], metavar="PATH",
        help="load a file or directory at the start, into the account of the access key 'testing' (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--exports", type=Path, metavar="DIR",
        help="directory that exports are written to (default: below that of --data, if given)",
    )  # fmt: skip
    parser.add_argument(
        "--s3-endpoint", metavar="URL", help="S3 endpoint that exports are written to; 'aws' for Amazon S3")
    parser.add_argument(
        "--export-delay", type=float, default=0.0, metavar="SECONDS", help="seconds that an export takes (default 0)"
    )
    parser.add_argument("--credentials", type=Path, metavar="FILE", help="verify signatures against the keys in FILE")
    parser.add_argument(
        "--trust-forwarded-host", action="store_true",
        help="verify signatures against X-Forwarded-Host; only behind a proxy that always sets it",
    )  # fmt: skip
    parser.add_argument("--faults", type=Path, metavar="FILE", help="inject the faults in FILE")
    parser.add_argument(
        "--lag", metavar="SECONDS", help="how stale reads without ConsistentRead are, such as 2 or 'uniform(0, 2)'"
    )
    parser.add_argument(
        "--token", metavar="TOKEN",
        help="token that the control API and the console require (default: none on a loopback address, "
             "else one is generated and printed)",
    )  # fmt: skip
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME",
        help="public host name under which the control API and the console may be used (repeatable)",
    )  # fmt: skip
    loud = parser.add_mutually_exclusive_group()
    loud.add_argument("--quiet", action="store_true", help="do not log requests")
    loud.add_argument("--verbose", action="store_true", help="also log each request's parameters and error message")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def chosen_limits(name: str, single: list[str]) -> Limits:
    """The limits of ``--limits``, changed by those of ``--limit``.  Raises ValueError."""
    changes: dict[str, object] = {}
    for setting in single:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"--limit takes NAME=VALUE, not {setting!r}")
        changes[key] = value if key == "domain_name_pattern" else _number(key, value)
    return limits_from(changes, base=limits_from(name))


def _number(name: str, value: str) -> float | int:
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        raise ValueError(f"limit {name!r} takes a number, not {value!r}") from None


def log_call(call: Call, *, verbose: bool = False) -> None:
    """Log a request on one line: operation, domain, status, code, milliseconds."""
    words = [
        call.operation or call.request.method,
        call.domain or "-",
        str(call.status),
        call.code or "-",
        f"{call.seconds * 1000:.1f} ms",
    ]
    if verbose:
        words.append(" ".join(f"{name}={value!r}" for name, value in call.parameters.items()))
        if call.message:
            words.append(call.message)
    sys.stdout.write(_one_line(" ".join(words)))
    sys.stdout.flush()


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text) + "\n"


def run(arguments: argparse.Namespace) -> int:
    from basicdb_mock.accounts import Accounts
    from basicdb_mock.clock import AdjustableClock
    from basicdb_mock.exports import ExportSettings
    from basicdb_mock.rehearsal import Faults
    from basicdb_mock.rehearsal.faults_file import parse_lag, read_faults
    from basicdb_mock.seeding import read_seed, seed
    from basicdb_mock.server.running import RunningServer

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    if arguments.port_file:
        arguments.port_file.unlink(missing_ok=True)  # a killed server's: scripts that wait for the file must find ours
    limits = chosen_limits(arguments.limits, arguments.limit)
    clock = AdjustableClock()
    trust = arguments.trust_forwarded_host
    accounts = Accounts.from_file(arguments.credentials, trust_forwarded_host=trust) if arguments.credentials else None
    faults = Faults(clock, read_faults(arguments.faults)) if arguments.faults else None
    seeds = read_seed(arguments.seed, limits) if arguments.seed else {}
    lag = parse_lag(arguments.lag) if arguments.lag else None
    exports = ExportSettings(
        _exports_directory(arguments), arguments.s3_endpoint, delay=arguments.export_delay, in_background=True
    )
    engine = Engine(
        storage_url(arguments),
        limits=limits,
        accounts=accounts,
        region=arguments.region,
        clock=clock,
        rehearsal=faults,
        lag=lag,
        exports=exports,
    )
    if seeds:
        seed(engine, seeds, Tenant(engine.accounts.account_of(DEFAULT_KEY), arguments.region))
    if not arguments.quiet:
        engine.observers.append(lambda call: log_call(call, verbose=arguments.verbose))
    told = threading.Event()
    # Also because a process with the ID 1, as in a container, has no default action for them.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    try:
        with RunningServer(
            engine, host=arguments.host, port=arguments.port, token=arguments.token, hosts=arguments.allowed_host
        ) as server:
            if arguments.port_file:
                _write_port(arguments.port_file, server.port)
            shown = f"?token={server.token}" if server.token and not arguments.token else ""
            console = f"  the console       {server.url}/_basicdb/{shown}\n"
            sys.stdout.write(_HOW_TO.format(url=server.url) + console)  # at once, before the first request is logged
            sys.stdout.flush()
            while not told.wait(3600):
                continue
    finally:
        engine.close()
        if arguments.port_file:
            arguments.port_file.unlink(missing_ok=True)
    return 0


def _exports_directory(arguments: argparse.Namespace) -> Path | None:
    """Where exports go: those of data that outlive the server outlive it too."""
    if arguments.exports is None and arguments.data is not None and arguments.s3_endpoint is None:
        return Path(arguments.data, "exports")
    directory: Path | None = arguments.exports
    return directory


def _write_port(path: Path, port: int) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(f"{port}\n")
    except OSError as problem:
        problem.filename = str(path)  # the error names the file the user gave
        raise
    beside.replace(path)  # a rename, so that scripts that wait for the file find it complete
