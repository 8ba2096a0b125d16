"""The internals of moto: how ``mock_aws`` starts and stops, what answers inside it, how its servers find a service.

Tested with moto 5.0 to 5.2; the canaries are in ``tests/intercept/test_moto.py``.

After :func:`basicdb_mock.moto.install`, SimpleDB inside ``mock_aws`` and moto's servers is ours: complete, in every
region, with moto's accounts, and cleared by moto's reset.  A ``mock_simpledb`` takes precedence over it, whichever was
entered first, since it was asked for by name.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from basicdb_mock.intercept.botocore import answer_if_active, request_of, wait_for
from basicdb_mock.intercept.registry import REGISTRY, is_simpledb
from basicdb_mock.intercept.requests import raise_if_broken

if TYPE_CHECKING:
    from basicdb_mock.intercept.simpledb import SimpleDB

_URLS = r"https?://sdb(?:-fips)?(?:\.[^./]+)?\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
_ours: list[Callable[[], None]] = []  # what undoes each replacement in moto, newest last


def leave() -> None:
    """Stop answering inside moto, and restore what was replaced there."""
    REGISTRY.base = None
    while _ours:
        _ours.pop()()


@functools.cache
def simpledb() -> SimpleDB:
    """Return the SimpleDB inside moto.  There is one for the process, with moto's accounts and regions."""
    from basicdb_mock.accounts import Accounts, Caller
    from basicdb_mock.intercept.simpledb import SimpleDB

    class MotoAccounts(Accounts):
        """Accepts every access key, with the account that moto assigns to it."""

        def identify(self, request: Any, parameters: Mapping[str, str], now: float) -> Caller:
            caller = super().identify(request, parameters, now)
            return Caller(_account(request.headers, caller.access_key), caller.access_key)

        def identify_v4(self, request: Any, now: float) -> Caller:
            caller = super().identify_v4(request, now)
            return Caller(_account(request.headers, caller.access_key), caller.access_key)

    return SimpleDB(accounts=MotoAccounts())


def _account(headers: Mapping[str, str], access_key: str) -> str:
    """The account, as ``BaseResponse.get_current_account`` finds it; registers it with moto, so that it is reset."""
    import moto.sdb
    from moto.iam.models import get_account_id_from

    backends: Any = moto.sdb.sdb_backends  # type: ignore[attr-defined]
    account: str = (
        os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id") or get_account_id_from(access_key))
    backends[account]["us-east-1"]
    return account


# -- mock_aws ----------------------------------------------------------------------------------------------------------


def join() -> None:
    """Answer inside a ``mock_aws`` that was entered before.  ``moto.core.models`` is loaded."""
    if sys.modules["moto.core.models"].MockAWS._mocks_active:
        REGISTRY.base = simpledb()


def begin_with_moto(enable: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``MockAWS._enable_patching``, which the outermost ``mock_aws`` calls."""

    @functools.wraps(enable)
    def begun(self: Any, reset: bool = True) -> Any:
        enable(self, reset=reset)
        if reset:
            simpledb().reset()
        REGISTRY.base = simpledb()

    return begun


def end_with_moto(disable: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``MockAWS._disable_patching``."""

    @functools.wraps(disable)
    def ended(self: Any, *arguments: Any, **named: Any) -> Any:
        REGISTRY.base = None
        return disable(self, *arguments, **named)

    return ended


def stand_aside(stub: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``BotocoreStubber.__call__``, moto's own handler, which must not handle what we have answered."""

    @functools.wraps(stub)
    def called(self: Any, event_name: str, request: Any, **named: Any) -> Any:
        if is_simpledb(request.url):
            given = answer_if_active(request)
            if given is not None:
                return given
        return stub(self, event_name, request, **named)

    return called


def answer_for_moto(process: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``BotocoreStubber.process_request``: the path of requests' requests inside ``mock_aws``."""

    @functools.wraps(process)
    def processed(self: Any, request: Any) -> Any:
        answering = REGISTRY.answering(request.url)
        if answering is None:
            return process(self, request)
        wait_for(None)  # moto does not say how long requests waits
        response = answering.handle(request_of(request))
        raise_if_broken(response, request)
        return response.status, dict(response.headers), response.body

    return processed


# -- the backend: moto's servers, and resets ---------------------------------------------------------------------------


def put_pattern() -> None:
    """Make moto recognize SimpleDB's hosts of every region.  ``moto.backend_index`` is loaded."""
    from moto import backend_index

    entry = ("sdb", re.compile(_URLS))
    if entry not in backend_index.backend_url_patterns:
        backend_index.backend_url_patterns.insert(0, entry)
        _ours.append(lambda: backend_index.backend_url_patterns.remove(entry))


def put_backends() -> None:
    """Replace moto's backends with ours.  ``moto.sdb`` is loaded."""
    package: Any = sys.modules["moto.sdb"]  # not an attribute of moto yet, when it is just being imported
    theirs = package.sdb_backends
    if theirs is not _backends():
        package.sdb_backends = _backends()
        _ours.append(lambda: setattr(package, "sdb_backends", theirs))


@functools.cache
def _backends() -> Any:
    from moto.core.base_backend import BackendDict, BaseBackend

    class SimpleDBBackend(BaseBackend):
        """An account's SimpleDB, as moto's routing and resetting see it."""

        def reset(self) -> None:
            engine = simpledb().engine
            for tenant in {*engine.storage.tenants(), *engine.storage.record_tenants()}:
                if tenant.account == self.account_id:
                    engine.exports.clear(tenant)
                    engine.storage.clear(tenant)

        @property
        def url_bases(self) -> list[str]:
            return [_URLS]

        @property
        def urls(self) -> dict[str, Callable[..., Any]]:
            return {f"{_URLS}/": _serve}

        @property
        def url_paths(self) -> dict[str, Callable[..., Any]]:
            return {"/": _serve, "/v2/<operation>": _serve}

        @property
        def flask_paths(self) -> dict[str, Callable[..., Any]]:
            return self.url_paths

    return BackendDict(SimpleDBBackend, "sdb", additional_regions=["aws"])


def _serve(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
    """Answer a request that moto's own routing brought here: in a moto server."""
    from urllib.parse import urlsplit

    from basicdb_mock.wire.message import Request

    parts = urlsplit(full_url)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    lowered = {str(name).lower(): str(value) for name, value in request.headers.items()}
    response = simpledb().handle(Request(request.method, target, lowered, request.get_data()))
    return response.status, dict(response.headers), response.body
