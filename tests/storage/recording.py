"""Run in a process with faults.c loaded and FAULT_LOG set: writes, each marked when it was acknowledged.

python -m tests.storage.recording URL
"""

from __future__ import annotations

import ctypes
import sys

from basicdb_mock.changes import Delete, Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.storage import open_storage
from tests.storage.crashing import BATCH, TENANT

FAULTS = ctypes.CDLL(None)


def main(url: str) -> None:
    value = 0
    for _ in range(2):
        storage = open_storage(url)
        storage.create_domain(TENANT, "books", now=0.0, at_most=10)
        domain = storage.domain(TENANT, "books")
        for _ in range(4):
            value += 1
            for client in range(2):
                names = ["c0"] if client == 0 else [f"c1-{part}" * (100 if part == 0 else 1) for part in range(BATCH)]
                pairs = (("n", f"{value:09}"), ("x", "y" * (value % 50 + 1)))
                domain.apply(Write([Put(name, pairs, frozenset("nx")) for name in names], AWS))
                FAULTS.fault_mark(f"{client} {value}".encode())
            domain.apply(Write([Put("c2", (("n", "0"), ("x", "y")))], AWS))
            domain.apply(Write([Delete("c2")], AWS))
            FAULTS.fault_mark(f"2 {value}".encode())
        storage.close()


if __name__ == "__main__":
    main(sys.argv[1])
