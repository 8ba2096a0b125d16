"""Exports in the control API: list all, look at one, start one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports.export import Export, Status
from basicdb_mock.exports.parameters import ExportParameters
from basicdb_mock.exports.targets import folder_of
from basicdb_mock.model import Tenant
from basicdb_mock.operations import Account
from basicdb_mock.server.asking import WHOSE, tenant_of
from basicdb_mock.server.json_api import Answer, RefusedError, json_body, url_parameters

MOST_FILES = 1000
"""The most files of an export that are listed."""
ORDER = {
    "domain": "domainName", "bucket": "s3Bucket", "prefix": "s3KeyPrefix", "encryption": "s3SseAlgorithm",
    "key_id": "s3SseKmsKeyId", "bucket_owner": "s3BucketOwner", "client_token": "clientToken",
}  # fmt: skip
"""What may be asked of an export, and the member of StartDomainExport that it is."""


class ExportsAPI:
    """The part of the control API that is about exports: one method per endpoint, see :data:`ROUTES`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_exports(self) -> Answer:
        """The exports of everybody, or of one account, region, domain or status; newest first."""
        query = url_parameters(("account", "region", "domain", "status"))
        found = find(self._engine, query.get("account"), query.get("region"), query.get("domain"))
        wanted = [each for each in found if query.get("status") in (None, each[1].value)]
        return {"exports": [as_plain(self._engine, *each) for each in wanted]}

    def one_export(self, export_id: str) -> Answer:
        """One export; waits for one that is being written, as GetExport does."""
        for found, _ in find(self._engine):
            if found.id == export_id:
                export = self._engine.exports.get(_account(self._engine, found.tenant), export_id)
                return as_plain(self._engine, export, self._engine.exports.status(export, self._engine.clock.now()))
        raise RefusedError(404, "NotFound", "there is no export with that id")

    def start_export(self) -> Answer:
        """Start an export as StartDomainExport does, with the same checks."""
        parts = json_body().mapping("an export", (*ORDER, *WHOSE))
        texts = {name: part.text(name) for name, part in parts.items()}
        tenant = tenant_of(self._engine, {name: texts.pop(name) for name in WHOSE if name in texts})
        try:
            return as_plain(self._engine, *start(self._engine, tenant, texts)), 201
        except SimpleDBError as refused:
            raise RefusedError(refused.status, refused.code, refused.message) from None


ROUTES = (
    ("GET", "/exports", "list_exports"),
    ("POST", "/exports", "start_export"),
    ("GET", "/exports/<export_id>", "one_export"),
)


def find(
    engine: Engine, account: str | None = None, region: str | None = None, domain: str | None = None
) -> list[tuple[Export, Status]]:
    """The exports of everybody, or of one account, region or domain; newest first.

    What is due is begun, but not awaited.
    """
    found = [
        (export, engine.exports.status(export, engine.clock.now()))
        for tenant in engine.truth.record_tenants()
        if account in (None, tenant.account) and region in (None, tenant.region)
        for export in engine.exports.listed(_account(engine, tenant), None, 0, patience=0.0)
        if domain in (None, export.order.domain)
    ]
    return sorted(found, key=lambda each: (each[0].requested_at, each[0].number), reverse=True)


def start(engine: Engine, tenant: Tenant, asked: Mapping[str, str]) -> tuple[Export, Status]:
    """Do as StartDomainExport does; ``asked`` has the keys of :data:`ORDER`.  Raises SimpleDBError."""
    parameters = ExportParameters({ORDER[name]: value for name, value in asked.items()})
    token = parameters.client_token()
    export = engine.exports.start(_account(engine, tenant), parameters.order(), token)
    return export, engine.exports.status(export, engine.clock.now())


def _account(engine: Engine, tenant: Tenant) -> Account:
    return Account(tenant, engine.truth, engine.limits, engine.clock, engine.exports)


def as_plain(engine: Engine, export: Export, status: Status) -> dict[str, object]:
    """An export as JSON; times are in epoch seconds."""
    order, ended = export.order, export.outcome if status in (Status.SUCCEEDED, Status.FAILED) else None
    failure = ended.failure if ended is not None else None
    return {
        "id": export.id,
        "arn": export.arn,
        **export.tenant._asdict(),
        "domain": order.domain,
        "bucket": order.bucket,
        "prefix": order.prefix,
        "encryption": order.encryption,
        "key_id": order.key_id,
        "bucket_owner": order.bucket_owner,
        "client_token": export.client_token,
        "status": status.value,
        "requested_at": export.requested_at,
        "cutoff": export.cutoff,
        "items": ended.items if status is Status.SUCCEEDED and ended is not None else None,
        "failure": None if failure is None else {"code": failure.code, "message": failure.template},
        "manifest": export.manifest if status is Status.SUCCEEDED else None,
        "files": _files(engine, export),
    }


def file_of(engine: Engine, export: Export, key: str) -> Path | None:
    """Where a file of an export that went to a directory is; ``None`` for one that it has not."""
    if key not in [file["key"] for file in _files(engine, export)]:
        return None
    return folder_of(engine.exports.directory, export) / key.removeprefix(f"{export.folder}/")


def _files(engine: Engine, export: Export) -> list[dict[str, object]]:
    """The files of an export that went to a directory: key in the bucket and size in bytes."""
    if engine.exports.settings.directory is None and engine.exports.settings.s3_endpoint is not None:
        return []
    folder = folder_of(engine.exports.directory, export)
    files = sorted(path for path in folder.rglob("*") if path.is_file())[:MOST_FILES]
    return [
        {"key": f"{export.folder}/{path.relative_to(folder).as_posix()}", "bytes": path.stat().st_size}
        for path in files
    ]
