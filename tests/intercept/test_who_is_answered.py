"""Which requests are answered: all for SimpleDB's hosts at AWS, from clients of any age, and no others."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import handlers
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from basicdb_mock import SimpleDB, mock_simpledb
from basicdb_mock.intercept.botocore import answer_directly_if_active, answer_if_active
from basicdb_mock.rehearsal import Drop, Fault
from tests.intercept.conftest import domains, make_client, tell_when_it_goes_on

REGIONS = [
    "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-1", "sa-east-1", "us-east-1", "us-west-1",
    "us-west-2"]


def client_from_before(monkeypatch: pytest.MonkeyPatch, key: str | None = "AKTESTING", **settings: Any) -> Any:
    """A client as it is made before basicdb_mock is imported: without our handlers."""
    ours = (answer_if_active, answer_directly_if_active)
    with monkeypatch.context() as patched:
        patched.setattr(handlers, "BUILTIN_HANDLERS", [
            entry for entry in handlers.BUILTIN_HANDLERS if entry[1] not in ours])
        patched.setattr(boto3, "DEFAULT_SESSION", None)
        return make_client(key=key, **settings)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_data_of_its_own(region: str) -> None:
    with mock_simpledb() as simpledb:
        make_client(region).create_domain(DomainName="users")
        assert simpledb.contents(region=region) == {"users": {}}
        assert [call.region for call in simpledb.calls] == [region]


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("region", ["us-east1", "useast1", "eu-west", "ap-southeast-11"])
def test_a_region_that_is_misspelt_cannot_be_reached_and_the_network_is_not_asked(
    region: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something asked the network")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    once = Config(retries={"total_max_attempts": 1})
    told = f'Could not connect to the endpoint URL: "https://sdb.{region}.amazonaws.com/"'
    with mock_simpledb(direct=direct) as active:
        for make in (boto3.Session(), SimpleDB(direct=direct).session()):
            client = make.client(
                "sdb", region_name=region, config=once, aws_access_key_id="AK", aws_secret_access_key="secret")
            with pytest.raises(EndpointConnectionError) as refused:
                client.list_domains()
            assert str(refused.value) == told
        assert len(active.calls) == 0


def test_a_client_of_before_the_mock_is_answered() -> None:
    client = make_client()
    with mock_simpledb():
        assert domains(client) == []


def test_a_client_of_before_the_import_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_from_before(monkeypatch)
    with mock_simpledb() as simpledb:
        assert domains(client) == []
        assert len(simpledb.calls) == 1


def test_the_read_timeout_of_a_client_of_before_the_import_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_from_before(monkeypatch, config=Config(read_timeout=0.01, retries={"total_max_attempts": 1}))
    with mock_simpledb() as simpledb:
        simpledb.faults.delay("*", 3600)
        with pytest.raises(ReadTimeoutError):
            client.list_domains()


def test_a_client_without_credentials_of_before_the_import_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_from_before(monkeypatch, key=None)
    with mock_simpledb() as simpledb:
        client.create_domain(DomainName="users")
        assert simpledb.account == "123456789012"
        assert simpledb.contents(account="123456789012") == {"users": {}}
    with pytest.raises(NoCredentialsError):
        client.list_domains()


def test_a_client_whose_credentials_would_have_to_be_fetched_fetches_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.credentials import DeferredRefreshableCredentials

    def fetch() -> dict[str, str]:
        raise AssertionError("the network was asked for credentials")

    session = boto3.Session(region_name="us-east-1")
    session._session._credentials = DeferredRefreshableCredentials(fetch, "a role")  # type: ignore[attr-defined]
    with mock_simpledb():
        assert domains(session.client("sdb")) == []


def test_each_write_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_simpledb() as simpledb:
        for client in (make_client(), client_from_before(monkeypatch), simpledb.client()):
            simpledb.calls.clear()
            client.create_domain(DomainName="users")
            assert [call.operation for call in simpledb.calls] == ["CreateDomain"]


def test_when_nothing_is_active_the_request_goes_on() -> None:
    client = tell_when_it_goes_on(make_client())
    assert domains(client) == ["elsewhere"]
    with mock_simpledb():
        assert domains(client) == []
    assert domains(client) == ["elsewhere"]


@pytest.mark.parametrize("endpoint", [
    "http://127.0.0.1:1", "http://localhost:8080", "https://sdb.example.com", "https://sdb.eu-west-1.localhost",
    "https://s3.amazonaws.com", "https://notsdb.amazonaws.com", "http://[::1]:5000"])
def test_another_host_is_left_alone(endpoint: str) -> None:
    with mock_simpledb() as simpledb:
        assert domains(tell_when_it_goes_on(make_client(endpoint_url=endpoint))) == ["elsewhere"]
        assert len(simpledb.calls) == 0


def test_an_endpoint_of_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SIMPLEDB", "http://127.0.0.1:1")
    with mock_simpledb():
        assert domains(tell_when_it_goes_on(make_client())) == ["elsewhere"]


def test_other_services_are_left_alone() -> None:
    with mock_simpledb() as simpledb:
        sqs = boto3.client("sqs", region_name="us-east-1")
        sqs.meta.events.register_last("before-send", lambda request, **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sqs.list_queues()
        assert len(simpledb.calls) == 0


def test_a_get_with_everything_in_the_url_is_answered() -> None:
    url = "https://sdb.eu-west-1.amazonaws.com/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=AK"
    with mock_simpledb() as simpledb:
        answer = URLLib3Session().send(AWSRequest("GET", url).prepare())
    assert answer.status_code == 200
    assert answer.content.startswith(b'<?xml version="1.0"?>\n<ListDomainsResponse')
    assert answer.text == answer.content.decode()
    assert [call.region for call in simpledb.calls] == ["eu-west-1"]


@pytest.mark.parametrize("url", [
    "https://", "https:///x", "http://[", "no url", "",
    "https://sdb.s3.amazonaws.com/", "https://sdb.s3-us-west-2.amazonaws.com/", "https://sdb.us-east-1.elb.amazonaws.com/"])
def test_what_is_hardly_a_url_and_a_bucket_named_sdb_are_not_ours(url: str) -> None:
    from basicdb_mock.intercept.registry import is_simpledb

    assert not is_simpledb(url)


def test_a_connection_that_a_rehearsal_ends_is_botocore_s_error() -> None:
    simpledb = SimpleDB()
    simpledb.faults.add(Fault(Drop(), operation="ListDomains"))
    with pytest.raises(ConnectionClosedError, match=r"sdb\.amazonaws\.com"):
        simpledb.client(config=Config(retries={"max_attempts": 0})).list_domains()


def test_the_answer_is_what_botocore_reads_off_the_wire() -> None:
    given = SimpleDB().client().create_domain(DomainName="users")["ResponseMetadata"]
    assert given["HTTPStatusCode"] == 200
    assert given["HTTPHeaders"]["content-type"] == "text/xml"
    assert given["HTTPHeaders"]["server"] == "Amazon SimpleDB"
    assert given["RetryAttempts"] == 0
    assert given["BoxUsage"] == "0.0055590278"  # type: ignore[typeddict-item]


def test_an_error_has_botocore_s_class() -> None:
    client = SimpleDB().client()
    with pytest.raises(client.exceptions.NoSuchDomain, match=r"The specified domain does not exist\."):
        client.domain_metadata(DomainName="users")


def test_paginators_go_through_the_door() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {f"user{number:03}": {"n": str(number)} for number in range(250)}})
    pages = list(simpledb.client().get_paginator("select").paginate(SelectExpression="select n from users"))
    assert [len(page["Items"]) for page in pages] == [100, 100, 50]
