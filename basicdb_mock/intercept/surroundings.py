"""What a mock changes and must restore: environment variables and boto3's default session."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

FAKE_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "basicdb-mock"}
"""What code without credentials signs with inside a mock.  A key of twelve digits is its own account number."""

_CHOSEN = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def credentials_are_chosen() -> bool:
    """Whether the user has credentials that botocore finds without using the network."""
    environment = os.environ
    if any(name in environment for name in _CHOSEN):
        return True
    path = environment.get("AWS_SHARED_CREDENTIALS_FILE") or os.path.expanduser("~/.aws/credentials")
    try:
        status = os.stat(path)
        return _has_default_profile(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return False


@lru_cache(maxsize=8)
def _has_default_profile(path: str, _changed: int, _size: int) -> bool:
    """Whether a credentials file has the profile that is used when none is named: else botocore asks the network."""
    with open(path, "rb") as file:
        return any(line.strip().startswith(b"[default]") for line in file)


def missing_credentials() -> dict[str, str]:
    """The fake credentials, or nothing where the user has chosen some: those are only signed with, never sent."""
    return {} if credentials_are_chosen() else dict(FAKE_CREDENTIALS)


class Surroundings:
    """What was there before: variables with ``None`` for those that were not, and the default session."""

    def __init__(self, variables: dict[str, str | None], default_session: object) -> None:
        self.variables = variables
        self.default_session = default_session

    @classmethod
    def entered(cls, environment: dict[str, str]) -> Surroundings:
        """Remember what is there and set ``environment``."""
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        return cls(before, _default_session())

    def restore(self) -> None:
        for name, value in self.variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        boto3 = sys.modules.get("boto3")
        if boto3 is not None and getattr(boto3, "DEFAULT_SESSION", None) is not self.default_session:
            boto3.DEFAULT_SESSION = self.default_session  # type: ignore[attr-defined]

    def hand_over_to(self, later: Surroundings) -> None:
        """Leave it to a mock that was entered later and is still active to restore what was before this one."""
        for name, value in self.variables.items():
            if name in later.variables:
                later.variables[name] = value
            else:
                Surroundings({name: value}, _default_session()).restore()
        later.default_session = self.default_session


def _default_session() -> object:
    return getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
