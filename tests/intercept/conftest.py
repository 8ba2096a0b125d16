"""A world without the user's AWS settings, and clients that tell whether their request went on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from basicdb_mock.intercept import seams
from basicdb_mock.intercept.registry import REGISTRY

# aiobotocore pins its botocore and aioboto3 its aiobotocore: where they cannot be there is nothing to collect.
# aioboto3's place is scripts/async-tests.
_NEEDED = {"aiobotocore": "test_aiobotocore.py", "aioboto3": "test_aioboto3.py"}
collect_ignore = [file for package, file in _NEEDED.items() if not find_spec(package)]

LIST_DOMAINS = (
    b"<ListDomainsResponse><ListDomainsResult><DomainName>elsewhere</DomainName></ListDomainsResult>"
    b"</ListDomainsResponse>")
_LOADER = botocore.loaders.create_loader()


@pytest.fixture(autouse=True)
def plain_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No credentials, no files of AWS's, no default session; at the end nothing may be active."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
                 "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    # Every session would read botocore's models anew: most of what a test costs.
    monkeypatch.setattr(botocore.session, "create_loader", lambda search_path_string=None: _LOADER)
    yield
    assert REGISTRY.active() == ()
    assert not any(hasattr(_current(seam), "_basicdb_mock_stands_before") for seam in seams.SEAMS)


def _current(seam: seams.Seam) -> Any:
    import sys

    return getattr(getattr(sys.modules.get(seam.module), seam.owner, None), seam.attribute, None)


def make_client(region: str = "us-east-1", key: str | None = "AKTESTING", **settings: Any) -> Any:
    credentials: Any = {"aws_access_key_id": key, "aws_secret_access_key": "secret"} if key else {}
    return boto3.client("sdb", region_name=region, **credentials, **settings)


def tell_when_it_goes_on(client: Any) -> Any:
    """The client; what nobody before it answers, it answers with a domain named ``elsewhere``."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        class Raw:
            @staticmethod
            def stream() -> list[bytes]:
                return [LIST_DOMAINS]

        return AWSResponse(request.url, 200, HTTPHeaders(), Raw())

    client.meta.events.register_last("before-send", answer)
    return client


def domains(client: Any) -> list[str]:
    found: list[str] = client.list_domains().get("DomainNames", [])
    return found
