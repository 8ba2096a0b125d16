"""The data of the console's pages: plain values, the same for a template and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS, RELAXED
from basicdb_mock.model import Item, Tenant, values_of
from basicdb_mock.rehearsal.faults_file import lag_as_plain
from basicdb_mock.select import parse
from basicdb_mock.select.expression import ITEM_NAME, Comparison, Output, Sort, Statement, quoted_name
from basicdb_mock.select.rules import comparisons
from basicdb_mock.server.asking import aside, tenant_of
from basicdb_mock.server.selecting import error_place, explained, selected
from basicdb_mock.storage import StorageError

_WRITES = frozenset({
    "PutAttributes", "DeleteAttributes", "BatchPutAttributes", "BatchDeleteAttributes", "CreateDomain",
})  # fmt: skip
_PAGE = 50
_DOMAINS = 100
_TENANTS = 50


def tenants(engine: Engine, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """All tenants that have a domain, with the figures of the first hundred domains of each.

    ``account`` and ``region`` choose one tenant, ``after`` the domains after a name.
    """
    written = last_writes(engine)
    chosen = [
        tenant
        for tenant in engine.truth.tenants()
        if given.get("account") in (None, "", tenant.account) and given.get("region") in (None, "", tenant.region)
    ]
    told = []
    for tenant in chosen[:_TENANTS]:
        names = engine.truth.list_domains(tenant, given.get("after", ""), _DOMAINS + 1)
        domains = [
            {"name": name, "last_write": written.get((tenant, name)), **_figures(engine, tenant, name)}
            for name in names[:_DOMAINS]
        ]
        told.append({**tenant._asdict(), "domains": domains, "next": names[_DOMAINS - 1] if names[_DOMAINS:] else None})
    return told


def _figures(engine: Engine, tenant: Tenant, domain: str) -> dict[str, Any]:
    try:
        statistics = engine.truth.domain(tenant, domain).statistics()
    except (SimpleDBError, StorageError) as problem:  # deleted just now, or its files are damaged
        return {"problem": str(problem)}
    return {"problem": None, **asdict(statistics), "size": statistics.size}


def last_writes(engine: Engine) -> dict[tuple[Tenant, str], float]:
    """When each domain was last written to, in epoch seconds, as far as the journal reaches."""
    return {
        (Tenant(call.account, call.region), call.domain): call.at
        for call in engine.journal
        if call.operation in _WRITES and call.status == 200 and call.domain is not None
    }


def settings(engine: Engine) -> dict[str, Any]:
    return {
        "storage": type(engine.truth).__name__,
        "region": engine.region,
        "account": tenant_of(engine, {}).account,
        "signatures": "not verified, any key is accepted" if engine.accounts.open else "verified",
        "kind_of_limits": {AWS: "AWS", RELAXED: "relaxed"}.get(engine.limits, "custom"),
        "limits": asdict(engine.limits),
    }


def banner(engine: Engine) -> list[str]:
    """What differs from the defaults: faults, lag, the clock."""
    told = []
    faults = engine.rehearsal.standing()
    if faults:
        told.append(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in force")
    if engine.lag is not None:
        told.append(f"reads are stale by {engine.lag.behind} s")
    if engine.clock.frozen:
        told.append("the clock is frozen")
    return told


def grid(engine: Engine, tenant: Tenant, domain: str, given: Mapping[str, str]) -> dict[str, Any]:
    """A page of a domain's items.  The filter and the order of the form become the Select that is run."""
    problem = None
    try:
        expression = str(_as_statement(domain, given))
    except SimpleDBError as error:
        problem, expression = f"{error.code}: {error.message}", f"select * from {quoted_name(domain)} limit {_PAGE}"
    # Looking at data is not a call: it is not in the journal, and no fault affects it.
    told = selected(aside(engine), tenant, expression, given.get("after", ""))
    figures = None
    if told["code"] != "NoSuchDomain":
        figures = _figures(engine, tenant, domain)
    return {
        **told,
        "domain": domain,
        "problem": problem,
        "statistics": figures,
        "sort": given.get("sort", ""),
        "direction": given.get("direction", "asc"),
        "where": given.get("where", ""),
    }


def _as_statement(domain: str, given: Mapping[str, str]) -> Statement:
    filtered = given.get("where", "").strip()
    text = f"select * from {quoted_name(domain)}" + (f" where {filtered}" if filtered else "")
    where = parse(text).where
    sort = None
    if given.get("sort"):
        subject = ITEM_NAME if given["sort"] == "itemName()" else given["sort"]
        sort = Sort(subject, given.get("direction") == "desc")
        if where is None or not any(test.subject == subject for test in comparisons(where)):
            # SimpleDB requires the sort attribute in a predicate: add one that every item with the attribute meets.
            there = Comparison(subject, "is not null")
            where = there if where is None else parse(f"select * from d where ({where}) and {there}").where
    return Statement(Output.ALL, domain, where, sort, _PAGE)


def one_item(engine: Engine, tenant: Tenant, domain: str, item: str) -> dict[str, Any]:
    """An item with all its attributes; ``stale`` has those that a read without ConsistentRead returns if it lags."""
    code = None
    attributes: list[dict[str, Any]] = []
    try:
        attributes = _attributes(engine.truth.domain(tenant, domain).get(item))
    except SimpleDBError as error:
        code = error.code
    stale = None
    if engine.lag is not None and isinstance(lag_as_plain(engine.lag)["seconds"], (int, float)):
        # Not with a random lag: looking would consume its random numbers, and change what the test sees.
        try:
            stale = _attributes(engine.storage.domain(tenant, domain, consistent=False).get(item))
        except SimpleDBError:
            stale = []
    return {
        **tenant._asdict(), "domain": domain, "item": item, "attributes": attributes, "stale": stale, "code": code,
    }  # fmt: skip


def _attributes(item: Item | None) -> list[dict[str, Any]]:
    return [{"name": name, "values": sorted(values_of(item, name))} for name in item] if item is not None else []


def selection(engine: Engine, tenant: Tenant, given: Mapping[str, str]) -> dict[str, Any]:
    """The data of the Select page: the results, or the error and its place, and the plan."""
    expression = given.get("expression", "")
    if not expression:
        begin = {
            name: str(Statement(Output.ALL, name, None, None, None))
            for name in engine.truth.list_domains(tenant, "", 8)
        }
        return {
            **tenant._asdict(), "expression": "", "rows": [], "columns": [], "code": None, "body": "", "domains": begin,
            "error_at": None, "explained": None,
        }  # fmt: skip
    told = selected(engine, tenant, expression, given.get("after", ""))
    told["after"] = given.get("after", "")
    told["error_at"] = error_place(engine, expression) if told["code"] == "InvalidQueryExpression" else None
    told["explained"] = None
    if told["code"] is None and told["status"] == 200 and told["whole"]:
        told["explained"] = explained(engine, tenant, expression)
    return told
