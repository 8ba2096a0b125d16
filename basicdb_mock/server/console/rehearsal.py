"""The console's rehearsal page: faults, lag, the clock, snapshots, seeds, exports and the cluster's nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from werkzeug.datastructures import FileStorage

from basicdb_mock.engine import Engine
from basicdb_mock.errors import CATALOGUE
from basicdb_mock.limits import limits_from
from basicdb_mock.model import Tenant
from basicdb_mock.operations import ACTIONS
from basicdb_mock.rehearsal.faults_file import fault_from, lag_as_plain, parse_faults, parse_lag, standing_as_plain
from basicdb_mock.seeding import seed
from basicdb_mock.server import exports
from basicdb_mock.server.asking import tenant_of
from basicdb_mock.server.control import nodes
from basicdb_mock.server.downloads import seed_from
from basicdb_mock.server.snapshots import NOW, Snapshots
from basicdb_mock.settings import setting_of
from basicdb_mock.storage import StorageError


def told(engine: Engine, snapshots: Snapshots, tenant: Tenant, given: Mapping[str, str]) -> dict[str, Any]:
    """The data of the page; ``tenant`` is the default of the form that starts an export."""
    before, after = given.get("before", ""), given.get("after", "")
    return {
        **{name: given.get(name, "") for name in ("about", "said", "problem")},
        "place": {**tenant._asdict(), "domain": given.get("domain", "")},
        "before": before,
        "after": after or NOW,
        "faults": [standing_as_plain(standing) for standing in engine.rehearsal.standing()],
        "errors": sorted({error.code for error in CATALOGUE.values()}),
        "operations": sorted({name for actions in ACTIONS.values() for name in actions}),
        "lag": lag_as_plain(engine.lag),
        "limits": asdict(engine.limits),
        "clock": {"now": engine.clock.now(), "frozen": engine.clock.frozen},
        "snapshots": snapshots.names(),
        **_compared(snapshots, before, after or NOW),
        "exports": [exports.as_plain(engine, *each) for each in exports.find(engine)[:_EXPORTS]],
        **_nodes(engine),
    }


def _nodes(engine: Engine) -> dict[str, Any]:
    try:
        return {"nodes": nodes(engine) or [], "nodes_problem": None}
    except StorageError as problem:
        return {"nodes": [], "nodes_problem": str(problem)}


def change(
    engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: Mapping[str, FileStorage]
) -> str:
    """Do what a form of the page asks, and return the message to show.  Raises :class:`ValueError`."""
    what = form.get("what", "")
    act = CHANGES.get(what)
    if act is None:
        raise ValueError(f"unknown form {what!r}")
    return act(engine, snapshots, form, files)


def _compared(snapshots: Snapshots, before: str, after: str) -> dict[str, Any]:
    """The comparison that was asked for, if any, or why it is not possible."""
    if not before:
        return {"compared": None, "not_compared": None}
    try:
        return {"compared": snapshots.compare(before, after).as_plain(), "not_compared": None}
    except KeyError:
        return {"compared": None, "not_compared": "there is no snapshot with that name"}
    except ValueError as problem:
        return {"compared": None, "not_compared": str(problem)}


def _number(form: Mapping[str, str], name: str) -> float:
    try:
        return float(form.get(name, ""))
    except ValueError:
        raise ValueError(f"{name} takes a number of seconds, not {form.get(name)!r}") from None


def _add_fault(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    """Add the fault of the form."""
    rule: dict[str, Any] = {}
    effect = form.get("effect", "fail")
    if effect == "fail":
        rule["fail"] = form.get("error", "ServiceUnavailable")
    elif effect == "delay":
        amount = form.get("amount", "").strip()
        rule["delay"] = amount if "(" in amount else _number(form, "amount")
    elif effect in ("throttle", "truncate"):
        rule[effect] = _number(form, "amount")
    elif effect in ("drop before", "drop after"):
        rule["drop"] = effect.removeprefix("drop ")
    else:
        raise ValueError(f"unknown effect {effect!r}")
    rule |= {name: form[name] for name in ("operation", "domain") if form.get(name)}
    rule |= {name: int(_number(form, name)) for name in ("nth", "times") if form.get(name)}
    if form.get("probability"):
        rule["probability"] = _number(form, "probability")
    number = engine.rehearsal.add(fault_from(setting_of(rule, "fault")))
    return f"Fault {number} added."


def _add_faults(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    """Add faults given as in a faults file."""
    faults = parse_faults(form.get("faults", ""))
    for fault in faults:
        engine.rehearsal.add(fault)
    return f"{len(faults)} fault{'' if len(faults) == 1 else 's'} added."


def _limits(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    base = limits_from(form["base"]) if form.get("base") else engine.limits
    name, value = form.get("limit", ""), form.get("value", "").strip()
    changes: dict[str, object] = {name: float(value) if "." in value else int(value)} if name and value else {}
    engine.limits = limits_from(changes, base=base)
    return "The limits are set."


def _remove_fault(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    number = form.get("number", "")
    if not number.isdecimal() or not engine.rehearsal.remove(int(number)):
        raise ValueError("there is no fault with that number")
    return f"Fault {number} removed."


def _lag(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    text = form.get("lag", "").strip()
    lag = parse_lag(text, "lag") if text else None
    if lag is not None and form.get("torn"):
        lag = replace(lag, tear_batches=True)
    engine.lag = lag if lag is not None and lag.behind.most else None
    return "Reads are stale." if engine.lag else "Reads are up to date."


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
    return f"The clock is at {clock.now():.3f}."


def _snapshot(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    name, how = form.get("name", ""), form.get("how", "")
    if how == "save":
        snapshots.take(name)
        return f"Snapshot {name} saved."
    try:
        if how == "restore":
            snapshots.restore(name)
            return f"Snapshot {name} restored."
        snapshots.forget(name)
    except KeyError:
        raise ValueError("there is no snapshot with that name") from None
    return f"Snapshot {name} deleted."


def _seed(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: Mapping[str, FileStorage]) -> str:
    upload = files.get("file")
    if upload is None or not upload.filename:
        raise ValueError("choose a seed file")
    read = seed_from(upload.filename, upload.read(), engine.limits)
    seed(engine, read, tenant_of(engine, form))
    items = sum(map(len, read.values()))
    return f"{items} item{'' if items == 1 else 's'} seeded into {len(read)} domain{'' if len(read) == 1 else 's'}."


def _reset(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    engine.reset()
    return "Data and calls deleted; faults, lag and clock are as at the start."


def _calls(engine: Engine, snapshots: Snapshots, form: Mapping[str, str], files: object) -> str:
    engine.journal.clear()
    return "The journal is empty."


SECTIONS = {"fault": "faults", "no fault": "faults", "snapshot": "snapshots", "calls": "reset"}
"""The section of the page that a form is in, if not that of its own name."""
_EXPORTS = 100
CHANGES: dict[str, Callable[[Engine, Snapshots, Mapping[str, str], Mapping[str, FileStorage]], str]] = {
    "fault": _add_fault,
    "faults": _add_faults,
    "no fault": _remove_fault,
    "limits": _limits,
    "lag": _lag,
    "clock": _clock,
    "snapshot": _snapshot,
    "seed": _seed,
    "calls": _calls,
    "reset": _reset,
}
