"""An export put back into a domain, which the service itself cannot do: items and values come in their old order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import Limits
from basicdb_mock.model import Item, Tenant, pairs
from basicdb_mock.storage.contract import Storage

_AT_ONCE = 1000


def restore_domain(
    storage: Storage, tenant: Tenant, domain: str, items: Iterable[tuple[str, Item]], *, limits: Limits, now: float
) -> int:
    """Put the items of an export into ``domain``, creating it; returns how many.

    What the domain holds already stays, and so do pairs of the same items.  Raises the SimpleDBError of a limit that is
    exceeded, and what reading the export raises; what was put before stays then.
    """
    storage.create_domain(tenant, domain, now=now, at_most=limits.domains)
    target = storage.domain(tenant, domain)
    number = 0
    for batch in _ascending(items):
        target.apply(Write(batch, limits))
        number += len(batch)
    return number


def _ascending(items: Iterable[tuple[str, Item]]) -> Iterator[list[Put]]:
    """Batches whose names ascend: the new items of one write are created in the order of their names."""
    batch: list[Put] = []
    for name, item in items:
        if batch and (name <= batch[-1].item or len(batch) == _AT_ONCE):
            yield batch
            batch = []
        batch.append(Put(name, tuple(pairs(item))))
    if batch:
        yield batch
