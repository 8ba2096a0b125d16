"""The internals of aiobotocore: how a request is created, sent and signed.

Tested with aiobotocore 2.13 to 3.10.  A client created after :func:`basicdb_mock.intercept.seams.listen` is answered by
the same handler as botocore's, whose body can be awaited; the functions here are for clients created before.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from basicdb_mock.intercept.botocore import ASYNC, answer_if_active, equipped, wait_for


def answer_before_send(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wraps ``AIOHTTPSession.send``."""

    @functools.wraps(send)
    async def answered(self: Any, request: Any) -> Any:
        wait_for(getattr(self._timeout, "sock_read", None))
        given = answer_if_active(request)
        if given is None:
            return await send(self, request)
        return await given if inspect.isawaitable(given) else given

    return answered


def mark_as_async(create: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wraps ``AioEndpoint.create_request``: its requests are botocore's own and look the same."""

    @functools.wraps(create)
    async def marked(self: Any, *arguments: Any, **named: Any) -> Any:
        request = await create(self, *arguments, **named)
        setattr(request, ASYNC, True)
        return request

    return marked


def lend_before_sign(sign: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wraps ``AioRequestSigner.sign``."""

    from aiobotocore.credentials import AioCredentials

    @functools.wraps(sign)
    async def signed(self: Any, operation_name: str, request: Any, *arguments: Any, **named: Any) -> Any:
        return await sign(equipped(self, request, AioCredentials), operation_name, request, *arguments, **named)

    return signed
