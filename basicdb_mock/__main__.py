"""``python -m basicdb_mock`` is the command ``basicdb-mock``."""

from __future__ import annotations

import sys

from basicdb_mock.server.cli import main

if __name__ == "__main__":
    sys.exit(main())
