"""Canaries: what we rely on in botocore, requests and responses.  When one dies, a seam has moved."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec

import pytest

from basicdb_mock.intercept import seams

# boto 2 is looked at in a process of its own: it leaves a finder behind that new Pythons warn of.
PACKAGES = ("botocore", "aiobotocore", "requests", "responses", "moto")
THERE = [seam for seam in seams.SEAMS if find_spec(package := seam.module.partition(".")[0]) and package in PACKAGES]


@pytest.mark.parametrize("seam", THERE, ids=lambda seam: f"{seam.module}.{seam.owner}.{seam.attribute}")
def test_what_we_stand_before_is_there(seam: seams.Seam) -> None:
    module = import_module(seam.module)
    assert callable(vars(getattr(module, seam.owner))[seam.attribute])


def test_botocore_sends_and_signs_as_we_do() -> None:
    from botocore.httpsession import URLLib3Session
    from botocore.signers import RequestSigner

    assert list(inspect.signature(URLLib3Session.send).parameters) == ["self", "request"]
    assert list(inspect.signature(RequestSigner.sign).parameters)[:3] == ["self", "operation_name", "request"]


def test_a_signer_keeps_its_credentials_where_we_look() -> None:
    from botocore.credentials import Credentials
    from botocore.hooks import HierarchicalEmitter
    from botocore.model import ServiceId
    from botocore.signers import RequestSigner

    credentials = Credentials("A", "B")
    signer = RequestSigner(
        ServiceId("SimpleDB"), "us-east-1", "sdb", "v2", credentials, HierarchicalEmitter())
    assert vars(signer)["_credentials"] is credentials


def test_refreshable_credentials_tell_whether_they_must_be_fetched() -> None:
    from botocore.credentials import DeferredRefreshableCredentials

    assert DeferredRefreshableCredentials(dict, "a role").refresh_needed() is True


def test_an_answer_s_content_is_kept_where_we_put_it() -> None:
    from botocore.awsrequest import AWSResponse

    response = AWSResponse("https://sdb.amazonaws.com/", 200, {}, None)
    response._content = b"body"  # type: ignore[attr-defined]
    assert response.content == b"body"


def test_a_requestsmock_finds_its_matches_as_we_do() -> None:
    import responses

    assert list(inspect.signature(responses.RequestsMock._find_match).parameters) == ["self", "request"]
