"""The console's rehearsal page: faults, lag, the clock, snapshots, seeds, exports and the cluster's nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from werkzeug.datastructures import FileStorage

from basicdb_mock.engine import Engine
from basicdb_mock.errors import CATALOGUE
from basicdb_mock.model import Tenant
from basicdb_mock.operations import ACTIONS, Account
from basicdb_mock.rehearsal.faults_file import fault_from, lag_as_plain, parse_lag, standing_as_plain
from basicdb_mock.seeding import Contents, contents_of, read_seed, seed
from basicdb_mock.server.control import DEFAULT_KEY
from basicdb_mock.server.snapshots import Snapshots
from basicdb_mock.settings import setting_of

_MOST_COMPARED = 200_000
"""Items beyond which a snapshot is kept without its contents, and cannot be compared."""


def told(engine: Engine, snapshots: Snapshots, given: Mapping[str, str]) -> dict[str, Any]:
    """All that is rehearsed, and what may be."""
    before, after = given.get("before", ""), given.get("after", "")
    return {
        "said": given.get("said", ""),
        "problem": given.get("problem", ""),
        "faults": [standing_as_plain(standing) for standing in engine.rehearsal.standing()],
        "errors": sorted({error.code for error in CATALOGUE.values()}),
        "operations": sorted({name for actions in ACTIONS.values() for name in actions}),
        "lag": lag_as_plain(engine.lag),
        "clock": {"now": engine.clock.now(), "frozen": engine.clock.frozen},
        "snapshots": snapshots.names(),
        "compared": compare(engine, snapshots, before, after) if before and after else None,
        "exports": exports(engine),
        "nodes": nodes(engine),
    }


def exports(engine: Engine) -> list[dict[str, Any]]:
    """The exports of everyone who has a domain, newest first."""
    told = []
    for tenant in engine.truth.tenants():
        account = Account(tenant, engine.truth, engine.limits, engine.clock, engine.exports)
        told += [
            {
                "id": export.id, "account": tenant.account, "region": tenant.region, "domain": export.order.domain,
                "status": engine.exports.status(export, engine.clock.now()).value, "requested_at": export.requested_at,
            }
            for export in engine.exports.listed(account, None, 0, 100)
        ]  # fmt: skip
    return sorted(told, key=lambda export: str(export["requested_at"]), reverse=True)


def nodes(engine: Engine) -> list[dict[str, Any]]:
    """The cluster's nodes, when the storage is one."""
    tell: Callable[[], list[dict[str, Any]]] | None = getattr(engine.truth, "nodes", None)
    return tell() if tell is not None else []


def change(
    engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: Mapping[str, FileStorage]
) -> str:
    """Do what a form of the page asks; returns what to say of it.  Raises :class:`ValueError`."""
    what = form.get("what", "")
    act = _CHANGES.get(what)
    if act is None:
        raise ValueError(f"there is no {what!r} here")
    return act(engine, snapshots, form, files)


def contents(engine: Engine) -> dict[Tenant, Contents] | None:
    """The data of everybody, or nothing when there is too much to keep twice."""
    storage = engine.truth
    items = sum(
        storage.domain(tenant, name).statistics().item_count
        for tenant in storage.tenants()
        for name in storage.list_domains(tenant, "", engine.limits.domains)
    )
    return {tenant: contents_of(storage, tenant) for tenant in storage.tenants()} if items <= _MOST_COMPARED else None


def compare(engine: Engine, snapshots: Snapshots, before: str, after: str) -> list[dict[str, str]] | None:
    """What came, went and changed between two snapshots (``now`` is the present): nothing when one is not known."""
    one, other = _contents(engine, snapshots, before), _contents(engine, snapshots, after)
    if one is None or other is None:
        return None
    left, right = _flat(one), _flat(other)
    changed = []
    for place in sorted(left.keys() | right.keys()):
        if left.get(place) != right.get(place):
            what = "added" if place not in left else "gone" if place not in right else "changed"
            account, region, domain, item = place
            changed.append({
                "account": account, "region": region, "domain": domain, "item": item, "what": what,
                "before": _shown(left.get(place)), "after": _shown(right.get(place)),
            })  # fmt: skip
    return changed


