"""Identifying and authorizing callers: access keys, accounts, signatures, permissions."""

from basicdb_mock.accounts.callers import Accounts
from basicdb_mock.accounts.credential import Caller, Credential, account_of
from basicdb_mock.accounts.permissions import EVERYTHING, Permissions, Statement

__all__ = [
    "EVERYTHING",
    "Accounts",
    "Caller",
    "Credential",
    "Permissions",
    "Statement",
    "account_of",
]
