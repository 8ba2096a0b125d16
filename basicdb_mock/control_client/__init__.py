"""A client of the control API, for tests whose server runs in another process or container.

It needs only the standard library::

    from basicdb_mock.control_client import Control

    simpledb = Control("http://localhost:8080")
    simpledb.reset()
    simpledb.seed({"users": {"alice": {"color": ["blue", "red"]}}})
    simpledb.fail("PutAttributes", "ServiceUnavailable", times=2)
    simpledb.tick(2)
    calls = simpledb.calls(operation="PutAttributes")
"""

from __future__ import annotations

from basicdb_mock.control_client.calls import Exchange, RecordedCall
from basicdb_mock.control_client.connection import ControlError
from basicdb_mock.control_client.control import Control

__all__ = ["Control", "ControlError", "Exchange", "RecordedCall"]
