"""Access keys: their accounts and permissions."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from basicdb_mock.accounts.permissions import EVERYTHING, Permissions


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key, its account and its permissions.

    A credential with a ``session_token`` is temporary: requests must pass it as ``SecurityToken``, and it expires at
    ``expires`` (epoch seconds) if given.  ``active`` is false for a key that has been switched off.  The repr shows
    neither the secret nor the token.
    """

    access_key: str
    secret_key: str = field(repr=False)
    account: str
    permissions: Permissions = EVERYTHING
    session_token: str | None = field(default=None, repr=False)
    expires: float | None = None
    active: bool = True


class Caller(NamedTuple):
    """The caller of a request: its account of 12 digits, its access key and its permissions."""

    account: str
    access_key: str
    permissions: Permissions = EVERYTHING


_MOTOS_KEY = "FOOBARKEY"
_MOTOS_ACCOUNT = "123456789012"


def account_of(access_key: str) -> str:
    """The account of an unregistered key: a key of 12 digits is its own account, any other key has a derived one.

    The same key gives the same account in every process.  The key that moto's ``mock_aws`` puts into the environment
    has moto's default account.  So does our own fake key, so both see the same data.
    """
    if access_key == _MOTOS_KEY:
        return _MOTOS_ACCOUNT
    if re.fullmatch(r"[0-9]{12}", access_key):
        return access_key
    digest = hashlib.sha256(access_key.encode("utf-8", "surrogatepass")).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012d}"
