"""Leaving a mock restores exactly what was there."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import boto3
import pytest
import requests
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

from basicdb_mock import mock_simpledb
from tests.intercept.conftest import domains, make_client


def test_the_environment_is_as_it_was() -> None:
    before = dict(os.environ)
    with mock_simpledb(region="eu-west-1"):
        assert os.environ["AWS_ACCESS_KEY_ID"] == "123456789012"
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
        os.environ["AWS_DEFAULT_REGION"] = "us-west-2"
    assert dict(os.environ) == before


def test_a_variable_that_was_set_gets_its_value_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    with mock_simpledb(region="eu-west-1"):
        del os.environ["AWS_DEFAULT_REGION"]
    assert os.environ["AWS_DEFAULT_REGION"] == "sa-east-1"


def test_without_a_region_none_is_set() -> None:
    with mock_simpledb():
        assert "AWS_DEFAULT_REGION" not in os.environ


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_credentials_that_were_chosen_are_not_replaced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "mine")
    before = dict(os.environ)
    with mock_simpledb():
        assert dict(os.environ) == before


def test_credentials_in_a_file_are_not_shadowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = AKOFFILE\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with mock_simpledb() as simpledb:
        make_client(key=None).create_domain(DomainName="users")
        assert "AWS_ACCESS_KEY_ID" not in os.environ
        assert simpledb.calls.of("CreateDomain")[0].given["AWSAccessKeyId"] == "AKOFFILE"
        assert domains(simpledb.client()) == ["users"]
        simpledb.seed({"carts": {}})
        assert simpledb == {"users": {}, "carts": {}}


def test_a_credentials_file_without_a_default_profile_asks_nobody_for_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text("[other]\naws_access_key_id = AKOTHER\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address), raising=False)
    with mock_simpledb() as simpledb:
        make_client(key=None).create_domain(DomainName="users")
        assert domains(simpledb.client()) == ["users"]
        assert simpledb == {"users": {}}
    assert asked == []


def test_the_default_session_made_inside_is_gone() -> None:
    with mock_simpledb(region="us-east-1"):
        boto3.client("sdb").list_domains()
        assert boto3.DEFAULT_SESSION is not None
    assert boto3.DEFAULT_SESSION is None


def test_the_default_session_of_before_is_the_one_of_after(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    with mock_simpledb():
        assert boto3.DEFAULT_SESSION is session
        boto3.setup_default_session(region_name="eu-west-1")
    assert boto3.DEFAULT_SESSION is session


def test_mocks_that_end_in_another_order_restore_what_was_before_both() -> None:
    before = dict(os.environ)
    first, second = mock_simpledb(region="eu-west-1"), mock_simpledb(region="us-west-2")
    first.start()
    boto3.setup_default_session()
    second.start()
    first.stop()
    assert os.environ["AWS_DEFAULT_REGION"] == "us-west-2"
    second.stop()
    assert dict(os.environ) == before
    assert boto3.DEFAULT_SESSION is None


def test_an_inner_mock_that_ends_restores_what_the_outer_one_set() -> None:
    with mock_simpledb(region="eu-west-1"):
        with mock_simpledb(region="us-west-2"):
            assert os.environ["AWS_DEFAULT_REGION"] == "us-west-2"
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_functions_of_other_packages_are_theirs_again() -> None:
    before = URLLib3Session.send, RequestSigner.sign, requests.adapters.HTTPAdapter.send
    with mock_simpledb(), mock_simpledb():
        during = URLLib3Session.send, RequestSigner.sign, requests.adapters.HTTPAdapter.send
        assert all(ours is not theirs for ours, theirs in zip(during, before, strict=True))
    assert (URLLib3Session.send, RequestSigner.sign, requests.adapters.HTTPAdapter.send) == before


def test_a_function_that_somebody_patched_over_ours_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    original = URLLib3Session.send
    mock = mock_simpledb()
    mock.start()
    with monkeypatch.context() as patched:
        patched.setattr(URLLib3Session, "send", lambda self, request: None)
        mock.stop()
        assert URLLib3Session.send(None, None) is None  # type: ignore[arg-type]
    with mock_simpledb():  # ours was put back by them; the next mock cleans up
        pass
    assert URLLib3Session.send is original


def test_a_simpledb_object_touches_nothing() -> None:
    from basicdb_mock import SimpleDB

    before = dict(os.environ), URLLib3Session.send, boto3.DEFAULT_SESSION
    SimpleDB().client().list_domains()
    assert (dict(os.environ), URLLib3Session.send, boto3.DEFAULT_SESSION) == before
