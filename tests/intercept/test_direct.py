"""Direct answers: the same results and errors, once each, and the ordinary way for what needs the wire."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from basicdb_mock import SimpleDB, mock_simpledb
from basicdb_mock.accounts import Accounts, Credential
from basicdb_mock.rehearsal import Fail, Fault, InternalError
from tests.intercept.conftest import domains, make_client, tell_when_it_goes_on


def was_direct(simpledb: SimpleDB) -> bool:
    return "Signature" not in simpledb.calls[-1].given


@pytest.fixture
def pair() -> tuple[SimpleDB, SimpleDB]:
    """A direct SimpleDB and an ordinary one, at the same frozen moment with the same data."""
    made = SimpleDB(direct=True), SimpleDB()
    for simpledb in made:
        simpledb.clock.freeze(1_000_000_000)
        simpledb.seed({"users": {"a\x01<": {"n": ["1", "2", ""], "\x02": "\r\n&\ufffe"}, "b": {"n": "3"}}, "empty": {}})
    return made


def outcome(simpledb: SimpleDB, operation: str, **parameters: Any) -> Any:
    client = simpledb.client()
    try:
        given = getattr(client, operation)(**parameters)
    except client.exceptions.ClientError as problem:
        given = {"error": type(problem).__name__, "text": str(problem), **problem.response}
    given["ResponseMetadata"].pop("RequestId", None)
    given.pop("RequestID", None)
    return given


@pytest.mark.parametrize(("operation", "parameters"), [
    ("list_domains", {}),
    ("list_domains", {"MaxNumberOfDomains": 1}),
    ("list_domains", {"MaxNumberOfDomains": 1000}),
    ("domain_metadata", {"DomainName": "users"}),
    ("domain_metadata", {"DomainName": "none"}),
    ("get_attributes", {"DomainName": "users", "ItemName": "a\x01<", "ConsistentRead": True}),
    ("get_attributes", {"DomainName": "users", "ItemName": "none"}),
    ("select", {"SelectExpression": "select * from users"}),
    ("select", {"SelectExpression": "select itemName() from users limit 1"}),
    ("select", {"SelectExpression": "select count(*) from users"}),
    ("select", {"SelectExpression": "select * from empty"}),
    ("select", {"SelectExpression": "select"}),
    ("put_attributes", {"DomainName": "users", "ItemName": "c", "Attributes": [{"Name": "a", "Value": "1"}]}),
    ("put_attributes", {"DomainName": "users", "ItemName": "b", "Attributes": [{"Name": "n", "Value": "1"}],
                        "Expected": {"Name": "n", "Value": "7"}}),
    ("batch_delete_attributes", {"DomainName": "users", "Items": [{"Name": "b"}]}),
])
def test_results_and_errors_are_the_same(
    pair: tuple[SimpleDB, SimpleDB], operation: str, parameters: dict[str, Any]
) -> None:
    direct, ordinary = (outcome(simpledb, operation, **parameters) for simpledb in pair)
    assert direct == ordinary
    assert [len(simpledb.calls) for simpledb in pair] == [1, 1]
    assert [was_direct(simpledb) for simpledb in pair] == [True, False]
    assert pair[0].contents() == pair[1].contents()


def test_a_mock_answers_directly_for_the_whole_process() -> None:
    with mock_simpledb(direct=True) as simpledb:
        make_client().create_domain(DomainName="users")
        assert was_direct(simpledb)
        assert simpledb == {"users": {}}


def test_a_client_without_credentials_is_answered_directly() -> None:
    client = make_client(key=None)
    with mock_simpledb(direct=True) as simpledb:
        client.create_domain(DomainName="users")
        assert simpledb.contents(account="123456789012") == {"users": {}}


def test_a_session_token_goes_along() -> None:
    simpledb = SimpleDB(direct=True)
    client = simpledb.client(
        aws_access_key_id="A", aws_secret_access_key="B", aws_session_token="token")
    client.list_domains()
    assert simpledb.calls[-1].given["SecurityToken"] == "token"


def test_another_endpoint_is_left_alone() -> None:
    simpledb = SimpleDB(direct=True)
    client = simpledb.client(endpoint_url="http://127.0.0.1:1")
    assert domains(tell_when_it_goes_on(client)) == ["elsewhere"]


def test_accounts_that_check_signatures_see_signatures() -> None:
    accounts = Accounts([Credential("AKONE", "secret", "111122223333")])
    simpledb = SimpleDB(direct=True, accounts=accounts)
    simpledb.client(aws_access_key_id="AKONE", aws_secret_access_key="secret").list_domains()
    assert not was_direct(simpledb)
    wrong = simpledb.client(aws_access_key_id="AKONE", aws_secret_access_key="wrong")
    with pytest.raises(wrong.exceptions.ClientError, match="SignatureDoesNotMatch"):
        wrong.list_domains()


def test_rehearsed_faults_are_retried_as_ever() -> None:
    simpledb = SimpleDB(direct=True)
    simpledb.faults.add(Fault(Fail(InternalError), times=1))
    simpledb.client().create_domain(DomainName="users")
    assert [call.status for call in simpledb.calls] == [500, 200]


@pytest.mark.parametrize("item", [
    {"ItemName": "\ud800", "Attributes": [{"Name": "a", "Value": "1"}]},
    {"ItemName": "i", "Attributes": [{"Name": "a", "Value": "\udfff"}]},
])
def test_half_a_surrogate_pair_is_botocore_s_error_and_reaches_nothing(
    item: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    simpledb = SimpleDB(direct=True)
    simpledb.seed({"users": {}})
    with pytest.raises(UnicodeEncodeError):
        simpledb.client().put_attributes(DomainName="users", **item)
    assert list(simpledb.calls) == []
    assert caplog.records == []


def test_very_large_requests_meet_the_limits_of_the_wire() -> None:
    simpledb = SimpleDB(direct=True, limits={"request_bytes": 2000})
    simpledb.seed({"users": {}})
    client = simpledb.client()
    with pytest.raises(client.exceptions.ClientError, match="InvalidHttpRequest"):
        client.put_attributes(DomainName="users", ItemName="a", Attributes=[{"Name": "n", "Value": "x" * 2000}])


def test_an_error_of_one_call_is_not_the_answer_of_the_next() -> None:
    direct, ordinary = SimpleDB(direct=True), SimpleDB()
    client = direct.client()
    with pytest.raises(client.exceptions.NoSuchDomain):
        client.domain_metadata(DomainName="none")
    assert domains(ordinary.client()) == []
    assert domains(client) == []


def test_an_unsigned_client_is_refused_as_ever() -> None:
    client = SimpleDB(direct=True).client(config=Config(signature_version=UNSIGNED))
    with pytest.raises(client.exceptions.ClientError, match="AuthFailure"):
        client.list_domains()
