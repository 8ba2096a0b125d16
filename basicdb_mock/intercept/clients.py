"""boto3 sessions and clients that are connected to one SimpleDB, whatever mock is active."""

from __future__ import annotations

import functools
import os
import threading
from typing import TYPE_CHECKING, Any

from basicdb_mock.accounts import Accounts, account_of
from basicdb_mock.intercept import botocore as botocore_seam
from basicdb_mock.intercept.registry import Answers, at, is_simpledb
from basicdb_mock.intercept.surroundings import FAKE_CREDENTIALS, credentials_are_chosen

if TYPE_CHECKING:
    import boto3.session

_lock = threading.Lock()


def make_client(simpledb: Answers, service: str, region: str, settings: dict[str, Any]) -> Any:
    """A client of ``service`` (``sdb`` or ``simpledbv2``) answered by ``simpledb`` alone."""
    credentials = _credentials()
    if credentials is None:
        own: Any = make_session(simpledb, region)
        return own.client(service, **settings)
    with _lock:  # a session is not safe between threads while it makes clients
        shared: Any = _shared_session()
        client = shared.client(service, **{"region_name": region, **credentials, **settings})
    _wire(simpledb, client.meta.events)
    return client


def make_session(simpledb: Answers, region: str) -> boto3.session.Session:
    """A session whose SimpleDB clients are answered by ``simpledb`` alone."""
    import boto3
    import botocore.session

    session: Any = botocore.session.Session()
    session.register_component("data_loader", _loader())
    _wire(simpledb, session.get_component("event_emitter"))
    return boto3.Session(botocore_session=session, region_name=region, **(_credentials() or {}))


def ambient_account(accounts: Accounts) -> str:
    """The account of clients that have no credentials of their own."""
    credentials = _credentials()
    if credentials is None:
        import botocore.session

        found: Any = botocore.session.Session().get_credentials()
        key = found.access_key if found is not None else FAKE_CREDENTIALS["AWS_ACCESS_KEY_ID"]
    else:
        key = credentials["aws_access_key_id"]
    return account_of_key(accounts, key)


def account_of_key(accounts: Accounts, key: str) -> str:
    """The account of an access key, registered or not."""
    registered = {credential.access_key: credential.account for credential in accounts.credentials}
    return registered.get(key) or account_of(key)


def _wire(simpledb: Answers, events: Any) -> None:
    """Make ``simpledb`` answer, by replacing the handlers that would ask for the active mock."""

    def answer(request: Any, **_: Any) -> Any:
        url = request.url
        return botocore_seam.answer(at(url, _open(simpledb)), request) if is_simpledb(url) else None

    def answer_directly(**call: Any) -> Any:
        url = call["params"]["url"]
        return botocore_seam.answer_directly(at(url, _open(simpledb)), **call) if is_simpledb(url) else None

    for event in botocore_seam.EVENTS:
        events.unregister(event, botocore_seam.answer_if_active)
        events.register_first(event, answer)
    for call in botocore_seam.CALLS:
        events.unregister(call, botocore_seam.answer_directly_if_active)
        events.register_first(call, answer_directly)


def _open(simpledb: Answers) -> Answers:
    if getattr(simpledb, "closed", False):
        raise RuntimeError("this client's SimpleDB is closed: close() was called, or its mock has ended")
    return simpledb


def _credentials() -> dict[str, str] | None:
    """What code under test would sign with, so that it is the same account; ``None``: let botocore find out."""
    environment = os.environ
    if "AWS_ACCESS_KEY_ID" in environment:
        names = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & environment.keys()
        return {name.lower(): environment[name] for name in names}
    if credentials_are_chosen():
        return None
    return {name.lower(): value for name, value in FAKE_CREDENTIALS.items()}


@functools.cache
def _shared_session() -> boto3.session.Session:
    """One for all clients: reading botocore's service models is most of what a session's first client costs."""
    import boto3

    return boto3.Session()


def _loader() -> Any:
    with _lock:
        session: Any = _shared_session()._session
    return session.get_component("data_loader")
