"""The file that ``serve --credentials`` takes, in YAML or JSON::

    credentials:
      - access_key: AKIDEXAMPLE
        secret_key: wJalrXUtnFEMI
        account: "123456789012"
      - access_key: ASIAEXAMPLE
        secret_key: je7MtGbClwBF
        account: "123456789012"
        session_token: AQoDYXdzEPT      # a temporary credential: requests must carry it as SecurityToken
        expires: 2030-01-01T00:00:00Z
        allow:                          # absent: everything
          - sdb:ListDomains
          - actions: [Select, "Get*"]
            domains: ["report-*"]
            regions: [eu-west-1]

Errors name the file and the line, and never contain a secret.
"""

from __future__ import annotations

import re
from pathlib import Path

from basicdb_mock.accounts.credential import Credential, account_of
from basicdb_mock.accounts.permissions import EVERYTHING, Permissions, Statement
from basicdb_mock.accounts.timestamps import parse_date_time
from basicdb_mock.settings import Setting, parse_settings, read_settings

_NAMES = ("access_key", "secret_key", "account", "session_token", "expires", "active", "allow")
_SECRET = ("secret_key", "session_token")


def read_credentials(path: str | Path) -> list[Credential]:
    """The credentials in a file.  Raises :class:`ValueError` naming file and line, or :class:`OSError`."""
    return credentials_from(read_settings(path))


def parse_credentials(text: str, file: str = "credentials") -> list[Credential]:
    """The credentials in a file's text.  Raises :class:`ValueError` naming ``file`` and line."""
    return credentials_from(parse_settings(text, file))


def credentials_from(settings: Setting) -> list[Credential]:
    """The credentials in parsed settings: a list, or a mapping with ``credentials``."""
    if isinstance(settings.value, dict):
        parts = settings.mapping("a credentials file", ("credentials",))
        settings = parts.get("credentials", Setting([], settings.place))
    credentials: dict[str, Credential] = {}
    for entry in settings.items("credentials") if settings.value is not None else ():
        credential = _credential(entry)
        if credential.access_key in credentials:
            raise entry.wrong(f"access_key {credential.access_key!r} is listed twice")
        credentials[credential.access_key] = credential
    if not credentials:
        raise settings.wrong("no credentials: nobody could call")
    return list(credentials.values())


def _credential(entry: Setting) -> Credential:
    parts = entry.mapping("a credential", _NAMES)
    for name in ("access_key", "secret_key"):
        if name not in parts:
            raise entry.wrong(f"a credential needs {name}")
    for name in _SECRET:
        if name in parts and (not isinstance(parts[name].value, str) or not parts[name].value):
            raise parts[name].wrong(f"{name} must be a string; put quotes around one that looks like a number")
    access_key = parts["access_key"].digits("access_key")
    account = parts["account"].digits("account") if "account" in parts else account_of(access_key)
    if not re.fullmatch(r"[0-9]{12}", account):
        raise parts["account"].wrong(f"account takes 12 digits, not {account!r}")
    return Credential(
        access_key=access_key,
        secret_key=parts["secret_key"].value,
        account=account,
        permissions=_permissions(parts["allow"]) if "allow" in parts else EVERYTHING,
        session_token=parts["session_token"].value if "session_token" in parts else None,
        expires=_time(parts["expires"]) if "expires" in parts else None,
        active=parts["active"].boolean("active") if "active" in parts else True,
    )


def _permissions(allow: Setting) -> Permissions:
    entries = [allow] if isinstance(allow.value, str) else allow.items("allowed actions")
    return Permissions(tuple(_statement(entry) for entry in entries))


def _statement(entry: Setting) -> Statement:
    if isinstance(entry.value, str):
        return Statement(actions=(entry.text("allow"),))
    parts = entry.mapping("an allow statement", ("actions", "domains", "regions"))
    return Statement(**{name: part.texts(name) for name, part in parts.items()})


def _time(setting: Setting) -> float:
    if isinstance(setting.value, (int, float)):
        return setting.number("expires")
    try:
        return parse_date_time(setting.text("expires"))
    except ValueError:
        problem = f"expires takes a date and time such as 2030-01-01T00:00:00Z, not {setting.value!r}"
        raise setting.wrong(problem) from None
