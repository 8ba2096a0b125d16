"""Which call of a client is being served, for storages that must distinguish a retry from a new call."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

served_headers: ContextVar[Mapping[str, str] | None] = ContextVar("served_headers", default=None)
"""The headers of the request that is being served, which few storages need."""


def invocation() -> str | None:
    """The client's id for its call, the same in every retry; ``None`` if it sent none.

    AWS SDKs send it in the header ``amz-sdk-invocation-id`` (source: botocore ``add_retry_headers``).
    """
    headers = served_headers.get()
    return None if headers is None else headers.get("amz-sdk-invocation-id")
