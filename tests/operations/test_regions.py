"""Which region a request is for: by its host, else by what its user agent tells."""

from __future__ import annotations

import tracemalloc

import pytest

from basicdb_mock.regions import region_of, region_of_aws_host
from tests.calling import Caller

AGENT = "Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux#6 region/{} exec-env/x"


@pytest.mark.parametrize(("host", "agent", "region"), [
    ("sdb.amazonaws.com", "", "us-east-1"),
    ("SDB.AmazonAWS.com.:443", "", "us-east-1"),
    ("sdb.us-east-1.amazonaws.com", "", "us-east-1"),
    ("sdb.eu-west-1.amazonaws.com:80", AGENT.format("sa-east-1"), "eu-west-1"),
    ("sdb-fips.us-west-2.amazonaws.com", "", "us-west-2"),
    ("sdb.ap-southeast-2.localhost:8080", "", "ap-southeast-2"),
    ("localhost:8080", AGENT.format("sa-east-1"), "sa-east-1"),
    ("localhost:8080", AGENT.format("nowhere"), "us-west-1"),
    ("sdb.eu-west-\u0661.amazonaws.com", "", "us-west-1"),
    ("\u017fdb.eu-west-1.amazonaws.com", "", "us-west-1"),
    ("", "", "us-west-1"),
    ("sdb.eu-west-1." + "x" * 300, "", "us-west-1"),
    ("localhost", "x" * 3000 + " region/eu-west-1", "us-west-1"),
])
def test_the_host_tells_else_the_user_agent_else_it_is_the_default(host: str, agent: str, region: str) -> None:
    assert region_of(host, agent, "us-west-1") == region


@pytest.mark.parametrize("host", ["sdb.amazonaws.com.evil.org", "xsdb.amazonaws.com", "localhost", "sdb.x.localhost"])
def test_other_hosts_are_none_of_aws_s(host: str) -> None:
    assert region_of_aws_host(host) is None


def test_domains_of_a_region_are_told_apart_by_the_host(call: Caller) -> None:
    call.create("here")
    assert call("ListDomains", host="sdb.eu-west-1.amazonaws.com").texts("DomainName") == []
    assert call("ListDomains", host="sdb.us-east-1.amazonaws.com").texts("DomainName") == ["here"]


def test_long_hosts_and_user_agents_do_not_fill_the_memory() -> None:
    tracemalloc.start()
    try:
        for number in range(2000):
            region_of(f"{number}" + "h" * 30_000, f"{number}" + "u" * 30_000)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
