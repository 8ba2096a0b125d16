"""Access to the control API and the console.

A website in the user's browser must not reach them: neither through a name of its own that resolves to this machine
(DNS rebinding, prevented by checking the ``Host`` header) nor by a cross-origin request (prevented by checking
``Origin``).  A server that is reachable from other machines requires a token as well.
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
    """What a request must have: the ``token``, unless it is ``None``, and a known host; ``hosts`` adds known ones."""

    token: str | None = field(default=None, repr=False)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def listening_on(cls, address: str, token: str | None = None, hosts: frozenset[str] = frozenset()) -> Guard:
        """The guard of a server.  Unless ``address`` is a loopback one, it generates a token if none is given.

        Raises :class:`ValueError` for an empty token and for a bad host name.
        """
        if token == "":  # as from an environment variable that is not set
            raise ValueError("the token must not be empty; without one, a server that needs a token generates it")
        for name in hosts:
            if not re.fullmatch(r"[^\s/:]+", name):
                raise ValueError(
                    f"an allowed host must be a name such as db.example.com, without scheme and port, not {name!r}")
        if token is None and not is_loopback(address):
            token = secrets.token_urlsafe(24)
        return cls(token, hosts)

    def refusal(
        self, host: str, origin: str | None, authorization: str, token: str | None = None
    ) -> tuple[int, str, str] | None:
        """Status, code and message with which a request is rejected; ``None`` if it may pass.

        The first three parameters are headers; ``token`` is one from the URL or a cookie.
        """
        if not self.knows(host):
            return 403, "UnknownHost", f"unknown host name {_name(host)!r}: allow it with --allowed-host"
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "ForeignOrigin", "requests from pages of other origins are not allowed"
        if self.token is not None and not self._admits(authorization, token):
            return 401, "Unauthorized", "send the server's token: Authorization: Bearer TOKEN"
        return None

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header names this machine: by address, or by a name that no website can use for it."""
        name = _name(host)
        if name in self.hosts or name == "localhost" or name.endswith(_LOCAL_SUFFIXES):
            return True
        if region_of_aws_host(name) is not None:  # not all of amazonaws.com: anyone can have a load balancer there
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            # A name without a dot belongs to the local network, such as a container's.
            return bool(name) and "." not in name and ":" not in name
        return True

    def _admits(self, authorization: str, token: str | None) -> bool:
        scheme, _, bearer = authorization.partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else token or ""
        return hmac.compare_digest(given.encode("utf-8", "replace"), (self.token or "").encode())


def is_loopback(address: str) -> bool:
    """Whether a server that listens on ``address`` can only be reached from this machine."""
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
