"""Every quota of the service, as data.

:data:`AWS` is what the service enforces (source: DG/SDBLimits, DG/APIError, and captures where noted);
:data:`RELAXED` lifts the quotas that only protect the service.  Change single ones with ``dataclasses.replace``, so
that a test can make a domain "full" with ten items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import lru_cache


@lru_cache(maxsize=1024)
def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Limits:
    """The quotas in force.  Lengths and sizes are bytes of UTF-8 unless a name says otherwise."""

    domains: int = 250
    """Domains of an account in a region."""
    domain_name_pattern: str = r"[A-Za-z0-9_.-]{3,255}"
    """What a domain's name must match as a whole."""
    domain_attributes: int = 1_000_000_000
    """Name-value pairs of a domain."""
    domain_bytes: int = 10 * 1024**3
    """Bytes of a domain: item names, distinct attribute names and values."""
    item_attributes: int = 256
    """Name-value pairs of an item after a write."""
    name_bytes: int = 1024
    """Length of an item's name, an attribute's name and an attribute's value."""
    submitted_attributes: int = 256
    """Name-value pairs in one PutAttributes or DeleteAttributes, or for one item of a batch."""
    submitted_items: int = 25
    """Items in one batch."""
    request_bytes: int = 1024 * 1024
    """Body of a request."""
    uri_bytes: int = 16 * 1024
    """URI of a request (the real figure is unknown: docs/assumptions.md)."""
    request_parameters: int = 20_000
    """Parameters of a request (ours: bounds the work a hostile request can ask for)."""
    listed_domains: int = 100
    """Names in one page of ListDomains, and the default."""
    page_items: int = 2500
    """The largest ``limit`` of Select for items."""
    default_page_items: int = 100
    """Items in a page when the expression gives no limit."""
    query_page_items: int = 250
    """The largest MaxNumberOfItems of Query and QueryWithAttributes."""
    response_bytes: int = 1024 * 1024
    """Size of one page of Select before it is cut and a NextToken given."""
    query_seconds: float = 5.0
    """Seconds a Select may search before it answers with what it has and a NextToken."""
    requested_attributes: int = 256
    """Attribute names in the output list of a Select."""
    comparisons: int = 20
    """Comparisons in one expression; the values of an IN list count one each."""
    expression_depth: int = 32
    """Nested parentheses of an expression (the real figure is unknown: docs/assumptions.md)."""
    expression_bytes: int = 64 * 1024
    """Length of a select expression (the real figure is unknown: docs/assumptions.md)."""
    exports_per_domain: int = 5
    """Exports of a domain that may be started in any 24 hours."""
    exports_per_account: int = 25
    """Exports of an account in a region that may be started in any 24 hours."""

    def is_domain_name(self, name: str) -> bool:
        """Whether ``name`` is a valid domain name under these limits."""
        return len(name) < 1024 and _matches(self.domain_name_pattern, name)


AWS = Limits()
"""The service's own quotas: the default."""

RELAXED = replace(
    AWS,
    domains=1_000_000,
    item_attributes=1_000_000,
    submitted_attributes=1_000_000,
    submitted_items=1_000_000,
    request_bytes=1024**3,
    uri_bytes=1024**2,
    request_parameters=10_000_000,
    response_bytes=1024**3,
    query_seconds=3600.0,
    requested_attributes=100_000,
    comparisons=100_000,
    exports_per_domain=1_000_000,
    exports_per_account=1_000_000,
)
"""Quotas lifted as far as this implementation goes, for tests that are not about quotas."""

LIMIT_NAMES = tuple(field.name for field in fields(Limits))


def limits_from(settings: Limits | dict[str, object] | str | None, base: Limits = AWS) -> Limits:
    """``Limits`` from what a user can write: nothing, ``"AWS"``, ``"RELAXED"``, a ``Limits``, or single quotas by name.

    A dict changes single quotas of ``base``.  Raises :class:`ValueError` naming what is unknown or has the wrong type.
    """
    if settings is None:
        return base
    if isinstance(settings, Limits):
        return settings
    if not isinstance(settings, dict):
        named = {"AWS": AWS, "RELAXED": RELAXED}.get(str(settings).upper())
        if named is None:
            raise ValueError(f"limits must be AWS, RELAXED or single quotas by name, not {settings!r}")
        return named
    changes: dict[str, object] = {}
    for name, value in settings.items():
        if name not in LIMIT_NAMES:
            raise ValueError(f"unknown limit {name!r}; choose from: {', '.join(LIMIT_NAMES)}")
        default = getattr(AWS, name)
        if isinstance(default, str):
            if not isinstance(value, str):
                raise ValueError(f"limit {name!r} takes a regular expression, not {value!r}")
            try:
                re.compile(value)
            except re.error as problem:
                raise ValueError(f"limit {name!r} is not a valid regular expression: {problem}") from None
        elif isinstance(value, bool) or not isinstance(value, (int, type(default))) or not value >= 0:
            raise ValueError(f"limit {name!r} takes a number of at least 0, not {value!r}")
        changes[name] = value
    return replace(base, **changes)  # type: ignore[arg-type]  # the names and types were checked one by one
