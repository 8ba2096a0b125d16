"""Inputs for fuzzers that know only bytes: where to begin, and what to try them on."""

from __future__ import annotations

from collections.abc import Callable

from basicdb_mock.accounts.credentials_file import parse_credentials
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.rehearsal.faults_file import parse_faults
from basicdb_mock.select import prepare
from basicdb_mock.wire import next_token
from basicdb_mock.wire.message import Request
from tests.hostile.attacks import STATEMENTS, Attacker, encoded
from tests.hostile.judging import Judge

_ASKING = b"Version=2009-04-15&AWSAccessKeyId=AKIDEXAMPLE&"


def target() -> Callable[[bytes], None]:
    """What is tried with each input; its first byte chooses among the readers."""
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
