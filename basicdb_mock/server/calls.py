"""The journal in the control API."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from basicdb_mock.journal import Call, Journal
from basicdb_mock.server.json_api import whole_number
from basicdb_mock.wire.message import Request, Response

MOST_IN_A_PAGE = 1000
LONGEST_WAIT = 30.0
FILTERS = ("operation", "domain", "account", "region", "code", "status", "after")
"""By what calls are chosen."""
_SECRET_PARAMETER = re.compile(rb"((?:^|[?&])(?:Signature|SecurityToken|X-Amz-Security-Token)=)[^&]*", re.IGNORECASE)
_SECRET_HEADERS = frozenset({"authorization", "x-amz-security-token", "cookie"})
_HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls to return: those that match everything given and have a number above ``after``."""

    operation: str | None = None
    domain: str | None = None
    account: str | None = None
    region: str | None = None
    code: str | None = None
    status: int | None = None
    after: int = 0

    def accepts(self, call: Call) -> bool:
        return call.number > self.after and all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.operation, call.operation),
                (self.domain, call.domain),
                (self.account, call.account),
                (self.region, call.region),
                (self.code, call.code),
                (self.status, call.status),
            )
        )


def filter_of(query: Mapping[str, str]) -> Filter:
    """The filter in URL parameters, of which empty ones are ignored.  Raises RefusedError."""
    texts = {name: query.get(name) or None for name in FILTERS[:5]}
    status = query.get("status")
    return Filter(
        **texts,
        status=whole_number("status", status, 0, 999) if status else None,
        after=whole_number("after", query.get("after") or "0", 0, 2**63),
    )


def page(journal: Journal, wanted: Filter, limit: int, wait: float) -> dict[str, object]:
    """Up to ``limit`` calls, oldest first; waits up to ``wait`` seconds for one after the filter's number.

    ``next`` in the result is the ``after`` of the next page, ``None`` if there is none.
    """
    if wait:
        journal.wait_after(wanted.after, wait)
    calls = [call for call in journal if wanted.accepts(call)]
    chosen = calls[:limit]
    return {
        "calls": [summary(call) for call in chosen],
        "total": len(calls),
        "next": chosen[-1].number if len(calls) > limit else None,
    }


def summary(call: Call) -> dict[str, object]:
    """A call without its request and response."""
    return {
        "number": call.number,
        "at": call.at,
        "seconds": call.seconds,
        "account": call.account,
        "region": call.region,
        "operation": call.operation,
        "domain": call.domain,
        "parameters": call.parameters,
        "status": call.status,
        "code": call.code,
        "message": call.message,
        "box_usage": None if call.box_usage is None else call.box_usage / 1e10,
    }


def whole(call: Call, *, hide_secrets: bool) -> dict[str, object]:
    """A call with its request and response, bytes in base64.

    ``hide_secrets`` hides signatures and session tokens, which others could use to make calls.
    """
    return {
        **summary(call),
        "request": _request(call.request, hide_secrets),
        "response": _response(call.response),
    }


def _request(request: Request, hide_secrets: bool) -> dict[str, object]:
    hidden: Callable[[bytes], bytes] = _hidden if hide_secrets else bytes
    url = hidden(request.url.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    headers = {
        name: _HIDDEN if hide_secrets and name.lower() in _SECRET_HEADERS else value
        for name, value in request.headers.items()
    }
    return {"method": request.method, "url": url, "headers": headers, **_body(hidden(request.body))}


def _response(response: Response) -> dict[str, object]:
    return {"status": response.status, "headers": dict(response.headers), **_body(response.body)}


def _body(body: bytes) -> Mapping[str, Any]:
    return {"body": body.decode("utf-8", "replace"), "body_base64": b64encode(body).decode()}


def _hidden(text: bytes) -> bytes:
    return _SECRET_PARAMETER.sub(rb"\1" + _HIDDEN.encode(), text)
