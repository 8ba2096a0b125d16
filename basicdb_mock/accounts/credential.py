"""Access keys: whose each is, and what it is good for."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from basicdb_mock.accounts.permissions import EVERYTHING, Permissions


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key and what it is good for.

    A credential with ``session_token`` is temporary: requests must carry it as ``SecurityToken``, and it ends at
    ``expires`` (epoch seconds) if that is given.  Secret and token appear in no repr.
    """

    access_key: str
    secret_key: str = field(repr=False)
    account: str
    permissions: Permissions = EVERYTHING
    session_token: str | None = field(default=None, repr=False)
    expires: float | None = None
    active: bool = True


class Caller(NamedTuple):
    """Who makes a request: the account of 12 digits, the access key, and what it may do."""

    account: str
    access_key: str
    permissions: Permissions = EVERYTHING


_MOTOS_KEY = "FOOBARKEY"
_MOTOS_ACCOUNT = "123456789012"


def account_of(access_key: str) -> str:
    """The account of a key nobody registered: a key of 12 digits is the account, any other has one of its own.

    The same key gives the same account in every process.  The key that moto's ``mock_aws`` puts into the environment
    has moto's default account, which is that of our own fake key too: what was put in outside is there inside.
    """
    if access_key == _MOTOS_KEY:
        return _MOTOS_ACCOUNT
    if re.fullmatch(r"[0-9]{12}", access_key):
        return access_key
    digest = hashlib.sha256(access_key.encode("utf-8", "surrogatepass")).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012d}"
