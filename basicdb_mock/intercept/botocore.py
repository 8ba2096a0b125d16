"""The internals of botocore: the ``before-send`` event, how a request is sent and signed.

Tested with botocore 1.34.70 to 1.44; the canaries are in ``tests/intercept/test_botocore_seams.py``.

A client created after :func:`basicdb_mock.intercept.seams.listen` has our handlers among its own.  They are registered
for ``before-send.simpledb``, which botocore emits before the ``before-send`` that moto listens to.  Requests of any
other client are intercepted where they are sent.
"""

from __future__ import annotations

import copy
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

from basicdb_mock.intercept.registry import REGISTRY, Answers, is_simpledb
from basicdb_mock.intercept.surroundings import FAKE_CREDENTIALS
from basicdb_mock.wire.message import Request, Response

EVENTS = ("before-send.simpledb", "before-send.simpledbv2")
CALLS = ("before-call.simpledb", "before-call.simpledbv2")
LISTENERS: list[object] = []
"""Who records what is sent and answered (:mod:`basicdb_mock.transcripts`): while there is one, all calls are sent."""
_ANSWER = "_basicdb_mock_answer"
_USER_AGENTS = "_basicdb_mock_user_agents"
ASYNC = "_basicdb_mock_async"
"""Set on the requests of clients that can await their answer."""


def register() -> None:
    """Put our handlers among those that every session begins with.  botocore is loaded."""
    from botocore import handlers

    if not any(entry[1] is answer_if_active for entry in handlers.BUILTIN_HANDLERS):
        handlers.BUILTIN_HANDLERS.extend((event, answer_if_active) for event in EVENTS)
        handlers.BUILTIN_HANDLERS.extend((call, answer_directly_if_active) for call in CALLS)


def answer_if_active(request: Any, **_: Any) -> Any:
    """The handler of ``before-send``: the answer of the SimpleDB that is active, or ``None`` to have it sent."""
    # botocore calls every handler of an event and takes the first answer; each request runs once.
    given = getattr(request, _ANSWER, None)
    if given is not None:
        return given
    simpledb = REGISTRY.answering(request.url, request.body)
    return None if simpledb is None else answer(simpledb, request)


def answer(simpledb: Answers, request: Any) -> Any:
    """The answer of ``simpledb`` to a prepared request of botocore, as botocore would have read it off the wire.

    For an :data:`ASYNC` request it may be a task while faults are in force, the same one each time it is asked for,
    because a delay must not block the event loop.
    """
    given = getattr(request, _ANSWER, None)
    if given is None:
        patience, known = _underway.get()
        if known is not None:  # a retry does it again
            _underway.set(_Underway(patience))
            given = _answer()(request.url, known)
        elif hasattr(request, ASYNC) and _may_wait(simpledb):
            import asyncio

            given = asyncio.ensure_future(asyncio.to_thread(_answered, simpledb, request))
        else:
            given = _answer()(request.url, simpledb.handle(request_of(request)))
        setattr(request, _ANSWER, given)
    return given


def _answered(simpledb: Answers, request: Any) -> Any:
    return _answer()(request.url, simpledb.handle(request_of(request)))


def _may_wait(simpledb: Answers) -> bool:
    engine = getattr(simpledb, "engine", None)
    return engine is not None and engine.rehearsal.active


def answer_directly_if_active(**call: Any) -> Any:
    """The handler of ``before-call``: HTTP response and parsed result, or ``None`` to have the call made."""
    simpledb = REGISTRY.answering(call["params"]["url"], call["params"].get("body"))
    return None if simpledb is None else answer_directly(simpledb, **call)


def answer_directly(simpledb: Answers, **call: Any) -> Any:
    """What ``simpledb`` answers to a call that is not signed and sent, if it is one that answers so."""
    patience = getattr(call["context"].get("client_config"), "read_timeout", None)
    if _underway.get() != (patience, None):
        _underway.set(_Underway(patience))
    if LISTENERS or not getattr(simpledb, "direct", False):
        return None
    from botocore import UNSIGNED

    from basicdb_mock.intercept.direct import result_of

    signer = call["request_signer"]
    if signer.signature_version is UNSIGNED:
        return None
    credentials = signer._credentials
    if _unfetched(credentials):
        key, token = FAKE_CREDENTIALS["AWS_ACCESS_KEY_ID"], None
    else:
        key, token = credentials.access_key, credentials.token
    done = result_of(simpledb, call["params"], key, token)
    if isinstance(done, Response):
        _underway.set(_Underway(patience, done))
        return None
    return done


