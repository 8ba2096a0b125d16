"""SimpleDB inside moto: :func:`install` once, and ``mock_aws`` and moto's servers have a complete one.

The pytest plug-in does it by itself, unless the ini file says ``simpledb_moto = false``.
"""

from __future__ import annotations

from basicdb_mock.intercept.moto import simpledb
from basicdb_mock.intercept.seams import install_moto as install
from basicdb_mock.intercept.seams import uninstall_moto as uninstall

__all__ = ["install", "simpledb", "uninstall"]