def _contents(engine: Engine, snapshots: Snapshots, name: str) -> dict[Tenant, Contents] | None:
    if name == "now":
        return contents(engine)
    try:
        return snapshots.contents(name)
    except KeyError:
        return None


def _flat(state: Mapping[Tenant, Contents]) -> dict[tuple[str, str, str, str], Any]:
    return {
        (tenant.account, tenant.region, domain, item): attributes
        for tenant, domains in state.items()
        for domain, items in domains.items()
        for item, attributes in items.items()
    }


def _shown(attributes: Any) -> str:
    return "" if attributes is None else json.dumps({name: list(values) for name, values in attributes.items()})


def _number(form: Mapping[str, str], name: str) -> float:
    try:
        return float(form.get(name, ""))
    except ValueError:
        raise ValueError(f"{name} takes a number of seconds, not {form.get(name)!r}") from None


def _add_fault(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    rule: dict[str, Any] = {}
    effect = form.get("effect", "fail")
    if effect == "fail":
        rule["fail"] = form.get("error", "ServiceUnavailable")
    elif effect in ("delay", "throttle"):
        rule[effect] = _number(form, "amount")
    elif effect == "drop":
        rule["drop"] = form.get("drop") or "before"
    else:
        raise ValueError(f"there is no effect {effect!r}")
    for name in ("operation", "domain"):
        if form.get(name):
            rule[name] = form[name]
    if form.get("times"):
        rule["times"] = int(_number(form, "times"))
    if form.get("probability"):
        rule["probability"] = _number(form, "probability")
    number = engine.rehearsal.add(fault_from(setting_of(rule, "fault")))
    return f"Fault {number} is in force."


def _remove_fault(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    number = form.get("number", "")
    if not number.isdecimal() or not engine.rehearsal.remove(int(number)):
        raise ValueError("there is no fault of that number")
    return f"Fault {number} is gone."


def _lag(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    text = form.get("lag", "").strip()
    engine.lag = parse_lag(text, "lag") if text not in ("", "0") else None
    return "Reads lag behind." if engine.lag else "Reads are up to date."


def _clock(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    clock, how = engine.clock, form.get("how", "")
    if how == "freeze":
        clock.freeze(_number(form, "seconds") if form.get("seconds") else None)
    elif how == "tick":
        clock.tick(_number(form, "seconds"))
    elif how == "offset":
        clock.offset(_number(form, "seconds"))
    elif how == "reset":
        clock.reset()
    else:
        raise ValueError(f"a clock cannot {how!r}")
    return f"It is {clock.now():.3f} now."


def _snapshot(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    name, how = form.get("name", ""), form.get("how", "")
    if how == "save":
        snapshots.keep(name, engine.snapshot(), contents(engine))
        return f"Snapshot {name} is kept."
    try:
        if how == "restore":
            engine.restore(snapshots.state(name))
            return f"The data are as in snapshot {name}."
        snapshots.forget(name)
    except KeyError:
        raise ValueError("there is no snapshot of that name") from None
    return f"Snapshot {name} is gone."


def _seed(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: Mapping[str, FileStorage]) -> str:
    upload = files.get("file")
    if upload is None or not upload.filename:
        raise ValueError("choose a file to seed from")
    try:
        document = yaml.safe_load(upload.read())
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise ValueError(f"{upload.filename}: {problem}") from None
    read = read_seed(document, engine.limits)
    account = form.get("account") or engine.accounts.account_of(DEFAULT_KEY)
    seed(engine, read, Tenant(account, form.get("region") or engine.region))
    return f"{sum(map(len, read.values()))} items seeded into {len(read)} domains."


def _reset(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    engine.reset()
    return "Data, calls, faults, lag and clock are as at the start."


_CHANGES: dict[str, Callable[[Engine, Snapshots, Mapping[str, str], Mapping[str, FileStorage]], str]] = {
    "fault": _add_fault,
    "no fault": _remove_fault,
    "lag": _lag,
    "clock": _clock,
    "snapshot": _snapshot,
    "seed": _seed,
    "reset": _reset,
}
