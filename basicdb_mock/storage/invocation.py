"""Which call of a client is being served, for storages that may have to tell a repetition from a new call."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

served_headers: ContextVar[Mapping[str, str] | None] = ContextVar("served_headers", default=None)
"""The headers of the request that is being served; hardly any storage ever looks at them."""


def invocation() -> str | None:
    """What the client named its call by, the same in every retry of it; ``None`` where it did not.

    AWS SDKs send it in the header ``amz-sdk-invocation-id`` (source: botocore ``add_retry_headers``).
    """
    headers = served_headers.get()
    return None if headers is None else headers.get("amz-sdk-invocation-id")
