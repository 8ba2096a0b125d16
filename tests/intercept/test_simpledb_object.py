"""``SimpleDB``: an object whose clients reach it, and it alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from basicdb_mock import SimpleDB, mock_simpledb
from basicdb_mock.accounts import account_of
from basicdb_mock.limits import RELAXED
from tests.intercept.conftest import domains, make_client, tell_when_it_goes_on


def test_two_of_them_share_nothing() -> None:
    one, other = SimpleDB(), SimpleDB()
    one.client().create_domain(DomainName="users")
    assert (domains(one.client()), domains(other.client())) == (["users"], [])


def test_a_client_reaches_its_own_while_another_is_active() -> None:
    mine = SimpleDB()
    with mock_simpledb() as active:
        mine.client().create_domain(DomainName="mine")
        mine.session().client("sdb").create_domain(DomainName="mine-too")
        make_client().create_domain(DomainName="theirs")
    assert list(mine.contents()) == ["mine", "mine-too"]
    assert active.contents(account=account_of("AKTESTING")) == {"theirs": {}}
    assert [call.domain for call in active.calls] == ["theirs"]


@pytest.mark.parametrize("direct", [False, True])
def test_an_active_one_that_answers_directly_gets_none_of_its_calls(direct: bool) -> None:
    mine = SimpleDB(direct=direct)
    before = mine.client()
    with mock_simpledb(direct=True) as active:
        for number, client in enumerate((before, mine.client(), mine.session().client("sdb"))):
            client.create_domain(DomainName=f"mine-{number}")
            with pytest.raises(client.exceptions.NoSuchDomain):
                client.domain_metadata(DomainName="none")
    assert list(mine.contents()) == ["mine-0", "mine-1", "mine-2"]
    assert (len(mine.calls), len(active.calls)) == (6, 0)


@pytest.mark.parametrize("storage", ["memory:", "sqlite:{}/store.sqlite3", "files:{}"])
@pytest.mark.parametrize("direct", [False, True])
def test_a_client_that_outlives_its_mock_is_told_so_at_once(storage: str, direct: bool, tmp_path: Path) -> None:
    with mock_simpledb(storage=storage.format(tmp_path), direct=direct) as simpledb:
        client = simpledb.client()
    problem = r"^this client's SimpleDB is closed: close\(\) was called, or its mock has ended$"
    with pytest.raises(RuntimeError, match=problem):
        client.list_domains()


def test_a_session_has_clients_of_every_region() -> None:
    simpledb = SimpleDB()
    session = simpledb.session("eu-west-1")
    session.client("sdb").create_domain(DomainName="here")
    session.client("sdb", region_name="us-west-2").create_domain(DomainName="there")
    assert simpledb.contents(region="eu-west-1") == {"here": {}}
    assert simpledb.contents(region="us-west-2") == {"there": {}}


def test_a_session_s_client_of_another_endpoint_goes_there() -> None:
    client = SimpleDB().session("us-east-1").client("sdb", endpoint_url="http://127.0.0.1:1")
    assert domains(tell_when_it_goes_on(client)) == ["elsewhere"]


def test_they_are_used_in_parallel_threads_with_different_data() -> None:
    def work(number: int) -> list[str]:
        simpledb = SimpleDB()
        client = simpledb.client()
        for part in range(5):
            client.create_domain(DomainName=f"domain-{number}-{part}")
        return domains(client)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert found == [[f"domain-{number}-{part}" for part in range(5)] for number in range(8)]


def test_its_region_is_where_clients_go() -> None:
    simpledb = SimpleDB(region="sa-east-1")
    assert simpledb.client().meta.region_name == "sa-east-1"
    assert simpledb.client("us-west-1").meta.region_name == "us-west-1"


def test_settings_of_a_client_are_boto3_s() -> None:
    client = SimpleDB().client(aws_access_key_id="AKOTHER", aws_secret_access_key="secret")
    client.create_domain(DomainName="users")
    assert domains(client) == ["users"]


def test_accounts_have_data_of_their_own() -> None:
    simpledb = SimpleDB()
    for key in ("111122223333", "444455556666"):
        simpledb.client(aws_access_key_id=key, aws_secret_access_key="s").create_domain(DomainName=f"of-{key}")
    assert simpledb.contents(account="111122223333") == {"of-111122223333": {}}
    assert simpledb.items("of-444455556666") == {}
    problem = r"several accounts have data in us-east-1: 111122223333, 444455556666; choose one with account=\.\.\.$"
    with pytest.raises(ValueError, match=problem):
        simpledb.contents()


def test_limits_are_set_for_the_next_request() -> None:
    simpledb = SimpleDB(limits={"domains": 1})
    client = simpledb.client()
    client.create_domain(DomainName="one")
    with pytest.raises(client.exceptions.NumberDomainsExceeded):
        client.create_domain(DomainName="two")
    simpledb.limits = "RELAXED"
    client.create_domain(DomainName="two")
    assert simpledb.limits == RELAXED


def test_reads_without_consistent_read_lag_behind() -> None:
    simpledb = SimpleDB(lag=10)
    simpledb.clock.freeze(1_000_000)
    client = simpledb.client()
    client.create_domain(DomainName="users")
    simpledb.clock.tick(20)
    client.put_attributes(DomainName="users", ItemName="i", Attributes=[{"Name": "a", "Value": "1"}])
    assert "Attributes" not in client.get_attributes(DomainName="users", ItemName="i")
    assert "Attributes" in client.get_attributes(DomainName="users", ItemName="i", ConsistentRead=True)
    simpledb.lag = None
    assert "Attributes" in client.get_attributes(DomainName="users", ItemName="i")


def test_calls_tell_what_was_called() -> None:
    simpledb = SimpleDB()
    client = simpledb.client()
    client.create_domain(DomainName="users")
    client.put_attributes(DomainName="users", ItemName="i", Attributes=[{"Name": "a", "Value": "1"}])
    assert len(simpledb.calls) == 2
    (call,) = simpledb.calls.of("PutAttributes")
    assert (call.domain, call.status, call.code) == ("users", 200, None)
    assert call.parameters["Attribute.1.Value"] == "1"
    assert simpledb.calls[-1] is call
    assert [call.operation for call in simpledb.calls[:1]] == ["CreateDomain"]
    with pytest.raises(IndexError):
        simpledb.calls[2]


def test_a_snapshot_is_gone_back_to_any_number_of_times() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {"alice": {"age": "30"}}})
    snapshot = simpledb.snapshot()
    for _ in range(2):
        simpledb.client().delete_domain(DomainName="users")
        assert simpledb == {}
        simpledb.restore(snapshot)
        assert simpledb == {"users": {"alice": {"age": "30"}}}


def test_a_reset_forgets_data_and_calls() -> None:
    simpledb = SimpleDB()
    simpledb.client().create_domain(DomainName="users")
    simpledb.reset()
    assert simpledb == {}
    assert len(simpledb.calls) == 0


def test_it_is_equal_to_what_it_holds_however_values_are_written() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {"alice": {"color": ["red", "blue"], "age": "30"}}})
    assert simpledb == {"users": {"alice": {"color": {"blue", "red"}, "age": ["30"]}}}
    assert simpledb == {"users": {"alice": {"color": ("blue", "red"), "age": "30"}}}
    assert simpledb != {"users": {"alice": {"color": "red", "age": "30"}}}
    assert simpledb != {}
    assert simpledb == simpledb
    assert simpledb != SimpleDB()
    assert len({simpledb, simpledb}) == 1


def test_items_of_a_domain_are_plain() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {"alice": {"color": ["red", "blue"], "age": "30"}}, "carts": {}})
    assert simpledb.items("users") == {"alice": {"age": "30", "color": ["blue", "red"]}}
    with pytest.raises(LookupError, match="no domain 'orders' in us-east-1; its domains are: carts, users"):
        simpledb.items("orders")


def test_looking_is_not_a_call() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {"alice": {"age": "30"}}})
    assert simpledb.dump() == 'users:\n  alice:\n    age: "30"\n'
    assert len(simpledb.calls) == 0


def test_its_client_signs_as_code_under_test_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKMINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_simpledb() as simpledb:
        boto3.client("sdb", region_name="us-east-1").create_domain(DomainName="users")
        assert domains(simpledb.client()) == ["users"]


def test_freezegun_holds_its_time() -> None:
    from freezegun import freeze_time

    simpledb = SimpleDB()
    simpledb.client().create_domain(DomainName="users")
    with freeze_time("2011-02-03T04:05:06Z"):
        metadata = simpledb.client().domain_metadata(DomainName="users")
    assert metadata["Timestamp"] == 1296705906
    assert metadata["ResponseMetadata"]["HTTPHeaders"]["date"] == "Thu, 03 Feb 2011 04:05:06 GMT"


def test_time_machine_moves_its_time() -> None:
    import time_machine

    simpledb = SimpleDB(lag=10)
    with time_machine.travel(1_000_000, tick=False) as traveller:
        client = simpledb.client()
        client.create_domain(DomainName="users")
        assert domains(client) == []
        traveller.shift(11)
        assert domains(client) == ["users"]


def test_clients_of_a_region_that_cannot_be_are_refused_before_they_ask_the_network() -> None:
    simpledb = SimpleDB()
    for make in (simpledb.client, simpledb.session):
        with pytest.raises(ValueError, match="a region has a name such as eu-west-1, not 'mars'"):
            make("mars")


def test_a_date_or_a_text_is_no_time_of_the_clock() -> None:
    clock: Any = SimpleDB().clock
    for step, given, problem in (
        (clock.freeze, "2026-01-01", "freeze takes epoch seconds, a number as .timestamp()"),
        (clock.freeze, datetime(2026, 1, 1), "freeze takes epoch seconds"),
        (clock.tick, timedelta(seconds=2), "tick takes seconds"),
        (clock.offset, None, "offset takes seconds"),
    ):
        with pytest.raises(ValueError, match=re.escape(problem)):
            step(given)
    assert not clock.frozen
