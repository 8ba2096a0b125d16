"""SimpleDB inside moto: after :func:`install`, ``mock_aws`` and moto's servers have a complete SimpleDB.

The pytest plug-in installs it automatically, unless the ini file has ``simpledb_moto = false``.
"""

from __future__ import annotations

from basicdb_mock.intercept.moto import simpledb
from basicdb_mock.intercept.seams import install_moto as install
from basicdb_mock.intercept.seams import uninstall_moto as uninstall

__all__ = ["install", "simpledb", "uninstall"]
