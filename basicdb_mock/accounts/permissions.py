"""Permissions: actions on domains, as granted by IAM policies for SimpleDB (source: DG/UsingIAMWithSDB)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from basicdb_mock.wildcards import wildcard


@dataclass(frozen=True, slots=True)
class Statement:
    """Allowed combinations of actions, domains and regions, each a pattern with ``*`` and ``?``.

    Actions are written as in IAM (``sdb:Select``) or without the prefix, in upper or lower case.
    """

    actions: tuple[str, ...] = ("*",)
    domains: tuple[str, ...] = ("*",)
    regions: tuple[str, ...] = ("*",)

    def allows(self, action: str, region: str, domain: str | None) -> bool:
        """Whether ``action`` is allowed; ``domain`` is ``None`` for an action without one, such as ListDomains."""
        return (
            any(_matches_action(pattern, action) for pattern in self.actions)
            and any(wildcard(pattern).fullmatch(region) for pattern in self.regions)
            and (domain is None or any(wildcard(pattern).fullmatch(domain) for pattern in self.domains))
        )


@dataclass(frozen=True, slots=True)
class Permissions:
    """A caller's permissions: whatever any of the statements allows."""

    statements: tuple[Statement, ...] = (Statement(),)

    def allow(self, action: str, region: str, domain: str | None) -> bool:
        return any(statement.allows(action, region, domain) for statement in self.statements)


EVERYTHING = Permissions()
"""The permissions of the account's owner."""


def _matches_action(pattern: str, action: str) -> bool:
    named = pattern[4:] if pattern.lower().startswith("sdb:") else pattern
    return wildcard(named, re.IGNORECASE).fullmatch(action) is not None
