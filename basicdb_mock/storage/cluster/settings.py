"""The settings in a ``redis+cluster://`` URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):(\d+)")

Address = tuple[str, int]
"""The host and port of a node."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A cluster and how it is used.  Times are seconds."""

    addresses: tuple[Address, ...]
    """Nodes to ask for the others; any one that is up is enough."""
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None
    """File with the authorities for the nodes' certificates; by default the system's."""
    certificate: str | None = None
    key: str | None = None
    """Files with the client certificate and its key, for nodes that ask for one."""
    verify: bool = True
    """Whether a node's certificate must be valid for its address."""
    namespace: str = "basicdb"
    """Prefix of every key; storages with different namespaces in one cluster do not see each other."""
    replicas: int = 1
    """The number of replicas that must have a write before it is acknowledged."""
    partitions: int = 1
    """The number of hash slots over which a domain created through this storage is spread."""
    patience: float = 5.0
    """How long a call is retried while nodes fail."""
    timeout: float = 1.5
    """How long one attempt may take; less than the cluster's node timeout."""
    remember: int = 60
    """How long a repeated write is recognized."""
    history: int = 10
    """How long a search may take and still see the moment when it began."""


_NUMBERS = {
    "replicas": (0, 5),
    "partitions": (1, 1024),
    "remember": (1, 3600),
    "history": (1, 3600),
}
_SECONDS = ("patience", "timeout")
_SWITCHES = ("tls", "verify")
_FILES = ("ca", "certificate", "key")


def read_url(url: str) -> Settings:
    """The settings in ``redis+cluster://[user:password@]host:port[,host:port...][?setting=value...]``.

    With TLS the scheme is ``rediss+cluster``.  Raises :class:`ValueError` naming what is wrong.
    """
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        raise ValueError(f"a cluster is named redis+cluster://host:port,host:port, not {_shown(url)!r}")
    place, _, query = rest.partition("?")
    credentials, at, hosts = place.rstrip("/").rpartition("@")
    addresses = tuple(_address(address) for address in hosts.split(","))
    username = password = None
    if at:
        user, _, secret = credentials.partition(":")
        username, password = unquote(user) or None, unquote(secret) or None
    settings = {"tls": scheme == "rediss+cluster"} | _settings(query)
    if not settings["tls"] and any(name in settings for name in (*_FILES, "verify")):
        raise ValueError("ca, certificate, key and verify need TLS: rediss+cluster://, or tls=yes")
    if "key" in settings and "certificate" not in settings:
        raise ValueError("key needs a certificate: certificate=FILE")
    return Settings(addresses, username, password, **settings)  # type: ignore[arg-type]  # checked one by one


def _address(text: str) -> Address:
    found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise ValueError(f"a node of a cluster is given as host:port, not {text!r}")
    return found[1].strip("[]"), int(found[2])


def _settings(query: str) -> dict[str, object]:
    settings: dict[str, object] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _NUMBERS:
            settings[name] = _number(name, value, *_NUMBERS[name])
        elif name in _SECONDS:
            settings[name] = _seconds(name, value)
        elif name in _SWITCHES:
            if value not in ("yes", "no"):
                raise ValueError(f"{name} is yes or no, not {value!r}")
            settings[name] = value == "yes"
        elif name in _FILES:
            if not Path(value).is_file():
                raise ValueError(f"{name} is a file, but {value!r} is not one")
            settings[name] = value
        elif name == "namespace":
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value):
                raise ValueError(f"a namespace consists of letters, digits, _, . and -, not {value!r}")
            settings[name] = value
        else:
            known = ", ".join(sorted([*_NUMBERS, *_SECONDS, *_SWITCHES, *_FILES, "namespace"]))
            raise ValueError(f"unknown setting {name!r} of a cluster; choose from: {known}")
    return settings


def _number(name: str, value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise ValueError(f"{name} is a number from {least} to {most}, not {value!r}")
    return int(value)


def _seconds(name: str, value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", value) or float(value) == 0:
        raise ValueError(f"{name} is a number of seconds greater than 0, not {value!r}")
    return float(value)


def _shown(url: str) -> str:
    """The URL without a password."""
    return re.sub(r"//[^@/]*@", "//***@", url)
