"""Fuzz for long, by hand: ``python -m tests.hostile --requests 1000000 --seed 1``.

Prints figures as it goes.  A request that brings down a promise is written to ``tests/hostile/corpus`` and told.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import traceback
from base64 import b64encode
from pathlib import Path
from time import monotonic

import yaml

from basicdb_mock.wire.message import Request
from tests.hostile.attacks import Attacker
from tests.hostile.judging import Judge, resident_kilobytes

CORPUS = Path(__file__).with_name("corpus")


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.hostile", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    attacker, judge = Attacker(chosen.seed), Judge()
    began, failures, settled = monotonic(), set(), 0
    while judge.number < chosen.requests and monotonic() - began < chosen.seconds:
        request = attacker.request()
        try:
            judge.judge(request)
        except Exception:  # noqa: BLE001  # whatever it is, it is what is looked for
            told = traceback.format_exc().strip().splitlines()
            if told[-1] not in failures:
                failures.add(told[-1])
                tell(f"request {judge.number}: {told[-1]}\n  kept in {keep(request)}")
        if judge.number == 50_000:
            settled = resident_kilobytes()
        if judge.number % 100_000 == 0:
            rate = judge.number / (monotonic() - began)
            tell(f"{judge.number} requests, {rate:.0f}/s, slowest {judge.slowest:.3f} s, "
                  f"{resident_kilobytes() // 1024} MB")
    tell(f"{judge.number} requests in {monotonic() - began:.0f} s, slowest {judge.slowest:.3f} s of processor time")
    tell(f"memory {settled // 1024} MB after 50,000 requests, {resident_kilobytes() // 1024} MB at the end")
    tell(", ".join(f"{code} {number}" for code, number in judge.answers.most_common()))
    tell(f"{len(failures)} failures")
    return 1 if failures else 0


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def keep(request: Request) -> Path:
    """Write a request to the corpus, from where it is tried again in every run of the tests."""
    name = hashlib.sha256(repr(request).encode()).hexdigest()[:16]
    path = CORPUS / f"{name}.yaml"
    path.write_text(yaml.safe_dump({
        "method": request.method, "url": request.url, "headers": dict(request.headers),
        "body": b64encode(request.body).decode(),
    }))  # fmt: skip
    return path


if __name__ == "__main__":
    sys.exit(main())
