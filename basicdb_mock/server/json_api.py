"""JSON in and JSON out: how the control API reads requests, and the format of its errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import TypeAlias

from flask import request
from werkzeug.exceptions import HTTPException

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.server.guard import COOKIE, Guard
from basicdb_mock.settings import Setting, setting_of
from basicdb_mock.storage import StorageError

_log = logging.getLogger(__name__)

Answer: TypeAlias = "dict[str, object] | tuple[dict[str, object], int]"

PREFIX = "/_basicdb"
"""The path below which everything but SimpleDB itself is."""
_OPEN_PATHS = frozenset({f"{PREFIX}/health", f"{PREFIX}/health/live", f"{PREFIX}/health/ready"})
_PAINT = f"{PREFIX}/static/"
_CODES = {
    400: "BadRequest", 404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge", 415: "UnsupportedMediaType",
}  # fmt: skip


class RefusedError(Exception):
    """An error answer of the control API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def refuse(guard: Guard) -> Callable[[], None]:
    """A Flask ``before_request`` function that raises RefusedError if ``guard`` rejects a request.

    The health checks and the static files of the console are open to all, since they reveal nothing.
    """

    def before() -> None:
        if request.path in _OPEN_PATHS or request.path.startswith(_PAINT):
            return
        token = request.args.get("token") or request.cookies.get(COOKIE)
        headers = request.headers
        refusal = guard.refusal(
            headers.get("Host", ""), headers.get("Origin"), headers.get("Authorization", ""), token
        )
        if refusal is not None:
            raise RefusedError(*refusal)

    return before


def answer_error(problem: Exception) -> tuple[dict[str, object], int]:
    """Any error as JSON, always in the same format."""
    if isinstance(problem, RefusedError):
        return _error(problem.status, problem.code, problem.message)
    if isinstance(problem, HTTPException):
        status = problem.code or 500
        return _error(status, _CODES.get(status, problem.name.replace(" ", "")), problem.description or problem.name)
    if isinstance(problem, SimpleDBError):
        return _error(409, problem.code, problem.message)
    if isinstance(problem, StorageError):
        return _error(503, "StorageFailed", "the storage failed")
    if isinstance(problem, ValueError):
        return _error(400, "BadRequest", str(problem))
    _log.error("%s %s: an error in basicdb-mock itself", request.method, request.path, exc_info=problem)
    return _error(500, "InternalError", "an error in basicdb-mock itself: please report it with the server's log")


def _error(status: int, code: str, message: str) -> tuple[dict[str, object], int]:
    return {"error": {"code": code, "message": message}}, status


def json_body(*, optional: bool = False) -> Setting:
    """The JSON body of the request.  Its Content-Type must be JSON, which a form on another site cannot send."""
    octets = request.get_data(cache=False)
    if not octets and optional:
        return Setting({}, "body")
    if request.mimetype != "application/json":
        raise RefusedError(415, "UnsupportedMediaType", "send JSON with Content-Type: application/json")
    try:
        value = json.loads(octets, parse_constant=_no_number)
    except RecursionError:
        raise RefusedError(400, "BadRequest", "body: nested too deep") from None
    except ValueError as problem:
        raise RefusedError(400, "BadRequest", f"body: not JSON: {problem}") from None
    return setting_of(value, "body")


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not a JSON number")


def url_parameters(names: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters of the URL.  Raises RefusedError for one that is not among ``names``."""
    for name in request.args:
        if name not in (*names, "token"):
            allowed = f"choose from: {', '.join(names)}" if names else "this path takes none"
            raise RefusedError(400, "BadRequest", f"unknown parameter {name[:80]!r}; {allowed}")
    return {name: value for name, value in request.args.items() if name != "token"}


def whole_number(name: str, text: str, least: int, most: int) -> int:
    """A whole number from a URL.  Raises RefusedError if it is not one between ``least`` and ``most``."""
    if text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    raise RefusedError(400, "BadRequest", f"{name} takes a whole number between {least} and {most}, not {text[:80]!r}")
