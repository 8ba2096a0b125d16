"""Restoring an export into a domain, which the service cannot do; items and values keep their order."""

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
    """Put the items of an export into ``domain``, creating it if necessary; returns the number of items.

    Existing items and pairs of the domain stay.  Items are created in the order of the export, which takes a separate
    write wherever names are not ascending.  If ``in_order`` is false, each thousand items are created in the order of
    their names.  Raises the SimpleDBError of an exceeded limit, and whatever reading the export raises; items put until
    then stay.
    """
    storage.create_domain(tenant, domain, now=now, at_most=limits.domains)
    target = storage.domain(tenant, domain)
    number = 0
    for batch in _batches(items, ascending=in_order):
        target.apply(Write(batch, limits))
        number += len(batch)
    return number


def _batches(items: Iterable[tuple[str, Item]], *, ascending: bool) -> Iterator[list[Put]]:
    """Batches for one write each.  The new items of a write are created in the order of their names."""
    batch: list[Put] = []
    for name, item in items:
        if batch and (len(batch) == _AT_ONCE or (ascending and name <= batch[-1].item)):
            yield batch
            batch = []
        batch.append(Put(name, tuple(pairs(item))))
    if batch:
        yield batch
