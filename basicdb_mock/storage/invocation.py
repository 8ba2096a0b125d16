"""Which call of a client is being served, for storages that may have to tell a repetition from a new call."""

from __future__ import annotations

from contextvars import ContextVar

invocation: ContextVar[str | None] = ContextVar("invocation", default=None)
"""What the client named its call by, the same in every retry of it; ``None`` where it did not.

AWS SDKs send it in the header ``amz-sdk-invocation-id`` (source: botocore ``add_retry_headers``).
"""