class _Underway(NamedTuple):
    """What is known of a call before its request is made."""

    patience: float | None = None
    """How many seconds its client waits for an answer."""
    known: Response | None = None
    """The answer, when it was done at before-call: an error, which botocore parses."""


_NOTHING = _Underway()
_underway: ContextVar[_Underway] = ContextVar("basicdb_mock_call_underway", default=_NOTHING)


def wait_for(seconds: float | None) -> None:
    """Set how many seconds the client of the request that is answered next waits."""
    _underway.set(_underway.get()._replace(patience=seconds))


def request_of(prepared: Any) -> Request:
    body = prepared.body
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = bytes(body) if isinstance(body, (bytearray, memoryview)) else body.read()
    return Request(prepared.method, prepared.url, _Headers(prepared.headers), body, _underway.get().patience)


class _Headers(Mapping[str, str]):
    """botocore's headers, which are found by names of any case already, as text; hardly any is ever looked at."""

    __slots__ = ("_given",)

    def __init__(self, given: Any) -> None:
        self._given = given

    def __getitem__(self, name: str) -> str:
        value: str | bytes = self._given[name]
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def get(self, name: str, default: Any = None) -> Any:
        value = self._given.get(name, default)
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def __iter__(self) -> Iterator[str]:
        return (str(name).lower() for name in self._given)

    def __len__(self) -> int:
        return len(self._given)


@functools.cache
def _answer() -> Any:
    from basicdb_mock.intercept.answers import Answer

    return Answer


def answer_before_send(send: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``URLLib3Session.send``."""

    @functools.wraps(send)
    def answered(self: Any, request: Any) -> Any:
        wait_for(getattr(self._timeout, "read_timeout", self._timeout))
        given = answer_if_active(request)
        return send(self, request) if given is None else given

    return answered


def lend_before_sign(sign: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``RequestSigner.sign``: a client without credentials signs with fake ones."""

    from botocore.credentials import Credentials

    @functools.wraps(sign)
    def signed(self: Any, operation_name: str, request: Any, *arguments: Any, **named: Any) -> Any:
        if type(self._credentials) is not Credentials:  # these are there, and nothing is to be fetched for them
            self = equipped(self, request, Credentials)
        return sign(self, operation_name, request, *arguments, **named)

    return signed


def remember_user_agent(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``BaseClient._convert_to_request_dict``: the User-Agent of SimpleDB's clients is built once.

    botocore builds it for each call from the client's properties and the features used: a sixth of a call's time.
    """
    # Older versions have no contexts, so that calls do not have features of their own.
    get_context: Any = getattr(sys.modules.get("botocore.context"), "get_context", None)

    @functools.wraps(convert)
    def converted(self: Any, *arguments: Any, set_user_agent_header: bool = True, **named: Any) -> Any:
        if not set_user_agent_header or not is_simpledb(named.get("endpoint_url") or ""):
            return convert(self, *arguments, set_user_agent_header=set_user_agent_header, **named)
        request = convert(self, *arguments, set_user_agent_header=False, **named)
        creator, context = self._user_agent_creator, get_context() if get_context is not None else None
        known = vars(self).setdefault(_USER_AGENTS, {})
        made_of = creator, frozenset(context.features) if context is not None else None
        user_agent = known.get(made_of)
        if user_agent is None:
            user_agent = known[made_of] = creator.to_string()
        request["headers"]["User-Agent"] = user_agent
        return request

    return converted


def equipped(signer: Any, request: Any, credentials: Callable[..., Any]) -> Any:
    """The signer, or a copy with fake ``credentials`` when it has none and a mock will answer its request."""
    if not _unfetched(signer._credentials) or not REGISTRY.active() or not is_simpledb(request.url):
        return signer
    lent = copy.copy(signer)
    lent._credentials = credentials(*FAKE_CREDENTIALS.values())
    return lent


def _unfetched(credentials: Any) -> bool:
    """Whether there are no credentials, or only ones to fetch over the network (from a role or machine metadata)."""
    if credentials is None:
        return True
    mocked = REGISTRY.base is not None  # moto answers for roles
    return not mocked and hasattr(credentials, "refresh_needed") and credentials.refresh_needed() is True
