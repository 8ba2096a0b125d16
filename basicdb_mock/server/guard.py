"""Who may use what is ours beside SimpleDB itself: the control API and the console.

A page in the user's browser must not reach them: not by a name of its own that it has resolve to this machine (DNS
rebinding: the ``Host`` header tells), and not by a request from its own origin (``Origin`` tells).  Off the loopback a
token is asked for as well.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from basicdb_mock.regions import region_of_aws_host

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".test")
COOKIE = "basicdb_token"


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request must show; ``token`` ``None`` asks for none, ``hosts`` are further names the server goes by."""

    token: str | None = field(default=None, repr=False)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def listening_on(cls, address: str, token: str | None = None, hosts: frozenset[str] = frozenset()) -> Guard:
        """The guard of a server: off the loopback it asks for a token, made up when none is given.

        Raises :class:`ValueError` for an empty token, and for what is no name of a host.
        """
        if token == "":  # such as that of a variable that is not set
            raise ValueError("a token is not empty: leave it out to have one made up where one is needed")
        for name in hosts:
            if not re.fullmatch(r"[^\s/:]+", name):
                raise ValueError(f"a host has a name such as db.example.com, without scheme and port; not {name!r}")
        if token is None and not is_loopback(address):
            token = secrets.token_urlsafe(24)
        return cls(token, hosts)

    def refusal(
        self, host: str, origin: str | None, authorization: str, token: str | None = None
    ) -> tuple[int, str, str] | None:
        """Status, code and message for a request that is turned away; ``None`` for one that may pass.

        The first three are headers; ``token`` is one that came in the URL or a cookie.
        """
        if not self.knows(host):
            return 403, "UnknownHost", f"this server does not go by the name {_name(host)!r}: see --allowed-host"
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "ForeignOrigin", "pages of other origins may not use this"
        if self.token is not None and not self._admits(authorization, token):
            return 401, "Unauthorized", "send the server's token: Authorization: Bearer TOKEN"
        return None

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header names this machine: by address, or a name nobody else can have resolve to it."""
        name = _name(host)
        if name in self.hosts or name == "localhost" or name.endswith(_LOCAL_SUFFIXES):
            return True
        if region_of_aws_host(name) is not None:  # not all of amazonaws.com: load balancers there are anybody's
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            # A name without a dot is one of this network, such as a container's.
            return bool(name) and "." not in name and ":" not in name
        return True

    def _admits(self, authorization: str, token: str | None) -> bool:
        scheme, _, bearer = authorization.partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else token or ""
        return hmac.compare_digest(given.encode("utf-8", "replace"), (self.token or "").encode())


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach what listens on ``address``."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    """The name in a ``Host`` header, without port, brackets and a final dot."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")
