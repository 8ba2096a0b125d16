"""Short ways to ask an engine directly, with the key ``testing``."""

from __future__ import annotations

from collections.abc import Mapping

from basicdb_mock.engine import Engine
from basicdb_mock.wire.message import Request
from tests.calling import Answer, straight_into

KEY = "testing"


def send(
    engine: Engine, method: str = "POST", url: str = "/", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """A request as it is."""
    return straight_into(engine).raw(Request(method, url, headers or {}, body))


def ask(engine: Engine, action: str, **parameters: str) -> Answer:
    """One action; a ``_`` in a parameter's name stands for the dot."""
    given = {name.replace("_", "."): value for name, value in parameters.items()}
    return straight_into(engine)(action, given, key=KEY)


def put(engine: Engine, item: str, *pairs: tuple[str, str], replace: bool = False, domain: str = "books") -> Answer:
    return straight_into(engine).put(domain, item, *pairs, replace=replace, key=KEY)


def select(engine: Engine, expression: str, **parameters: str) -> Answer:
    return straight_into(engine).select(expression, key=KEY, **parameters)
