"""An export put back into a domain, which the service itself cannot do: items and values come in their old order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import Limits
from basicdb_mock.model import Item, Tenant, pairs
from basicdb_mock.storage.contract import Storage

_AT_ONCE = 1000


def restore_domain(
    storage: Storage,
    tenant: Tenant,
    domain: str,
    items: Iterable[tuple[str, Item]],
    *,
    limits: Limits,
    now: float,
    in_order: bool = True,
) -> int:
    """Put the items of an export into ``domain``, creating it; returns how many.

    What the domain holds already stays, and so do pairs of the same items.  Items are created in the order they come
    in, which takes a write wherever their names do not ascend; with ``in_order`` false it is, among each thousand, the
    order of their names.  Raises the SimpleDBError of a limit that is exceeded, and what reading the export raises;
    what was put before stays then.
    """
    storage.create_domain(tenant, domain, now=now, at_most=limits.domains)
    target = storage.domain(tenant, domain)
    number = 0
    for batch in _batches(items, ascending=in_order):
        target.apply(Write(batch, limits))
        number += len(batch)
    return number


def _batches(items: Iterable[tuple[str, Item]], *, ascending: bool) -> Iterator[list[Put]]:
    """What is written at once.  The new items of one write are created in the order of their names."""
    batch: list[Put] = []
    for name, item in items:
        if batch and (len(batch) == _AT_ONCE or (ascending and name <= batch[-1].item)):
            yield batch
            batch = []
        batch.append(Put(name, tuple(pairs(item))))
    if batch:
        yield batch
