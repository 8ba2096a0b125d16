"""BoxUsage: formulas that fit every figure seen on the wire.  Units are 1e-10 machine hours.

Sources: captures of g-g/php-sdb2, hungryblank/aws_sdb_bare, adamkittelson/simplex, erlcloud; the constants are theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

DOMAIN = 55_590_278
"""CreateDomain and DeleteDomain, and their errors."""
LISTING = 71_759
"""ListDomains and DomainMetadata, and their errors."""
WRITE = 219_907
"""A write without attributes, and a failed write."""
READ = 93_202
"""GetAttributes that finds nothing, or fails."""
SELECT = 140_000
FAILED_SELECT = 137_200
"""A Select that finds nothing, or fails."""


def write(pairs: int) -> int:
    """A Put or Delete of one item with this number of pairs."""
    return WRITE + 2 * pairs**3


def batch(pairs: Iterable[int]) -> int:
    """A batch with these numbers of pairs per item: 30 % off if it has several items, halves rounded down."""
    costs = [write(count) for count in pairs]
    return costs[0] if len(costs) == 1 else (7 * sum(costs) + 4) // 10


def get(names: int) -> int:
    """GetAttributes that returns this number of distinct attribute names."""
    return READ + 20 * names**2


def select_names(items: int) -> int:
    """Select of itemName(), and Query."""
    return SELECT + 80 * items


def select_items(items: int, values: Iterable[int] = ()) -> int:
    """Select with attributes, and QueryWithAttributes.

    ``values`` is the number of values of each item, which only the 2007 version charges.
    """
    return round(0.98 * (SELECT + 80 * items + READ * items + 20 * sum(count**2 for count in values)))


def select_count(number: int) -> int:
    """Select of count(*)."""
    return round(0.98 * (SELECT + 80 * number + READ))
