"""Fuzz guided by coverage: ``python -m tests.hostile.guided --seconds 60``.

With atheris each input is made from those that reached new code.  Where atheris does not install, inputs are made
blindly from the same beginnings.  An input that breaks a promise ends the run with a traceback.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from time import monotonic

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.wire.message import Request
from tests.hostile.attacks import STATEMENTS, Attacker, encoded
from tests.hostile.judging import Judge

_ASKING = b"Version=2009-04-15&AWSAccessKeyId=AKIDEXAMPLE&"


def target() -> Callable[[bytes], None]:
    """What is tried with each input; its first byte chooses among the readers."""
    from basicdb_mock.accounts.credentials_file import parse_credentials
    from basicdb_mock.rehearsal.faults_file import parse_faults
    from basicdb_mock.select import prepare
    from basicdb_mock.wire import next_token

    judge = Judge()
    judge.judge(Request("POST", "/", {}, _ASKING + b"Action=CreateDomain&DomainName=dom"))

    def attempt(octets: bytes) -> None:
        kind, rest = octets[:1], octets[1:]
        text = rest.decode("utf-8", "ignore")
        try:
            if kind == b"s":
                prepare(text)
            elif kind == b"t":
                next_token.decode(text)
            elif kind == b"y":
                parse_faults(text)
            elif kind == b"c":
                parse_credentials(text)
            elif kind == b"q":
                expression = f"Action=Select&SelectExpression={encoded(text)}"
                judge.judge(Request("POST", "/", {}, _ASKING + expression.encode()))
            else:
                judge.judge(Request("POST", "/", {}, _ASKING + rest))
        except (SimpleDBError, ValueError) as refused:
            if isinstance(refused, UnicodeError):
                raise

    return attempt


def beginnings() -> list[bytes]:
    """Inputs to start from."""
    attacker = Attacker(7)
    bodies = [b"r" + attacker.request().body for _ in range(60)]
    expressions = [kind + text.encode() for kind in (b"s", b"q") for text in STATEMENTS]
    files = [
        b"y- {operation: Select, fail: InternalError, nth: [1]}", b"c- {access_key: k, secret_key: s, allow: ['*']}",
    ]  # fmt: skip
    return [each for each in (*bodies, *expressions, *files, b"t" + attacker.token().encode()) if len(each) < 2000]


def blindly(seconds: float) -> int:
    attempt, pool, chance = target(), beginnings(), Random(1)
    number, end = 0, monotonic() + seconds
    while monotonic() < end:
        octets = bytearray(chance.choice(pool))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(1, len(octets) + 1)
            inserted = chance.choice(pool)[:8] if chance.random() < 0.2 else chance.randbytes(1)
            octets[at : at + chance.randrange(3)] = inserted
        attempt(bytes(octets))
        number += 1
    return number


def guided(seconds: float) -> None:
    import atheris  # type: ignore[import-not-found,unused-ignore]

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as corpus:
        for number, octets in enumerate(beginnings()):
            Path(corpus, str(number)).write_bytes(octets)
        options = [sys.argv[0], corpus, f"-max_total_time={seconds:.0f}", "-max_len=2000", "-print_final_stats=1"]
        atheris.Setup(options, target())
        atheris.Fuzz()


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m tests.hostile.guided", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--blindly", action="store_true", help="without atheris, even where it is installed")
    chosen = parser.parse_args()
    if find_spec("atheris") is not None and not chosen.blindly:
        guided(chosen.seconds)
    else:
        sys.stdout.write(f"{blindly(chosen.seconds)} inputs\n")
