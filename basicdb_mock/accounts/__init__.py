"""Who calls and what they may do: access keys, accounts, signatures, permissions."""

from basicdb_mock.accounts.callers import Accounts, Caller, Credential, account_of
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
