"""An engine asked for exports, as any client of rest-json would ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest

from basicdb_mock.changes import Put, Write
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.exports import ExportSettings
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item, Tenant, pairs
from basicdb_mock.wire.message import Request

needs_simpledbv2 = pytest.mark.skipif(
    "simpledbv2" not in botocore.session.Session().get_available_services(),
    reason="this botocore is older than the export API",
)

ACCOUNT = "123456789012"
TENANT = Tenant(ACCOUNT, "us-east-1")
START = 1_770_000_000.25
"""Where the clock of an :class:`Asker` stands."""


def authorization(access_key: str = ACCOUNT) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={access_key}/20260202/us-east-1/sdb/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0"
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    told: Any

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, name and text; there is nothing else in the body."""
        assert list(self.told) == ["message"]
        return self.status, self.headers["x-amzn-ErrorType"], self.told["message"]


class Asker:
    """Asks an engine whose clock stands still until it is told otherwise."""

    def __init__(self, directory: Path | None = None, **settings: Any) -> None:
        self.clock = AdjustableClock()
        self.clock.freeze(START)
        others = {name: settings.pop(name) for name in ("limits", "storage", "accounts") if name in settings}
        self.engine = Engine(clock=self.clock, exports=ExportSettings(directory=directory, **settings), **others)

    def set(self, **settings: Any) -> None:
        """Change settings of the exports, such as ``delay`` or ``patience``."""
        self.engine.exports.settings = replace(self.engine.exports.settings, **settings)

    def ask(self, operation: str, *, host: str = "sdb.amazonaws.com", key: str = ACCOUNT, **members: Any) -> Answer:
        """POST the members; the answer's JSON."""
        return self.send(operation, json.dumps(members).encode(), host=host, key=key)

    def send(
        self, operation: str, body: bytes, *, method: str = "POST", host: str = "sdb.amazonaws.com", key: str = ACCOUNT
    ) -> Answer:
        headers = {"host": host, "authorization": authorization(key), "content-type": "application/json"}
        response = self.engine.handle(Request(method, f"https://{host}/v2/{operation}", headers, body))
        assert response.headers["Content-Type"] == "application/json"
        return Answer(response.status, response.headers, json.loads(response.body))

    def start(self, domain: str = "books", **members: Any) -> str:
        """Start an export; its ARN."""
        answer = self.ask("StartDomainExport", domainName=domain, s3Bucket="a-bucket", **members)
        assert answer.status == 200, answer.told
        return str(answer.told["exportArn"])

    def get(self, arn: str) -> Any:
        answer = self.ask("GetExport", exportArn=arn)
        assert answer.status == 200, answer.told
        return answer.told

    def status(self, arn: str) -> str:
        return str(self.get(arn)["exportStatus"])

    def query(self, action: str, **parameters: str) -> tuple[int, str]:
        """An action of the Query protocol: status and body."""
        given = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": ACCOUNT, **parameters}
        response = self.engine.handle(Request("POST", "https://sdb.amazonaws.com/", {}, urlencode(given).encode()))
        return response.status, response.body.decode()

    def fill(self, domain: str = "books", items: Mapping[str, Item] | None = None, tenant: Tenant = TENANT) -> None:
        """A domain with items: two books unless told otherwise."""
        storage = self.engine.storage
        storage.create_domain(tenant, domain, now=self.clock.now(), at_most=250)
        for name, item in (BOOKS if items is None else items).items():
            storage.domain(tenant, domain).apply(Write([Put(name, tuple(pairs(item)))], AWS))


BOOKS: Mapping[str, Item] = {
    "0385333498": {"Title": "The Sirens of Titan", "Keyword": ("Paperback", "Book")},
    "B00005JPLW": {"Title": "300"},
}


def files_in(directory: Path) -> dict[str, bytes]:
    """Every file below a directory by its path from there."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
