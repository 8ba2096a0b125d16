"""The contents of a tenant's domains, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports.restoring import restore_domain
from basicdb_mock.model import Item, Tenant, values_of
from basicdb_mock.rehearsal import LaggingStorage
from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import Storage

Contents: TypeAlias = dict[str, dict[str, dict[str, tuple[str, ...]]]]
"""Domain, item, attribute, and its values, sorted and each once."""
Told = TypeVar("Told")


class InOrder(dict[str, dict[str, tuple[str, ...]]]):
    """A domain's items, to be created in the order they are in, with attributes in theirs: those of an export."""


_EVERYTHING = plan_search(None)
_AT_ONCE = 1000


def plain(contents: Contents) -> dict[str, dict[str, dict[str, str | list[str]]]]:
    """Contents in the seed format: a single value bare, several as a list; everything sorted but what is in order."""
    return {
        domain: {
            item: {name: values[0] if len(values) == 1 else list(values) for name, values in _told(items, attributes)}
            for item, attributes in _told(items, items)
        }
        for domain, items in sorted(contents.items())
    }


def _told(items: Mapping[str, object], part: Mapping[str, Told]) -> Iterable[tuple[str, Told]]:
    """Items of a domain, or attributes of one: sorted, or in their order where that counts."""
    return part.items() if isinstance(items, InOrder) else sorted(part.items(), key=lambda entry: entry[0])


def names_in_order(contents: Contents) -> list[str]:
    """The domains whose items are to be created in the order they are in."""
    return [domain for domain, items in contents.items() if isinstance(items, InOrder)]


def ordered(contents: Contents, names: Iterable[str]) -> Contents:
    """Contents with the order of items in some domains counting."""
    return {domain: InOrder(items) if domain in names else items for domain, items in contents.items()}


def contents_of(storage: Storage, tenant: Tenant, domain: str | None = None) -> Contents:
    """What a tenant has, in all domains or one.  Raises NoSuchDomain for one that is not there."""
    storage = _settled(storage)
    names = domains_of(storage, tenant) if domain is None else [domain]
    return {
        name: {
            item: {attribute: tuple(sorted(values_of(held, attribute))) for attribute in held}
            for _, item, held in storage.domain(tenant, name).search(_EVERYTHING)
            if held is not None
        }
        for name in names
    }


def _settled(storage: Storage) -> Storage:
    """The storage beneath a lag: whole contents are read and written as they are now."""
    return storage.storage if isinstance(storage, LaggingStorage) else storage


def domains_of(storage: Storage, tenant: Tenant) -> Iterator[str]:
    """The names of a tenant's domains, in order."""
    storage, last = _settled(storage), ""
    while page := storage.list_domains(tenant, last, _AT_ONCE):
        yield from page
        last = page[-1]


def seed(engine: Engine, contents: Contents, tenant: Tenant) -> None:
    """Add contents to those of a tenant, creating missing domains.

    It is not a call: it does not appear in the journal, faults do not affect it, and lagging reads see it at once.
    Raises :class:`ValueError` if a limit of the engine is exceeded; what was added before that stays.
    """
    storage = _settled(engine.storage)
    for domain, items in contents.items():
        told = ((item, _as_item(attributes)) for item, attributes in items.items())
        try:  # the error names the domain
            restore_domain(
                storage, tenant, domain, told,
                limits=engine.limits, now=engine.clock.now(), in_order=isinstance(items, InOrder),
            )  # fmt: skip
        except SimpleDBError as refused:
            raise ValueError(f"domain {domain!r} of the seed: {refused.message} ({refused.code})") from None


def _as_item(attributes: Mapping[str, tuple[str, ...]]) -> Item:
    return {name: values[0] if len(values) == 1 else values for name, values in attributes.items()}


def differences(found: Mapping[str, object], expected: Mapping[str, object]) -> list[str]:
    """The differences of two contents, given as nested mappings: a line for each domain, item or attribute."""
    return list(_differences(found, expected, ("domain", "item", "attribute"), ""))


def _differences(
    found: Mapping[str, object], expected: Mapping[str, object], kinds: tuple[str, ...], place: str
) -> Iterator[str]:
    for name in sorted({*found, *expected}, key=str):
        here = f"{place}{', ' if place else ''}{kinds[0]} {name!r}"
        if name not in found:
            yield f"{here}: expected, but missing"
        elif name not in expected:
            yield f"{here}: not expected"
        else:
            has, wanted = found[name], expected[name]
            if isinstance(has, Mapping) and isinstance(wanted, Mapping) and len(kinds) > 1:
                yield from _differences(has, wanted, kinds[1:], here)
            elif values(has) != values(wanted):
                yield f"{here}: {_shown(has)}, but expected {_shown(wanted)}"


def values(given: object) -> object:
    """Values of an attribute, comparable however they are written: bare, list, tuple or set."""
    if isinstance(given, str):
        return frozenset((given,))
    if isinstance(given, (list, tuple, set, frozenset)) and all(isinstance(value, str) for value in given):
        return frozenset(given)
    return given


def _shown(given: object) -> str:
    several = values(given)
    return " and ".join(map(repr, sorted(several))) if several and isinstance(several, frozenset) else repr(given)
