"""Fuzz guided by coverage: ``python -m tests.hostile.guided --seconds 60``.

With atheris each input is made from those that reached new code.  Where atheris does not install, inputs are made
blindly from the same beginnings.  An input that breaks a promise ends the run with a traceback.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from time import monotonic


def blindly(seconds: float) -> int:
    from tests.hostile.inputs import beginnings, target

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
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["basicdb_mock"]):
        from tests.hostile.inputs import beginnings, target

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
