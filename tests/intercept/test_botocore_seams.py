"""Canaries: what we rely on in botocore, requests and responses.  When one dies, a seam has moved."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from basicdb_mock.intercept import seams
from basicdb_mock.wire.message import Response

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


def test_a_client_makes_its_requests_as_we_do() -> None:
    from botocore.client import BaseClient

    assert {"endpoint_url", "set_user_agent_header"} <= set(
        inspect.signature(BaseClient._convert_to_request_dict).parameters)  # type: ignore[attr-defined]
    assert "endpoint_url=endpoint_url" in inspect.getsource(BaseClient._make_api_call)  # type: ignore[attr-defined]
    assert "self._user_agent_creator.to_string()" in inspect.getsource(
        BaseClient._convert_to_request_dict)  # type: ignore[attr-defined]


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


def test_an_answer_is_like_one_off_the_wire() -> None:
    from botocore.awsrequest import AWSResponse

    from basicdb_mock.intercept.answers import Answer

    headers, body = {"Content-Type": "text/xml", "Date": "today"}, b"<body/>"
    ours: Any = Answer("https://sdb.amazonaws.com/", Response(200, headers, body))
    off_the_wire: Any = AWSResponse("https://sdb.amazonaws.com/", 200, headers, ours.raw)  # type: ignore[arg-type]
    assert isinstance(ours, AWSResponse)
    for part in ("url", "status_code", "content", "text", "raw"):
        assert getattr(ours, part) == getattr(off_the_wire, part)


@pytest.mark.parametrize("made", ["ours", "botocore's"])
def test_the_headers_of_an_answer_are_found_by_names_of_any_case(made: str) -> None:
    from botocore.awsrequest import HeadersDict

    from basicdb_mock.intercept.answers import Headers

    headers: Any = (Headers if made == "ours" else HeadersDict)({"Content-Type": "text/xml", "Date": "today"})
    assert isinstance(headers, HeadersDict)
    assert (list(headers), len(headers)) == (["Content-Type", "Date"], 2)
    assert (headers["content-type"], headers.get("DATE"), "date" in headers) == ("text/xml", "today", True)
    assert (headers.get("server"), "server" in headers) == (None, False)
    with pytest.raises(KeyError):
        headers["server"]
    copied = headers.copy()
    headers["CONTENT-TYPE"] = "text/plain"
    del headers["date"]
    assert {name.lower(): value for name, value in headers.items()} == {"content-type": "text/plain"}
    assert dict(copied) == {"Content-Type": "text/xml", "Date": "today"}


def test_a_requestsmock_finds_its_matches_as_we_do() -> None:
    import responses

    assert list(inspect.signature(responses.RequestsMock._find_match).parameters) == ["self", "request"]
