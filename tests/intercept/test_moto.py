"""SimpleDB inside moto, with the seams it needs there (moto 5.0 to 5.2)."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import boto3
import moto.backend_index
import moto.core.models
import pytest
import requests
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.server import ThreadedMotoServer

import basicdb_mock
from basicdb_mock import active_simpledb, mock_simpledb
from tests.intercept.conftest import domains, make_client

URL = "https://sdb.amazonaws.com/"


@pytest.fixture(autouse=True)
def motos_own() -> Iterator[None]:
    """moto with its own SimpleDB, before and after: the plug-in that runs these tests has put ours there."""
    basicdb_mock.moto.uninstall()
    yield
    basicdb_mock.moto.uninstall()


@pytest.fixture
def installed(motos_own: None) -> None:
    """Ours inside moto."""
    basicdb_mock.moto.install()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_simpledb_is_complete_beside_moto_s_own_services(region: str) -> None:
    with mock_aws():
        client = make_client(region)
        client.create_domain(DomainName="users")
        client.batch_put_attributes(DomainName="users", Items=[
            {"Name": "alice", "Attributes": [{"Name": "age", "Value": "30"}]}])
        assert client.select(SelectExpression="select age from users")["Items"] == [
            {"Name": "alice", "Attributes": [{"Name": "age", "Value": "30"}]}]
        sqs = boto3.client("sqs", region_name=region)
        assert sqs.list_queues().get("QueueUrls") is None
        sqs.create_queue(QueueName="queue")
        assert len(sqs.list_queues()["QueueUrls"]) == 1


@pytest.mark.usefixtures("installed")
def test_every_call_runs_once() -> None:
    with mock_aws():
        make_client().create_domain(DomainName="users")
        requests.post(URL, data={"Action": "ListDomains", "Version": "2009-04-15", "AWSAccessKeyId": "A"}, timeout=5)
        assert [call.operation for call in basicdb_mock.moto.simpledb().calls] == ["CreateDomain", "ListDomains"]


@pytest.mark.usefixtures("installed")
def test_requests_are_answered_inside_moto() -> None:
    query = {"Action": "ListDomains", "Version": "2009-04-15", "AWSAccessKeyId": "A"}
    with mock_aws():
        make_client().create_domain(DomainName="users")
        for answer in (requests.get(URL, params=query, timeout=5), requests.post(URL, data=query, timeout=5)):
            assert answer.status_code == 200
            assert "<DomainName>users</DomainName>" in answer.text


@pytest.mark.usefixtures("installed")
def test_data_is_per_moto_account_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        make_client("eu-west-1", key="AKONE").create_domain(DomainName="users")
        assert domains(make_client("eu-west-1", key="AKTWO")) == ["users"]
        assert domains(make_client("us-west-2", key="AKONE")) == []
        sts = boto3.client("sts", region_name="us-east-1")
        role = sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/other", RoleSessionName="mine")["Credentials"]
        other = boto3.client(
            "sdb", region_name="eu-west-1", aws_access_key_id=role["AccessKeyId"],
            aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
        assert domains(other) == []
        other.create_domain(DomainName="of-the-other")
        assert basicdb_mock.moto.simpledb().contents(region="eu-west-1", account="111122223333") == {"of-the-other": {}}
        monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
        assert domains(make_client("eu-west-1")) == ["of-the-other"]


@pytest.mark.usefixtures("installed")
def test_what_is_put_in_before_mock_aws_begins_is_found_inside_it() -> None:
    with mock_simpledb() as simpledb:
        simpledb.seed({"users": {}})
        with mock_aws():
            assert domains(boto3.client("sdb", region_name="us-east-1")) == ["users"]


@pytest.mark.usefixtures("installed")
def test_moto_s_reset_clears_it() -> None:
    client = make_client()
    with mock_aws():
        client.create_domain(DomainName="users")
        requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=5)
        assert domains(client) == []
        client.create_domain(DomainName="again")
    with mock_aws():
        assert domains(client) == []


@pytest.mark.usefixtures("installed")
def test_a_nested_mock_aws_keeps_the_data_as_moto_does() -> None:
    client = make_client()
    with mock_aws():
        client.create_domain(DomainName="users")
        with mock_aws():
            assert domains(client) == ["users"]
        assert domains(client) == ["users"]
    assert active_simpledb() is None


@pytest.mark.usefixtures("installed")
def test_mock_simpledb_inside_mock_aws_sees_its_own_data() -> None:
    client = make_client()
    with mock_aws():
        client.create_domain(DomainName="of-moto")
        with mock_simpledb() as simpledb:
            client.create_domain(DomainName="of-mine")
            assert (domains(client), len(simpledb.calls)) == (["of-mine"], 2)
        assert domains(client) == ["of-moto"]


@pytest.mark.usefixtures("installed")
def test_mock_simpledb_around_mock_aws_goes_before_it() -> None:
    client = make_client()
    with mock_simpledb() as simpledb:
        with mock_aws():
            client.create_domain(DomainName="of-mine")
        assert domains(client) == ["of-mine"]
        assert [call.operation for call in simpledb.calls] == ["CreateDomain", "ListDomains"]


@pytest.mark.parametrize("inner_is_moto", [True, False])
def test_without_install_mock_simpledb_works_in_and_around_moto(inner_is_moto: bool) -> None:
    client = make_client()
    outer, inner = (mock_simpledb(), mock_aws()) if inner_is_moto else (mock_aws(), mock_simpledb())
    with outer, inner:
        client.create_domain(DomainName="users")
        found = client.select(SelectExpression="select count(*) from users")  # moto itself has no Select
        assert found["Items"][0]["Attributes"] == [{"Name": "Count", "Value": "0"}]


def test_without_install_moto_s_own_simpledb_stays() -> None:
    with mock_aws(), pytest.raises(NotImplementedError):
        make_client("eu-west-1").select(SelectExpression="select * from users")


@pytest.mark.usefixtures("installed")
def test_a_decorated_function_is_answered() -> None:
    @mock_aws
    def listed() -> list[str]:
        client = make_client()
        client.create_domain(DomainName="users")
        return domains(client)

    assert listed() == ["users"]


@pytest.mark.usefixtures("installed")
def test_the_surroundings_are_moto_s_to_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    with mock_aws():
        make_client().list_domains()
    assert boto3.DEFAULT_SESSION is session


@pytest.mark.usefixtures("installed")
def test_a_moto_server_serves_it() -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        assert server._server is not None
        port = server._server.server_address[1]  # get_host_and_port() came with moto 5.0.6
        from botocore.config import Config

        client = make_client("eu-west-1", endpoint_url=f"http://127.0.0.1:{port}", config=Config(
            user_agent_extra="region/eu-west-1"))
        client.create_domain(DomainName="users")
        client.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "a", "Value": "x y&z"}])
        assert client.select(SelectExpression="select * from users")["Items"] == [
            {"Name": "alice", "Attributes": [{"Name": "a", "Value": "x y&z"}]}]
        with pytest.raises(client.exceptions.NoSuchDomain):
            client.domain_metadata(DomainName="none")
        requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=5)
        assert domains(client) == []
    finally:
        server.stop()


def test_installing_again_changes_nothing_and_uninstalling_restores_everything() -> None:
    patterns = list(moto.backend_index.backend_url_patterns)
    before = _motos_own()
    for _ in range(2):
        basicdb_mock.moto.install()
    assert len(moto.backend_index.backend_url_patterns) == len(patterns) + 1
    assert all(now is not was for now, was in zip(_motos_own(), before, strict=True))
    basicdb_mock.moto.uninstall()
    assert moto.backend_index.backend_url_patterns == patterns
    assert _motos_own() == before


def _motos_own() -> list[Any]:
    import moto.sdb

    return [
        moto.core.models.MockAWS._enable_patching, moto.core.models.MockAWS._disable_patching,
        BotocoreStubber.process_request, moto.sdb.sdb_backends._id]  # type: ignore[attr-defined]


def test_it_may_be_installed_while_mock_aws_is_active() -> None:
    client = make_client()
    with mock_aws():
        basicdb_mock.moto.install()
        client.create_domain(DomainName="users")
        assert domains(client) == ["users"]
    assert active_simpledb() is None


# -- canaries: what we rely on in moto -----------------------------------------------------------------------------


def test_canary_mock_aws_begins_and_ends_where_we_stand() -> None:
    assert {"_enable_patching", "_disable_patching"} <= vars(moto.core.models.MockAWS).keys()
    assert isinstance(moto.core.models.MockAWS._mocks_active, bool)


def test_canary_moto_s_handler_is_a_stubber_asked_at_before_send() -> None:
    from botocore.handlers import BUILTIN_HANDLERS

    assert ("before-send", moto.core.models.botocore_stubber) in BUILTIN_HANDLERS
    assert {"__call__", "process_request"} <= vars(BotocoreStubber).keys()


def test_canary_backends_are_found_by_name() -> None:
    from moto.backends import get_backend
    from moto.sdb import sdb_backends  # type: ignore[attr-defined]

    assert get_backend("sdb") is sdb_backends


def test_canary_accounts_are_found_by_access_key() -> None:
    from moto.iam.models import get_account_id_from

    assert get_account_id_from("AKNOBODY") == "123456789012"


# -- import orders -------------------------------------------------------------------------------------------------

OURS = "import basicdb_mock; basicdb_mock.moto.install()"
MOTO = "from moto import mock_aws"
CLIENT = "early = client()"
ORDERS = list(itertools.permutations((OURS, MOTO, CLIENT)))


@pytest.mark.parametrize("order", ORDERS, ids="; ".join)
def test_in_every_import_order_every_client_is_answered_once(order: tuple[str, ...]) -> None:
    imports = "\n".join(order)
    script = f"""
import boto3
def client():
    return boto3.client("sdb", region_name="us-east-1", aws_access_key_id="A", aws_secret_access_key="B")
{imports}
import requests
with mock_aws():
    late = client()
    early.create_domain(DomainName="early")
    late.create_domain(DomainName="late")
    assert early.list_domains()["DomainNames"] == late.list_domains()["DomainNames"] == ["early", "late"]
    url = "https://sdb.amazonaws.com/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=A"
    assert "<DomainName>late</DomainName>" in requests.get(url).text
    assert len(basicdb_mock.moto.simpledb().calls) == 5
    with basicdb_mock.mock_simpledb() as simpledb:
        early.create_domain(DomainName="mine")
        late.create_domain(DomainName="mine")
        assert len(simpledb.calls) == 2
"""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
