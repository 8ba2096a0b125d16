"""The internals of responses: how a ``RequestsMock`` answers a request.  Tested with responses 0.25 to 0.26.

Inside a user's own ``RequestsMock``, requests never reach ``HTTPAdapter.send``.  The user's registered answers come
first; a SimpleDB request that none of them matches is answered by the active SimpleDB.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from basicdb_mock.intercept.registry import REGISTRY, Answers
from basicdb_mock.intercept.requests import http_response, request_of


def match_after_users(find_match: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``RequestsMock._find_match``."""

    @functools.wraps(find_match)
    def found(self: Any, request: Any) -> Any:
        match, reasons = find_match(self, request)
        if match is None:
            simpledb = REGISTRY.answering(request.url, request.body)
            if simpledb is not None:
                return _match(simpledb, request), []
        return match, reasons

    return found


def _match(simpledb: Answers, request: Any) -> Any:
    from responses import BaseResponse

    class Match(BaseResponse):
        """Answers the one request it was made for."""

        def get_response(self, request: Any) -> Any:
            return http_response(simpledb.handle(request_of(request, request.req_kwargs.get("timeout"))), request)

    return Match(request.method, request.url)
